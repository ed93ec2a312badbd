"""The result of a probe of `newsletter doctor`, and the markers of a trial message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROBE_TAG = "-nl.t.probe~"
PROBE_VALUE = 'é & <b> "x"'
PROBE_HEADER = "X-Newsletter-Probe"
"""Markers that a trial message carries, and that are looked for in the received message."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of a probe: `state` is good, bad or unsure; `key` and `facts` make the sentence."""

    state: str
    key: str
    facts: Mapping[str, object]


def good(key: str, **facts: object) -> ProbeResult:
    """Return the result of a check that passed."""
    return ProbeResult("good", key, facts)


def bad(key: str, **facts: object) -> ProbeResult:
    """Return the result of a check that failed: it must be fixed before anything is sent."""
    return ProbeResult("bad", key, facts)


def unsure(key: str, **facts: object) -> ProbeResult:
    """Return the result of a check that could not be made, or of a finding that may be intended."""
    return ProbeResult("unsure", key, facts)
