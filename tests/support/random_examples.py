"""How many random examples a test tries: `.ci/run` sets TESTS_EXAMPLES_FACTOR to try more."""

from __future__ import annotations

import os

_FACTOR = int(os.environ.get("TESTS_EXAMPLES_FACTOR", "1"))


def scale_examples(number: int) -> int:
    """Return the number of examples for this run."""
    return number * _FACTOR
