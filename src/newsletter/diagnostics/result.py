"""What one look of the doctor's saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROBE_TAG = "-nl.t.probe~"
PROBE_VALUE = 'é & <b> "x"'
PROBE_HEADER = "X-Newsletter-Probe"
"""What a trial sends, and is looked for in the message as it arrives."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`state` is good, bad or unsure; `key` and `facts` make the sentence."""

    state: str
    key: str
    facts: Mapping[str, object]


def good(key: str, **facts: object) -> Probe:
    """All is well there."""
    return Probe("good", key, facts)


def bad(key: str, **facts: object) -> Probe:
    """Nothing should be sent before that is mended."""
    return Probe("bad", key, facts)


def unsure(key: str, **facts: object) -> Probe:
    """It could not be seen, or may be meant."""
    return Probe("unsure", key, facts)
