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
    from newsletter.campaigns.reports import CampaignReport
    from newsletter.editorial.review import Reading
    from newsletter.model.approval import ApprovalStatus
    from newsletter.storage.database import Store

Context = dict[str, Any]
MAX_CAMPAIGNS = 3
"""Maximum number of campaigns that the page shows for an issue."""
_WHOLE_CAMPAIGN_STATUSES = frozenset({"scheduled", "ready", "handed", "cancelled_nobody"})
"""Statuses that apply to all recipients; counts per state would only repeat them."""
CUTS = (35, 50, 70)
"""Characters of a subject that are visible on a narrow telephone, a wide telephone and a desktop."""
_REMOTE = re.compile(r'(<img\b[^>]*?\s)src(="https?://)')
_OCTETS = re.compile(r"(Content-Transfer-Encoding: base64\n(?:.+\n)*\n)((?:[A-Za-z0-9+/=]+\n)+)")


@dataclass(frozen=True, slots=True)
class PersonalizedIssue:
    """An issue as a given person would get it now."""

    desk: Desk
    view: View
    reading: Reading
    proof: Proof
    skip_database: bool = False
    """True if the database is not used: opening it takes a third of a second, too long for the first message."""

    def store(self) -> Store | None:
        """Return the database, or None if there is none or `skip_database` is set."""
        return None if self.skip_database else self.desk.store()


def message_html(issue: PersonalizedIssue) -> str:
    """Return the message for the desk's frame: the desk serves its pictures, and remote pictures are not loaded."""
    local_html = urls.replace_image_urls(issue.proof.html, issue.proof.edition, lambda image: f"/i/{image.name}")
    return _REMOTE.sub(r"\1data-elsewhere\2", local_html)


def status(issue: PersonalizedIssue) -> Context:
    """Return the context of the page head: counts, size, approval, campaigns."""
    size = size_.mailed_bytes(issue.reading.edition.html, issue.reading.edition.tags)
    return {
        "counts": count_by_severity(issue.reading.findings),
        "kilobytes": round(size / 1024),
        "near": size_.NEAR_BYTES // 1024,
        "clip": size_.CLIPPED_BYTES // 1024,
        "assent": approval_status(issue.desk, issue.store(), issue.reading),
        "wanted": issue.desk.app.settings.require_approval,
        "sendings": describe_campaigns(issue.desk, issue.store(), issue.reading),
        "digest": issue.reading.edition.digest,
    }


def count_by_severity(findings: list[Finding]) -> dict[str, int]:
    """Count the findings of each severity."""
    return {severity.value: sum(finding.severity is severity for finding in findings) for severity in Severity}


def approval_status(desk: Desk, store: Store | None, reading: Reading) -> ApprovalStatus:
    """Return the approval status of the edition."""
    from newsletter.model.approval import ApprovalStatus

    if store is None:
        return ApprovalStatus()
    from newsletter.editorial.approvals import find_approvals

    return find_approvals(store, desk.app.settings.keys(), digest=reading.edition.digest, slug=reading.edition.slug)


def describe_campaigns(desk: Desk, store: Store | None, reading: Reading) -> list[str]:
    """Return a sentence for each of the last campaigns: its current status, and whether the text has changed since."""
    issue_id = reading.issue.front.id
    if store is None or not issue_id:
        return []
    from newsletter.campaigns import reports

    campaign_reports = reports.list_reports_of_issue(store, issue_id, timestamps.now_ms())
    return [_describe_campaign(desk, report, reading.edition.digest) for report in campaign_reports[:MAX_CAMPAIGNS]]


def _describe_campaign(desk: Desk, report: CampaignReport, digest: str) -> str:
    from newsletter.campaigns import status_text

    status_arguments = (desk.language, report, ZoneInfo(desk.app.settings.timezone))
    changed = desk.say("desk_changed_since") if report.campaign.digest != digest else ""
    if report.status == "done" and not report.campaign.rehearsal:
        at = timestamps.moment(report.at).astimezone(status_arguments[2])
        return desk.say("desk_sent", at=at, recipients=report.tally.accepted) + changed
    status = status_text.status(*status_arguments)
    if report.status in _WHOLE_CAMPAIGN_STATUSES:
        status = status[0].upper() + status[1:]
        return desk.say("desk_campaign_whole", status=status, recipients=report.campaign.recipients) + changed
    return (
        desk.say("desk_campaign", status=status[0].upper() + status[1:], counts=status_text.counts(*status_arguments))
        + changed
    )


def inbox(issue: PersonalizedIssue) -> Context:
    """Return the row that an inbox shows for the unopened message."""
    sender, subject = issue.proof.edition.sender, issue.proof.subject
    return {
        "sender": sender.name or sender.email,
        "subject": subject,
        "preheader": issue.proof.preheader,
        "rows": [
            (kind, colour_scheme)
            for kind in ("phone-320", "phone-375", "desktop")
            for colour_scheme in ("light", "dark")
        ],
        "cuts": [(cut, subject[:cut] + "…" if len(subject) > cut else subject) for cut in CUTS],
    }


def text(issue: PersonalizedIssue) -> Context:
    """Return the text part as it is sent."""
    return {"text": issue.proof.text}


def html(issue: PersonalizedIssue) -> Context:
    """Return the HTML part as it is sent."""
    return {"html": issue.proof.html}


def source(issue: PersonalizedIssue) -> Context:
    """Return headers and body of the message, without the bytes of its pictures."""
    raw = build_message(issue.proof, dt.datetime.now(dt.UTC))
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    body = raw.decode("ascii").partition("\r\n\r\n")[2].replace("\r\n", "\n")
    return {
        "headers": [(name, str(value)) for name, value in parsed.items()],
        "body": _OCTETS.sub(lambda part: f"{part[1]}{_describe_size(issue.desk, part[2])}\n", body),
    }


