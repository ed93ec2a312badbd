"""What a tired person must not misread before they send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from newsletter.i18n import duration
from newsletter.model.campaign import Orders
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.planning import Audience, Count
    from newsletter.cli.context import Session
    from newsletter.editorial.review import Reading
    from newsletter.model.approval import Approval
    from newsletter.model.edition import Edition
    from newsletter.providers.base import Provider
    from newsletter.storage.database import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be planned."""

    provider: Provider
    orders: Orders
    counts: Count
    approved: Sequence[Approval]
    after: dt.timedelta = dt.timedelta()
    """How long after the confirmation it leaves, where no moment was given."""


def show(session: Session, store: Store, reading: Reading, audience: Audience, plan: Plan) -> None:
    """Subject, sender, who and how many, who not and why, when and in which time zone, through what, and what if."""
    from newsletter.campaigns import planning

    sender, counts = reading.edition.sender, plan.counts
    session.tell("send_subject", subject=reading.issue.front.subject)
    session.tell("send_from", sender=f"{sender.name} <{sender.email}>" if sender.name else sender.email)
    session.tell("send_to", list=audience.list_name, segment=audience.segment, recipients=counts.recipients)
    if counts.excluded:
        why_not = {why: count for why, count in asdict(counts).items() if count and why != "recipients"}
        reasons = ", ".join(session.say(f"send_not_{why}", count=count) for why, count in why_not.items())
        session.tell("send_not_to", excluded=counts.excluded, reasons=reasons)
    _when(session, plan)
    _through(session, plan)
    if planning.is_rehearsal(store, audience):
        session.tell("send_is_rehearsal")
    _pace(session, store, plan)
    _doubt(session, plan)
    for approval in plan.approved:
        session.tell("send_approved", by=approval.by, at=session.here(approval.at))


def _when(session: Session, plan: Plan) -> None:
    orders, zone = plan.orders, session.zone.key
    begins = session.here(timestamps.moment(orders.not_before))
    if plan.after and not orders.release_at:
        session.tell("send_after", time=duration(session.language, plan.after.total_seconds()))
        session.tell("send_held")
    elif orders.release_at:
        session.tell("send_later", at=session.here(timestamps.moment(orders.release_at)), zone=zone)
        back = getattr(plan.provider, "most_fences", 0) * plan.provider.caps.chunk_size
        session.tell("send_ahead", provider=plan.provider.name, at=begins, back=back)
    elif orders.not_before:
        session.tell("send_later", at=begins, zone=zone)
        session.tell("send_held")
    else:
        session.tell("send_now")


def _through(session: Session, plan: Plan) -> None:
    size, name = plan.provider.caps.max_recipients, plan.provider.name
    if size == 1:
        session.tell("send_by_messages", provider=name, count=plan.counts.recipients)
    else:
        size = min(size, max(1, plan.orders.rate // 60)) if plan.orders.rate else size
        session.tell("send_by_requests", provider=name, count=-(-plan.counts.recipients // size))


def _pace(session: Session, store: Store, plan: Plan) -> None:
    """How long it takes: the first chunk leaves at once, and each makes the next wait for as long as its people are."""
    cap, rate, people = session.app.settings.daily_cap, plan.orders.rate, plan.counts.recipients
    if rate:
        size = min(plan.provider.caps.chunk_size, max(1, rate // 60))
        waits = (people - 1) // size
        time = duration(session.language, waits * size * 3600 / rate)
        session.tell("send_rate" if waits else "send_rate_at_once", rate=rate, time=time)
    if cap:
        left = min(people, max(0, cap - _spent_today(session, store)))
        days = -(-(people - left) // cap) + 1  # a day on which nothing is left has begun all the same
        session.tell("send_cap", cap=cap, left=left, days=days)


def _spent_today(session: Session, store: Store) -> int:
    from newsletter.storage.campaigns import attempts

    with store.read() as tx:
        return attempts.spent(tx, session.app.worker().midnight())


def _doubt(session: Session, plan: Plan) -> None:
    from newsletter.providers.base import Tracing

    if plan.provider.caps.idempotent:
        return
    policy = plan.orders.policy.value if isinstance(plan.provider, Tracing) else "untraced"
    session.tell(f"send_doubt_{policy}", provider=plan.provider.name)


def rehearse(session: Session, store: Store, edition: Edition, audience: Audience, provider: Provider) -> None:
    """Builds every request for everybody, and says how large they are."""
    from newsletter.campaigns.dry_run import rehearse as built

    made = built(store, edition, audience, provider, session.app.settings.keys()[0])
    session.tell("send_rehearsed", **asdict(made))
