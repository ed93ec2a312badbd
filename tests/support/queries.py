"""Questions that tests ask a publication, by its commands, and the fake SendGrid."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from project import Project
from sendgrid_fake import FakeSendGrid

OPERATOR = "moi@exemple.fr"


def show_campaign(project: Project, number: int = 1) -> dict[str, Any]:
    """Return what `campaigns show` prints as JSON."""
    facts: dict[str, Any] = json.loads(project.run("campaigns", "show", str(number), "--format", "json").stdout)
    return facts


def show_subscriber(project: Project, address: str) -> dict[str, Any]:
    """Return what `subscribers show` prints as JSON."""
    facts: dict[str, Any] = json.loads(project.run("subscribers", "show", address, "--format", "json").stdout)
    return facts


def list_delivered(fake: FakeSendGrid, since: int = 0) -> list[str]:
    """Return the sorted addresses of the delivered messages after the first `since`, without those to the operator."""
    delivered = [message["to"] for message in fake.list_messages_since(since) if message["status"] == "delivered"]
    return sorted(address for address in delivered if address != OPERATOR)


def minutes_from_now(minutes: int) -> str:
    """Return a time for `--at`."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)).isoformat(timespec="seconds")
