"""Retries, by stamina."""

from __future__ import annotations

from types import ModuleType


def import_stamina() -> ModuleType:
    """Import stamina (20 ms) without its default hooks, which print statements and their values on stdout."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])
    return stamina
