"""Lift bounces for many people, after a provider's outage or when a mailbox works again.

Only bounces and invalid addresses are lifted. A complaint, an unsubscription or an erasure is somebody's decision and
stays. A person who has left every list stays suppressed too, even if a bounce came first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.errors import InputError
from newsletter.model.subscribers import Method, Provenance, SuppressionReason
from newsletter.storage.database import Store
from newsletter.storage.subscribers import subscribers, suppressions
from newsletter.storage.subscribers.suppressions import LIFTABLE, Selection
from newsletter.subscribers.importing.dates import DateReader
from newsletter.subscribers.importing.survey import find_usual_order
from newsletter.subscribers.service import SubscriberContext, normalize_address
from newsletter.system import timestamps

_BATCH = 2_000
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people can be unblocked, and how many match but have left every list."""

    liftable: int
    gone: int


def select(
    reason: str, since: dt.date | None, until: dt.date | None, domains: Iterable[str], zone: dt.tzinfo
) -> Selection:
    """Return the selection of suppressions to lift; both days are included.

    Raise InputError if `reason` cannot be lifted because it is somebody's decision, or if `until` is before `since`.
    """
    if reason not in LIFTABLE:
        raise InputError("unblock_reason_wrong", reason=reason, allowed=", ".join(LIFTABLE))
    if since and until and until < since:
        raise InputError("unblock_days_wrong", since=since, until=until)
    bounds = {}
    if since:
        bounds["since"] = _begin_ms(since, zone)
    if until:
        bounds["until"] = _begin_ms(until + _DAY, zone)
    return Selection(reason=SuppressionReason(reason), domains=tuple(map(normalize_domain, domains)), **bounds)


def _begin_ms(day: dt.date, zone: dt.tzinfo) -> int:
    return timestamps.millis(dt.datetime(day.year, day.month, day.day, tzinfo=zone))


def normalize_domain(typed: str) -> str:
    """Normalise a domain, typed as `orange.fr` or `@orange.fr`. Raise InputError if it is not a valid domain."""
    return normalize_address(f"a@{typed.strip().removeprefix('@')}").rpartition("@")[2]


def read_day(typed: str, language: str) -> dt.date:
    """Read a day, typed as 2026-11-20 or 20/11/2026. Raise InputError if it is not a day."""
    found = DateReader(order=find_usual_order(language)).read(typed)
    if not found:
        raise InputError("day_wrong", typed=typed)
    return timestamps.moment(found).date()


def count(store: Store, selection: Selection) -> Counts:
    """Count the people whom `unblock` would unblock, and the matching people whom it would not."""
    with store.read() as tx:
        return Counts(liftable=suppressions.count_liftable(tx, selection), gone=suppressions.count_gone(tx, selection))


def unblock(context: SubscriberContext, selection: Selection) -> int:
    """Lift the suppressions, in batches of one transaction each; return how many."""
    provenance = Provenance(Method.OPERATOR, source=str(selection.reason))
    lifted = 0
    while True:
        with context.store.write() as tx:
            subscribers.lock_subscribers(tx)
            people = suppressions.find_liftable(tx, selection, _BATCH)
            suppressions.lift(tx, people, provenance, context.now_ms)
        if not people:
            return lifted
        lifted += len(people)
