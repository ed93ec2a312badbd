"""The commands `newsletter subscribers list`, `tag`, `stats`, `prune` and `unblock`."""

from __future__ import annotations

import datetime as dt
import re

import click

from newsletter.cli.context import Session, format_option, print_json, publication_command, yes_option
from newsletter.errors import InputError, Refused
from newsletter.system import timestamps

WEEKS = 12
_BARS = "▁▂▃▄▅▆▇█"


@click.command("list")
@click.option("--where", default="", metavar="FILTER", help="Only these people: a filter, or a segment's name.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Maximum number of subscribers."
)
@click.option("--sample", is_flag=True, help="A random sample instead of the first ones.")
@click.option(
    "--after", default=0, metavar="ID", type=click.IntRange(0, 2**62), help="Continue after this subscriber id."
)
@format_option
@publication_command
def list_(
    session: Session,
    where: str,
    limit: int,
    sample: bool,
    after: int,
    format_: str,
) -> None:
    """Print subscribers in the order of their ids."""
    from newsletter.storage.subscribers import records, segments
    from newsletter.subscribers import exporting, selection as selection_

    with session.app.store().read() as tx:
        condition = selection_.build_condition(tx, where, session.zone)
        ids = (
            segments.choose_sample(tx, condition, limit)
            if sample
            else records.list_next_ids(tx, condition, after, limit)
        )
        people = records.list_records(tx, ids)
    if format_ == "json":
        print_json([{"id": record.id} | exporting.facts_of(record) for record in people])
        return
    width = max((len(record.email) for record in people), default=0)
    for record in people:
        subscriptions = [f"{name} ({session.say(f'status_{status}')})" for name, status in record.lists.items()]
        suppression = [session.say(f"reason_{record.suppressed}")] if record.suppressed else []
        name = f"{record.first_name} {record.last_name}".strip()
        facts = "  ".join(
            filter(None, (name, ", ".join(subscriptions + suppression), " ".join(f"#{tag}" for tag in record.tags)))
        )
        click.echo(f"{record.email:{width}}  {facts}".rstrip())
    if len(people) == limit and not sample:
        session.print_message("list_goes_on", after=people[-1].id)


@click.command("tag")
@click.argument("tag_name", metavar="TAG")
@click.argument("address", required=False)
@click.option("--where", default="", metavar="FILTER", help="These people: a filter, or a segment's name.")
@click.option("--off", is_flag=True, help="Remove the tag.")
@publication_command
def tag(session: Session, tag_name: str, address: str | None, where: str, off: bool) -> None:
    """Tag one subscriber, or everybody that a filter selects."""
    from newsletter.subscribers import service
    from newsletter.subscribers.importing.row_mapping import clean_label

    if bool(address) == bool(where):
        raise InputError("tag_whom")

    selection = service.SubscriberSelection(address=address or "", where=where, zone=session.zone)
    count = service.tag(session.subscriber_context(), selection, tag_name, off=off)
    session.print_message("untagged" if off else "tagged", tag=clean_label(tag_name), count=count)


@click.command("stats")
@format_option
@publication_command
def stats(session: Session, format_: str) -> None:
    """Count subscribers by list and state, and show the growth."""
    from newsletter.storage.subscribers import growth, lists

    now_ms = timestamps.now_ms()
    with session.app.store().read() as tx:
        total, suppressed = lists.count_people(tx), growth.count_suppressions(tx)
        growth_by_list = [
            (mailing_list, *growth.count_weekly(tx, mailing_list.id, now_ms, WEEKS))
            for mailing_list in lists.list_all(tx)
        ]
    if format_ == "json":
        facts = [
            {
                "list": mailing_list.name,
                "opt_in": mailing_list.opt_in,
                "counts": mailing_list.counts,
                "came_by_week": came,
                "left_by_week": left,
            }
            for mailing_list, came, left in growth_by_list
        ]
        print_json({"subscribers": total, "suppressed": suppressed, "lists": facts})
        return
    click.echo(session.say("stats_total", count=total))
    for mailing_list, came, left in growth_by_list:
        click.secho(mailing_list.name, bold=True, nl=False)
        click.echo(f"  {session.format_status_counts(mailing_list.counts)}")
        click.echo(session.say("stats_weeks", weeks=WEEKS, came=sparkline(came), left=sparkline(left)))
        click.echo(session.say("stats_sums", came_count=sum(came), left_count=sum(left)))
    if suppressed:
        reasons = ", ".join(
            f"{session.format_number(count)} {session.say(f'reason_{reason}')}" for reason, count in suppressed.items()
        )
        click.echo(session.say("stats_suppressed", reasons=reasons))


