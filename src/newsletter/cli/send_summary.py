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


def print_summary(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Print the summary: subject, sender, recipients, exclusions and reasons, time and zone, provider, doubt policy."""
    from newsletter.campaigns import planning

    audience, counts = prepared.audience, prepared.counts
    sender = prepared.reading.edition.sender
    session.print_message("send_subject", subject=prepared.reading.issue.front.subject)
    session.print_message("send_from", sender=f"{sender.name} <{sender.email}>" if sender.name else sender.email)
    session.print_message("send_to", list=audience.list_name, segment=audience.segment, recipients=counts.recipients)
    if counts.excluded:
        excluded_by_reason = {
            reason: count for reason, count in asdict(counts).items() if count and reason != "recipients"
        }
        reasons = ", ".join(
            session.say(f"send_not_{reason}", count=count) for reason, count in excluded_by_reason.items()
        )
        session.print_message("send_not_to", excluded=counts.excluded, reasons=reasons)
    _print_schedule(session, prepared)
    _print_requests(session, prepared)
    if planning.is_rehearsal(store, audience):
        session.print_message("send_is_rehearsal")
    _print_duration(session, store, prepared)
    _print_doubt_policy(session, prepared)
    for approval in prepared.approvals:
        session.print_message("send_approved", by=approval.by, at=session.to_local_time(approval.at))


def _print_schedule(session: Session, prepared: PreparedSending) -> None:
    options, zone = prepared.options, session.zone.key
    begins = session.to_local_time(timestamps.moment(options.not_before))
    if prepared.request.delay and not options.release_at:
        session.print_message("send_after", time=duration(session.language, prepared.request.delay.total_seconds()))
        session.print_message("send_held")
    elif options.release_at:
        session.print_message("send_later", at=session.to_local_time(timestamps.moment(options.release_at)), zone=zone)
        cancellable = getattr(prepared.provider, "max_batches", 0) * prepared.provider.caps.chunk_size
        session.print_message("send_ahead", provider=prepared.provider.name, at=begins, back=cancellable)
    elif options.not_before:
        session.print_message("send_later", at=begins, zone=zone)
        session.print_message("send_held")
    else:
        session.print_message("send_now")


def _print_requests(session: Session, prepared: PreparedSending) -> None:
    size, name = prepared.provider.caps.max_recipients, prepared.provider.name
    if size == 1:
        session.print_message("send_by_messages", provider=name, count=prepared.counts.recipients)
    else:
        size = min(size, max(1, prepared.options.rate // 60)) if prepared.options.rate else size
        session.print_message("send_by_requests", provider=name, count=-(-prepared.counts.recipients // size))


def _print_duration(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Print how long the sending takes. The first chunk leaves at once; each chunk delays the next by its size."""
    cap, rate, people = session.app.settings.daily_cap, prepared.options.rate, prepared.counts.recipients
    if rate:
        size = min(prepared.provider.caps.chunk_size, max(1, rate // 60))
        waits = (people - 1) // size
        time = duration(session.language, waits * size * 3600 / rate)
        session.print_message("send_rate" if waits else "send_rate_at_once", rate=rate, time=time)
    if cap:
        left_today = min(people, max(0, cap - _count_sent_today(session, store)))
        days = -(-(people - left_today) // cap) + 1  # today counts as a day, even if nothing is left of its cap
        session.print_message("send_cap", cap=cap, left=left_today, days=days)


def _count_sent_today(session: Session, store: Store) -> int:
    from newsletter.storage.campaigns import attempts

    with store.read() as tx:
        return attempts.count_recipients(tx, session.app.worker().midnight_ms())


def _print_doubt_policy(session: Session, prepared: PreparedSending) -> None:
    from newsletter.providers.base import BatchControl

    if prepared.provider.caps.idempotent:
        return
    policy = prepared.options.policy.value if isinstance(prepared.provider, BatchControl) else "untraced"
    session.print_message(f"send_doubt_{policy}", provider=prepared.provider.name)


def print_dry_run(session: Session, store: Store, prepared: PreparedSending) -> None:
    """Build the requests for all recipients without sending them, and print their number and sizes."""
    from newsletter.campaigns.dry_run import measure_requests

    key = session.app.settings.keys()[0]
    result = measure_requests(store, prepared.reading.edition, prepared.audience, prepared.provider, key)
    session.print_message("send_rehearsed", **asdict(result))