def _describe_size(desk: Desk, octets: str) -> str:
    return desk.say("desk_octets", size=len(octets) * 3 // 4000)


def findings(issue: PersonalizedIssue) -> Context:
    """Return every finding with its line, its sentence and its position in the message, most severe first."""
    locate = finding_locator.make_locator(issue.reading.issue)
    return {
        "counts": count_by_severity(issue.reading.findings),
        "findings": [
            {
                "severity": finding.severity.value,
                "code": finding.code,
                "place": finding.place,
                "sentence": i18n.finding(issue.desk.language, finding),
                "editor": _editor_url(issue, finding),
                "spot": locate(finding.place),
            }
            for finding in sorted(
                issue.reading.findings, key=lambda finding: (list(Severity).index(finding.severity), finding.place)
            )
        ],
    }


def _editor_url(issue: PersonalizedIssue, finding: Finding) -> str:
    """Return the URL that opens the configured text editor at the line of the finding."""
    path = quote(str(finding.path.resolve()).replace("\\", "/").removeprefix("/"))
    template = issue.desk.app.settings.editor
    slash = "" if "/{path}" in template else "/"
    return template.format(path=slash + path, line=finding.place.line, column=finding.place.column)


def links_and_pictures(issue: PersonalizedIssue) -> Context:
    """Return every link and every picture of the message as sent."""
    tree = etree.fromstring(issue.proof.html.encode(), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
    lines = {address: places[0].line for address, places in dead_links.addresses(issue.reading.issue)[0].items()}
    pictures = {issue.proof.edition.image_base + image.name: image for image in issue.proof.edition.images}
    return {
        "links": [
            {"words": _link_words(link), "address": link.get("href"), "line": lines.get(link.get("href"))}
            for link in tree.iter("a")
            if link.get("href")
        ],
        "pictures": [
            {
                "address": picture.get("src", ""),
                "alt": picture.get("alt", ""),
                "image": pictures.get(picture.get("src", "")),
            }
            for picture in tree.iter("img")
        ],
        "answers": issue.desk.answers,
    }


def _link_words(link: Any) -> str:  # noqa: ANN401 - lxml's elements have no public type
    words = " ".join("".join(link.itertext()).split())
    return words or " ".join(image.get("alt", "") for image in link.iter("img"))


def unsupported_features(issue: PersonalizedIssue) -> Context:
    """Return the features of the message that each big mail program does not support."""
    table = client_support.table()

    def feature_title(slug: str) -> str:
        key = f"drops_{slug}"
        return issue.desk.say(key) if i18n.known(key) else str(table["features"][slug][0])

    slugs_by_client = client_support.unsupported_features(issue.proof.html)
    date = i18n.long_date(issue.desk.language, dt.date.fromisoformat(table["date"]))
    return {
        "clients": {name: [feature_title(slug) for slug in slugs] for name, slugs in slugs_by_client.items()},
        "date": date,
    }


def previous(issue: PersonalizedIssue) -> Context:
    """Compare the text with the text of the previous issue, so that leftovers and forgotten changes are visible."""
    names = issue.desk.names()
    previous_name = (
        next((name for name in names[names.index(issue.view.name) + 1 :]), "") if issue.view.name in names else ""
    )
    view = issue.desk.view(previous_name) if previous_name else None
    if view is None or view.reading is None:
        return {"before": previous_name, "trouble": view.trouble if view else "", "rows": []}
    previous_proof = make_proof(view.reading.edition, issue.proof.person)
    rows = list(_diff_rows(_passages(previous_proof.text), _passages(issue.proof.text)))
    same = sum(kind == "equal" for kind, *_ in rows)
    return {"before": previous_name, "trouble": "", "subject": previous_proof.subject, "rows": rows, "same": same}


def _passages(text: str) -> list[str]:
    """Return the paragraphs of a text part, each as one line, because line breaks have no meaning."""
    passages = (" ".join(passage.split("\n")) for passage in re.split(r"\n\s*\n", text.strip()))
    return [re.sub(r"\s*(?:={3,}|-{3,})$", "", passage) for passage in passages]


def _diff_rows(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, old line, new line): the blocks of difflib, side by side."""
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        for offset in range(max(old_to - old_from, new_to - new_from)):
            left = old[old_from + offset] if old_from + offset < old_to else ""
            right = new[new_from + offset] if new_from + offset < new_to else ""
            yield kind, left, right


def sending_options(issue: PersonalizedIssue) -> Context:
    """Return the context for test, download, proof and approval; the template also gets the context of `status`."""
    return {
        "recipients": issue.desk.app.settings.test_recipients,
        "blocked": issue.reading.blocked or bool(issue.view.trouble or issue.desk.trouble),
        "zone": ZoneInfo(issue.desk.app.settings.timezone),
    }


VIEWS: dict[str, Callable[[PersonalizedIssue], Context]] = {
    "message": lambda _shown: {},
    "inbox": inbox,
    "text": text,
    "html": html,
    "source": source,
}
"""Name of a view in the page's address → function for the context of the middle of the page."""
PANELS: dict[str, Callable[[PersonalizedIssue], Context]] = {
    "findings": findings,
    "links": links_and_pictures,
    "clients": unsupported_features,
    "previous": previous,
    "send": sending_options,
}
"""Name of a panel in the page's address → function for its context; its template also gets the context of `status`."""
