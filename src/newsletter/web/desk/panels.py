"""The parts of an issue's page: functions that return the context of its templates."""

from __future__ import annotations

import datetime as dt
import difflib
import email
import email.policy
import re
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
from newsletter.editorial.proofs import Proof, build_message, make_proof
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
"""Maximum number of campaigns that the page shows for an issue."""
_SAY_ALL = frozenset({"scheduled", "ready", "handed", "cancelled_nobody"})
"""Statuses that apply to all recipients; counts per state would only repeat them."""
CUTS = (35, 50, 70)
"""Characters of a subject that are visible on a narrow telephone, a wide telephone and a desktop."""
_REMOTE = re.compile(r'(<img\b[^>]*?\s)src(="https?://)')
_OCTETS = re.compile(r"(Content-Transfer-Encoding: base64\n(?:.+\n)*\n)((?:[A-Za-z0-9+/=]+\n)+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """An issue as a given person would get it now."""

    desk: Desk
    view: View
    reading: Reading
    proof: Proof
    hurried: bool = False
    """True if the database is not used: opening it takes a third of a second, too long for the first message."""

    def store(self) -> Store | None:
        """Return the database, or None if there is none or the page is `hurried`."""
        return None if self.hurried else self.desk.store()


def page(shown: Shown) -> str:
    """Return the message for the desk's frame: the desk serves its pictures, and remote pictures are not loaded."""
    here = urls.replace_image_urls(shown.proof.html, shown.proof.edition, lambda image: f"/i/{image.name}")
    return _REMOTE.sub(r"\1data-elsewhere\2", here)


def status(shown: Shown) -> Context:
    """Return the context of the page head: counts, size, approval, campaigns."""
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
    """Count the findings of each severity."""
    return {severity.value: sum(one.severity is severity for one in found) for severity in Severity}


def assent(desk: Desk, store: Store | None, reading: Reading) -> ApprovalStatus:
    """Return the approval status of the edition."""
    from newsletter.model.approval import ApprovalStatus

    if store is None:
        return ApprovalStatus()
    from newsletter.editorial.approvals import find_approvals as said

    return said(store, desk.app.settings.keys(), digest=reading.edition.digest, slug=reading.edition.slug)


def sendings(desk: Desk, store: Store | None, reading: Reading) -> list[str]:
    """Return a sentence for each of the last campaigns: its current status, and whether the text has changed since."""
    issue_id = reading.issue.front.id
    if store is None or not issue_id:
        return []
    from newsletter.campaigns import reports

    found = reports.list_accounts_of_issue(store, issue_id, timestamps.now_ms())
    return [_sending(desk, account, reading.edition.digest) for account in found[:SENDINGS]]


def _sending(desk: Desk, account: Account, digest: str) -> str:
    from newsletter.campaigns import status_text

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
    """Return the row that an inbox shows for the unopened message."""
    sender, subject = shown.proof.edition.sender, shown.proof.subject
    return {
        "sender": sender.name or sender.email,
        "subject": subject,
        "preheader": shown.proof.preheader,
        "rows": [(kind, light) for kind in ("phone-320", "phone-375", "desktop") for light in ("light", "dark")],
        "cuts": [(cut, subject[:cut] + "…" if len(subject) > cut else subject) for cut in CUTS],
    }


def text(shown: Shown) -> Context:
    """Return the text part as it is sent."""
    return {"text": shown.proof.text}


def html(shown: Shown) -> Context:
    """Return the HTML part as it is sent."""
    return {"html": shown.proof.html}


def source(shown: Shown) -> Context:
    """Return headers and body of the message, without the bytes of its pictures."""
    raw = build_message(shown.proof, dt.datetime.now(dt.UTC))
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    body = raw.decode("ascii").partition("\r\n\r\n")[2].replace("\r\n", "\n")
    return {
        "headers": [(name, str(value)) for name, value in parsed.items()],
        "body": _OCTETS.sub(lambda part: f"{part[1]}{_size(shown.desk, part[2])}\n", body),
    }


def _size(desk: Desk, octets: str) -> str:
    return desk.say("desk_octets", size=len(octets) * 3 // 4000)


def findings(shown: Shown) -> Context:
    """Return every finding with its line, its sentence and its spot in the message, most severe first."""
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
    """Return the URL that opens the configured text editor at the line of the finding."""
    path = quote(str(found.path.resolve()).replace("\\", "/").removeprefix("/"))
    template = shown.desk.app.settings.editor
    slash = "" if "/{path}" in template else "/"
    return template.format(path=slash + path, line=found.place.line, column=found.place.column)


def addresses(shown: Shown) -> Context:
    """Return every link and every picture of the message as sent."""
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
    """Return the features of the message that each big mail program does not support."""
    table = client_support.table()

    def told(slug: str) -> str:
        key = f"drops_{slug}"
        return shown.desk.say(key) if i18n.known(key) else str(table["features"][slug][0])

    lacking = client_support.left_out(shown.proof.html)
    date = i18n.long_date(shown.desk.language, dt.date.fromisoformat(table["date"]))
    return {"clients": {name: [told(slug) for slug in slugs] for name, slugs in lacking.items()}, "date": date}


def previous(shown: Shown) -> Context:
    """Compare the text with the text of the previous issue, so that leftovers and forgotten changes are visible."""
    names = shown.desk.names()
    before = next((name for name in names[names.index(shown.view.name) + 1 :]), "") if shown.view.name in names else ""
    view = shown.desk.view(before) if before else None
    if view is None or view.reading is None:
        return {"before": before, "trouble": view.trouble if view else "", "rows": []}
    old = make_proof(view.reading.edition, shown.proof.person)
    rows = list(_rows(_passages(old.text), _passages(shown.proof.text)))
    same = sum(kind == "equal" for kind, *_ in rows)
    return {"before": before, "trouble": "", "subject": old.subject, "rows": rows, "same": same}


def _passages(text: str) -> list[str]:
    """Return the paragraphs of a text part, each as one line, because line breaks have no meaning."""
    passages = (" ".join(passage.split("\n")) for passage in re.split(r"\n\s*\n", text.strip()))
    return [re.sub(r"\s*(?:={3,}|-{3,})$", "", passage) for passage in passages]


def _rows(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, old line, new line): the blocks of difflib, side by side."""
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        for offset in range(max(old_to - old_from, new_to - new_from)):
            left = old[old_from + offset] if old_from + offset < old_to else ""
            right = new[new_from + offset] if new_from + offset < new_to else ""
            yield kind, left, right


def sending(shown: Shown) -> Context:
    """Return the context for test, download, proof and approval; the template also gets the context of `status`."""
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
"""Name of a view in the page's address → function for the context of the middle of the page."""
PANELS: dict[str, Callable[[Shown], Context]] = {
    "findings": findings,
    "links": addresses,
    "clients": left_out,
    "previous": previous,
    "send": sending,
}
"""Name of a panel in the page's address → function for its context; its template also gets the context of `status`."""
