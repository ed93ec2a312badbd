"""The table of `newsletter campaigns list`: aligned columns, neither wrapped nor cut outside a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsletter.campaigns.status_text import status
from newsletter.cli.context import Session
from newsletter.system import timestamps

if TYPE_CHECKING:
    from newsletter.campaigns.reports import CampaignReport

_WIDE = 10_000
"""Line width outside a terminal: so wide that nothing is wrapped or cut."""
_NUMBERS = frozenset({"number", "accepted", "doubt", "share"})


def print_table(session: Session, campaign_reports: Sequence[CampaignReport]) -> None:
    """Print a header and a row for each campaign."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    rows = [_row(session, report) for report in campaign_reports]
    is_terminal = sys.stdout.isatty()
    for name in rows[0]:
        kept_whole = name in _NUMBERS or not is_terminal
        table.add_column(
            session.say(f"table_{name}"), justify="right" if name in _NUMBERS else "left", no_wrap=kept_whole
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row.values()))
    console = Console(file=sys.stdout, width=None if is_terminal else _WIDE)
    console.print(table)


def _row(session: Session, report: CampaignReport) -> dict[str, str]:
    campaign, tally = report.campaign, report.tally
    round_ = session.say("campaign_round", round=report.round) if report.round > 1 else ""
    share = 100 * tally.accepted // campaign.recipients  # rounded down, so that 100 means all recipients
    return {
        "number": str(campaign.id),
        "issue": campaign.slug + round_,
        "list": campaign.list_name,
        "date": f"{session.to_local_time(timestamps.moment(report.at)):%Y-%m-%d %H:%M}",
        "state": status(session.language, report, session.zone),
        "accepted": f"{session.format_number(tally.accepted)}/{session.format_number(campaign.recipients)}",
        "doubt": session.format_number(tally.in_doubt + tally.held + tally.given_up),
        "share": session.say("percent", value=share),
    }
