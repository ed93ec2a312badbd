"""What every provider that only tests use does alike: it accepts each publication, and holds nothing."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.model.delivery import Accepted, Outcome
from newsletter.model.publication import Publication


class BaseFakeProvider:
    """The part of a provider that no test looks at."""

    def check(self, publication: Publication) -> Outcome:
        del publication
        return Accepted()

    def forget(self, subscriber_ids: Sequence[int]) -> int:
        return len(subscriber_ids)

    def close(self) -> None: ...
