"""What a tired person must not misread before they send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from newsletter import moments
from newsletter.model.campaign import Orders

if TYPE_CHECKING:
    from newsletter.cli.session import Session
    from newsletter.examining import Reading
    from newsletter.model.approval import Approval
    from newsletter.model.edition import Edition
    from newsletter.planning import Audience, Count
    from newsletter.providers import Provider
    from newsletter.store.engine import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be planned."""

    provider: Provider
    orders: Orders
    counts: Count
    approved: Sequence[Approval]


def show(session: Session, reading: Reading, audience: Audience, plan: Plan) -> None:
    """Subject, sender, who and how many, who not and why, when and in which time zone, through what, and what if."""
    sender, counts = reading.edition.sender, plan.counts
    session.tell("send_subject", subject=reading.issue.front.subject)
    session.tell("send_from", sender=f"{sender.name} <{sender.email}>" if sender.name else sender.email)
    session.tell("send_to", list=audience.list_name, segment=audience.segment, recipients=counts.recipients)
    if counts.excluded:
        why_not = {why: count for why, count in asdict(counts).items() if count and why != "recipients"}
        reasons = ", ".join(session.say(f"send_not_{why}", count=count) for why, count in why_not.items())
        session.tell("send_not_to", excluded=counts.excluded, reasons=reasons)
    _when(session, plan)
    size = plan.provider.caps.max_recipients
    size = min(size, max(1, plan.orders.rate // 60)) if plan.orders.rate else size
    requests = -(-counts.recipients // size)
    session.tell("send_by", provider=plan.provider.name, requests=requests)
    _pace(session, plan)
    if not plan.provider.caps.idempotent:
        session.tell(f"send_doubt_{plan.orders.policy.value}")
    for approval in plan.approved:
        session.tell("send_approved", by=approval.by, at=session.here(approval.at))


def _when(session: Session, plan: Plan) -> None:
    orders, zone = plan.orders, session.zone.key
    begins = session.here(moments.moment(orders.not_before))
    if orders.release_at:
        session.tell("send_later", at=session.here(moments.moment(orders.release_at)), zone=zone)
        back = getattr(plan.provider, "most_fences", 0) * plan.provider.caps.chunk_size
        session.tell("send_ahead", provider=plan.provider.name, at=begins, back=back)
    elif orders.not_before:
        session.tell("send_later", at=begins, zone=zone)
        session.tell("send_held", at=begins)
    else:
        session.tell("send_now")


def _pace(session: Session, plan: Plan) -> None:
    cap, rate = session.app.settings.daily_cap, plan.orders.rate
    if rate:
        session.tell("send_rate", rate=rate, hours=-(-plan.counts.recipients // rate))
    if cap:
        session.tell("send_cap", cap=cap, days=-(-plan.counts.recipients // cap))


def rehearse(session: Session, store: Store, edition: Edition, audience: Audience, provider: Provider) -> None:
    """Builds every request for everybody, and says how large they are."""
    from newsletter.rehearsing import rehearse as built  # noqa: PLC0415 - keeps the help fast

    made = built(store, edition, audience, provider, session.app.settings.keys()[0])
    session.tell("send_rehearsed", **asdict(made))