def sparkline(values: list[int]) -> str:
    """Draw a bar for each value, relative to the highest value; a zero is a dot."""
    highest = max(values, default=0)
    return "".join("·" if not value else _BARS[(value * 8 - 1) // highest] for value in values)


_DURATION = re.compile(r"([1-9]\d{0,2})\s*(d|w|m|y|j|s|a)")
_DAYS_PER_UNIT = {"d": 1, "j": 1, "w": 7, "s": 7, "m": 30.44, "y": 365.25, "a": 365.25}


@click.command("prune")
@click.option("--inactive", required=True, metavar="SPAN", help="Without contact for this long: 3y, 18m, 26w, 90d.")
@click.option("--dry-run", is_flag=True, help="Only print how many.")
@yes_option
@publication_command
def prune(session: Session, inactive: str, dry_run: bool, yes: bool) -> None:
    """Erase subscribers without any action for a long time: subscribed, confirmed, wrote, clicked."""
    from newsletter.storage.subscribers import subscribers
    from newsletter.subscribers import service

    match = _DURATION.fullmatch(inactive.strip().lower())
    if not match:
        raise InputError("span_wrong", typed=inactive)
    context = session.subscriber_context()
    before_ms = context.now_ms - int(int(match[1]) * _DAYS_PER_UNIT[match[2]] * 86_400_000)
    day = dt.datetime.fromtimestamp(before_ms / 1000, session.zone).date()
    with context.store.read() as tx:
        count = subscribers.count_inactive(tx, before_ms)
    session.print_message("prune_count", count=count, date=day)
    if dry_run or not count:
        return
    if not yes and session.ask("prune_confirm", count=count) != str(count):
        raise Refused("not_pruned")
    session.print_message("pruned", count=service.prune(context, before_ms, session.app.provider().forget))


@click.command("unblock")
@click.option("--reason", default="bounce", show_default=True, metavar="REASON", help="bounce, or invalid.")
@click.option("--since", default="", metavar="DAY", help="Suppressed on this day or later: 2026-11-20.")
@click.option("--until", default="", metavar="DAY", help="Suppressed on this day or before.")
@click.option("--domain", "domains", multiple=True, metavar="DOMAIN", help="Only of this domain; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only print how many.")
@yes_option
@publication_command
def unblock(
    session: Session, *, reason: str, since: str, until: str, domains: tuple[str, ...], dry_run: bool, yes: bool
) -> None:
    """Lift the bounces of many subscribers, after an outage for example; they get the newsletter again.

    Complaints, unsubscriptions and erasures are never lifted: only the person can ask (subscribers add --again).
    A person who left every list stays suppressed. Each lift is written into the consent journal.
    """
    from newsletter.subscribers import unblocking

    language = session.app.publication.language
    first_day, last_day = (unblocking.read_day(day, language) if day else None for day in (since, until))
    selection = unblocking.select(reason, first_day, last_day, domains, session.zone)
    context = session.subscriber_context()
    counts = unblocking.count(context.store, selection)
    session.print_message("unblock_count", count=counts.liftable, reason=session.say(f"blocked_{reason}"))
    if counts.gone:
        session.print_message("unblock_gone", count=counts.gone)
    if dry_run or not counts.liftable:
        return
    session.confirm_number("unblock_confirm", counts.liftable, yes=yes)
    session.print_message("unblocked", count=unblocking.unblock(context, selection))


COMMANDS = (list_, tag, stats, prune, unblock)
