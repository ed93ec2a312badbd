"""The summary that is printed for confirmation before a campaign is sent."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from newsletter.i18n import duration
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.send_campaign import PreparedSending
    from newsletter.cli.context import Session
    from newsletter.storage.database import Store


def show(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Print the summary: subject, sender, recipients, exclusions and reasons, time and zone, provider, doubt policy."""
    from newsletter.campaigns import planning

    audience, counts = prepared.audience, prepared.counts
    sender = prepared.reading.edition.sender
    session.tell("send_subject", subject=prepared.reading.issue.front.subject)
    session.tell("send_from", sender=f"{sender.name} <{sender.email}>" if sender.name else sender.email)
    session.tell("send_to", list=audience.list_name, segment=audience.segment, recipients=counts.recipients)
    if counts.excluded:
        why_not = {why: count for why, count in asdict(counts).items() if count and why != "recipients"}
        reasons = ", ".join(session.say(f"send_not_{why}", count=count) for why, count in why_not.items())
        session.tell("send_not_to", excluded=counts.excluded, reasons=reasons)
    _when(session, prepared)
    _through(session, prepared)
    if planning.is_rehearsal(store, audience):
        session.tell("send_is_rehearsal")
    _pace(session, store, prepared)
    _doubt(session, prepared)
    for approval in prepared.approvals:
        session.tell("send_approved", by=approval.by, at=session.here(approval.at))


def _when(session: Session, prepared: PreparedSending) -> None:
    options, zone = prepared.options, session.zone.key
    begins = session.here(timestamps.moment(options.not_before))
    if prepared.request.delay and not options.release_at:
        session.tell("send_after", time=duration(session.language, prepared.request.delay.total_seconds()))
        session.tell("send_held")
    elif options.release_at:
        session.tell("send_later", at=session.here(timestamps.moment(options.release_at)), zone=zone)
        back = getattr(prepared.provider, "max_batches", 0) * prepared.provider.caps.chunk_size
        session.tell("send_ahead", provider=prepared.provider.name, at=begins, back=back)
    elif options.not_before:
        session.tell("send_later", at=begins, zone=zone)
        session.tell("send_held")
    else:
        session.tell("send_now")


def _through(session: Session, prepared: PreparedSending) -> None:
    size, name = prepared.provider.caps.max_recipients, prepared.provider.name
    if size == 1:
        session.tell("send_by_messages", provider=name, count=prepared.counts.recipients)
    else:
        size = min(size, max(1, prepared.options.rate // 60)) if prepared.options.rate else size
        session.tell("send_by_requests", provider=name, count=-(-prepared.counts.recipients // size))


def _pace(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Print how long the sending takes. The first chunk leaves at once; each chunk delays the next by its size."""
    cap, rate, people = session.app.settings.daily_cap, prepared.options.rate, prepared.counts.recipients
    if rate:
        size = min(prepared.provider.caps.chunk_size, max(1, rate // 60))
        waits = (people - 1) // size
        time = duration(session.language, waits * size * 3600 / rate)
        session.tell("send_rate" if waits else "send_rate_at_once", rate=rate, time=time)
    if cap:
        left = min(people, max(0, cap - _spent_today(session, store)))
        days = -(-(people - left) // cap) + 1  # today counts as a day, even if nothing is left of its cap
        session.tell("send_cap", cap=cap, left=left, days=days)


def _spent_today(session: Session, store: Store) -> int:
    from newsletter.storage.campaigns import attempts

    with store.read() as tx:
        return attempts.count_recipients(tx, session.app.worker().midnight_ms())


def _doubt(session: Session, prepared: PreparedSending) -> None:
    from newsletter.providers.base import BatchControl

    if prepared.provider.caps.idempotent:
        return
    policy = prepared.options.policy.value if isinstance(prepared.provider, BatchControl) else "untraced"
    session.tell(f"send_doubt_{policy}", provider=prepared.provider.name)


def rehearse(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Build the requests for all recipients without sending them, and print their number and sizes."""
    from newsletter.campaigns.dry_run import measure_requests

    key = session.app.settings.keys()[0]
    made = measure_requests(store, prepared.reading.edition, prepared.audience, prepared.provider, key)
    session.tell("send_rehearsed", **asdict(made))
