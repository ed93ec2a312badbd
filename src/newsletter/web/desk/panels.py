"""The pieces of an issue's page: what each of its templates is filled with."""

from __future__ import annotations

import datetime as dt
import difflib
import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from lxml import etree

from newsletter import i18n
from newsletter.checks import client_support
from newsletter.checks.external import dead_links
from newsletter.checks.rendered import size as size_
from newsletter.editorial.proofs import Proof, message, proof
from newsletter.model.finding import Finding, Severity
from newsletter.personalization import urls
from newsletter.system import timestamps
from newsletter.web.desk import finding_locator
from newsletter.web.desk.workspace import Desk, View

if TYPE_CHECKING:
    from newsletter.campaigns.reports import Account
    from newsletter.editorial.review import Reading
    from newsletter.model.approval import ApprovalStatus
    from newsletter.storage.database import Store

Context = dict[str, Any]
SENDINGS = 3
"""Campaigns of an issue that are shown."""
_SAY_ALL = frozenset({"scheduled", "ready", "handed", "cancelled_nobody"})
"""States that are everybody's: to count who stands there would say it twice."""
CUTS = (35, 50, 70)
"""Signs of a subject that are seen on a narrow telephone, a wide one, a desktop."""
_REMOTE = re.compile(r'(<img\b[^>]*?\s)src(="https?://)')
_OCTETS = re.compile(r"(Content-Transfer-Encoding: base64\n(?:.+\n)*\n)((?:[A-Za-z0-9+/=]+\n)+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """An issue as a person would get it, on this desk, now."""

    desk: Desk
    view: View
    reading: Reading
    proof: Proof
    hurried: bool = False
    """Whether the database may wait: the first message must not, and opening it takes a third of a second."""

    def store(self) -> Store | None:
        """The database, where there is one and time for it."""
        return None if self.hurried else self.desk.store()


def page(shown: Shown) -> str:
    """The message for the desk's frame: its pictures come from here, and nothing comes from elsewhere."""
    here = urls.relocated(shown.proof.html, shown.proof.edition, lambda image: f"/i/{image.name}")
    return _REMOTE.sub(r"\1data-elsewhere\2", here)


def status(shown: Shown) -> Context:
    """What stands in the head of the page."""
    size = size_.mailed_bytes(shown.reading.edition.html, shown.reading.edition.tags)
    return {
        "counts": counts(shown.reading.findings),
        "kilobytes": round(size / 1024),
        "near": size_.NEAR_BYTES // 1024,
        "clip": size_.CLIPPED_BYTES // 1024,
        "assent": assent(shown.desk, shown.store(), shown.reading),
        "wanted": shown.desk.app.settings.require_approval,
        "sendings": sendings(shown.desk, shown.store(), shown.reading),
        "digest": shown.reading.edition.digest,
    }


def counts(found: list[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {severity.value: sum(one.severity is severity for one in found) for severity in Severity}


def assent(desk: Desk, store: Store | None, reading: Reading) -> ApprovalStatus:
    """Who approved."""
    from newsletter.model.approval import ApprovalStatus  # noqa: PLC0415 - small, and beside its use

    if store is None:
        return ApprovalStatus()
    from newsletter.editorial.approvals import assent as said  # noqa: PLC0415 - SQLAlchemy, where there is a database only

    return said(store, desk.app.settings.keys(), digest=reading.edition.digest, slug=reading.edition.slug)


def sendings(desk: Desk, store: Store | None, reading: Reading) -> list[str]:
    """A sentence for each of the last campaigns of an issue, as the ledger is now; whether the text changed since."""
    issue_id = reading.issue.front.id
    if store is None or not issue_id:
        return []
    from newsletter.campaigns import reports  # noqa: PLC0415 - as above

    found = reports.of_issue(store, issue_id, int(time.time() * 1000))
    return [_sending(desk, account, reading.edition.digest) for account in found[:SENDINGS]]


def _sending(desk: Desk, account: Account, digest: str) -> str:
    from newsletter.campaigns import status_text  # noqa: PLC0415 - as above

    about = (desk.language, account, ZoneInfo(desk.app.settings.timezone))
    changed = desk.say("desk_changed_since") if account.campaign.digest != digest else ""
    if account.status == "done" and not account.campaign.rehearsal:
        at = timestamps.moment(account.at).astimezone(about[2])
        return desk.say("desk_sent", at=at, recipients=account.tally.accepted) + changed
    status = status_text.status(*about)
    if account.status in _SAY_ALL:
        status = status[0].upper() + status[1:]
        return desk.say("desk_campaign_whole", status=status, recipients=account.campaign.recipients) + changed
    return desk.say("desk_campaign", status=status[0].upper() + status[1:], counts=status_text.counts(*about)) + changed


def inbox(shown: Shown) -> Context:
    """The row that an inbox shows before anything is opened."""
    sender, subject = shown.proof.edition.sender, shown.proof.subject
    return {
        "sender": sender.name or sender.email,
        "subject": subject,
        "preheader": shown.proof.preheader,
        "rows": [(kind, light) for kind in ("phone-320", "phone-375", "desktop") for light in ("light", "dark")],
        "cuts": [(cut, subject[:cut] + "…" if len(subject) > cut else subject) for cut in CUTS],
    }


def text(shown: Shown) -> Context:
    """The text part, as it is sent."""
    return {"text": shown.proof.text}


def html(shown: Shown) -> Context:
    """The HTML part, as it is sent."""
    return {"html": shown.proof.html}


def source(shown: Shown) -> Context:
    """Headers and body of the message, its pictures' octets left out."""
    raw = message(shown.proof, dt.datetime.now(dt.UTC))
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    body = raw.decode("ascii").partition("\r\n\r\n")[2].replace("\r\n", "\n")
    return {
        "headers": [(name, str(value)) for name, value in parsed.items()],
        "body": _OCTETS.sub(lambda part: f"{part[1]}{_size(shown.desk, part[2])}\n", body),
    }


def _size(desk: Desk, octets: str) -> str:
    return desk.say("desk_octets", size=len(octets) * 3 // 4000)


def findings(shown: Shown) -> Context:
    """Everything found, each with its line, its sentence and its spot in the message."""
    spot = finding_locator.spots(shown.reading.issue)
    return {
        "counts": counts(shown.reading.findings),
        "findings": [
            {
                "severity": one.severity.value,
                "code": one.code,
                "place": one.place,
                "sentence": i18n.finding(shown.desk.language, one),
                "editor": _editor(shown, one),
                "spot": spot(one.place),
            }
            for one in sorted(shown.reading.findings, key=lambda one: (list(Severity).index(one.severity), one.place))
        ],
    }


def _editor(shown: Shown, found: Finding) -> str:
    """The address that opens the editor's editor on the line."""
    path = quote(str(found.path.resolve()).replace("\\", "/").removeprefix("/"))
    template = shown.desk.app.settings.editor
    slash = "" if "/{path}" in template else "/"
    return template.format(path=slash + path, line=found.place.line, column=found.place.column)


def addresses(shown: Shown) -> Context:
    """Every link and every picture of the message as sent."""
    tree = etree.fromstring(shown.proof.html.encode(), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
    lines = {address: places[0].line for address, places in dead_links.addresses(shown.reading.issue)[0].items()}
    pictures = {shown.proof.edition.image_base + image.name: image for image in shown.proof.edition.images}
    return {
        "links": [
            {"words": _words(link), "address": link.get("href"), "line": lines.get(link.get("href"))}
            for link in tree.iter("a")
            if link.get("href")
        ],
        "pictures": [
            {"address": one.get("src", ""), "alt": one.get("alt", ""), "image": pictures.get(one.get("src", ""))}
            for one in tree.iter("img")
        ],
        "answers": shown.desk.answers,
    }


def _words(link: Any) -> str:  # noqa: ANN401 - lxml's elements have no public type
    said = " ".join("".join(link.itertext()).split())
    return said or " ".join(image.get("alt", "") for image in link.iter("img"))


def left_out(shown: Shown) -> Context:
    """What each big mail program drops."""
    table = client_support.table()

    def told(slug: str) -> str:
        key = f"drops_{slug}"
        return shown.desk.say(key) if i18n.known(key) else str(table["features"][slug][0])

    lacking = client_support.left_out(shown.proof.html)
    date = i18n.long_date(shown.desk.language, dt.date.fromisoformat(table["date"]))
    return {"clients": {name: [told(slug) for slug in slugs] for name, slugs in lacking.items()}, "date": date}


def previous(shown: Shown) -> Context:
    """The text beside that of the issue before: a leftover and a forgotten change both show."""
    names = shown.desk.names()
    before = next((name for name in names[names.index(shown.view.name) + 1 :]), "") if shown.view.name in names else ""
    view = shown.desk.view(before) if before else None
    if view is None or view.reading is None:
        return {"before": before, "trouble": view.trouble if view else "", "rows": []}
    old = proof(view.reading.edition, shown.proof.person)
    rows = list(_rows(_passages(old.text), _passages(shown.proof.text)))
    same = sum(kind == "equal" for kind, *_ in rows)
    return {"before": before, "trouble": "", "subject": old.subject, "rows": rows, "same": same}


def _passages(text: str) -> list[str]:
    """The paragraphs of a text part, each as one line: where lines break says nothing."""
    passages = (" ".join(passage.split("\n")) for passage in re.split(r"\n\s*\n", text.strip()))
    return [re.sub(r"\s*(?:={3,}|-{3,})$", "", passage) for passage in passages]


def _rows(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    """Kind, old line, new line: difflib's blocks, side by side."""
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        for offset in range(max(old_to - old_from, new_to - new_from)):
            left = old[old_from + offset] if old_from + offset < old_to else ""
            right = new[new_from + offset] if new_from + offset < new_to else ""
            yield kind, left, right


def sending(shown: Shown) -> Context:
    """Test, download, proof, approval; the template also has what `status` says."""
    return {
        "recipients": shown.desk.app.settings.test_recipients,
        "blocked": shown.reading.blocked or bool(shown.view.trouble or shown.desk.trouble),
        "zone": ZoneInfo(shown.desk.app.settings.timezone),
    }


VIEWS: dict[str, Callable[[Shown], Context]] = {
    "message": lambda _shown: {},
    "inbox": inbox,
    "text": text,
    "html": html,
    "source": source,
}
"""Name, as in the page's address → what its template shows in the middle of the page."""
PANELS: dict[str, Callable[[Shown], Context]] = {
    "findings": findings,
    "links": addresses,
    "clients": left_out,
    "previous": previous,
    "send": sending,
}
"""The same for what stands beside it, where `status` can be shown too."""
