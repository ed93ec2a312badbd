"""Actions behind the buttons of the desk: create an issue, send a test, approve, check links.

Each action returns a sentence for the page to show; if the action fails, the sentence says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from newsletter.errors import InputError
from newsletter.i18n.exceptions import explained
from newsletter.web.desk.endpoints import Endpoints
from newsletter.web.desk.workspace import Desk

if TYPE_CHECKING:
    from newsletter.web.desk.panels import PersonalizedIssue

RequestData = dict[str, Any]
Action = Callable[[Endpoints, Request, RequestData], dict[str, object]]


def make_endpoint(endpoints: Endpoints, action: Action) -> Callable[[Request], Any]:
    """Return the endpoint of an action: it takes and returns JSON, and every error becomes a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            data = await request.json()
            if not isinstance(data, dict):
                raise InputError("desk_nonsense")  # noqa: TRY301 - answered like every other error
            answer = await anyio.to_thread.run_sync(partial(action, endpoints, request, data))
        except Exception as error:  # noqa: BLE001 - every error becomes a sentence, as on the command line
            return JSONResponse({"ok": False, "message": explained(error, endpoints.desk.language)[0]})
        if action is approve:  # updates every other page that shows the issue
            endpoints.notify_pages([request.path_params["name"]])
        return JSONResponse({"ok": True} | answer)

    return endpoint


def create_issue(endpoints: Endpoints, _request: Request, data: RequestData) -> dict[str, object]:
    """Create an issue and return its address, to which the page goes."""
    from newsletter.content import issue_files

    desk = endpoints.desk
    path = issue_files.create(
        desk.app.issues, _text_field(data, "title"), desk.app.publication, dt.datetime.now(dt.UTC)
    )
    return {"message": "", "go": f"/issues/{quote(path.parent.name)}"}


def find_subscriber(endpoints: Endpoints, _request: Request, data: RequestData) -> dict[str, object]:
    """Resolve an e-mail address to a subscriber id, so that the page's URL does not contain the e-mail address."""
    from newsletter.subscribers.service import get_subscriber

    store = endpoints.desk.store()
    if store is None:
        raise InputError("subscriber_unknown", address=_text_field(data, "address"))
    person = get_subscriber(store, _text_field(data, "address"))
    return {"message": "", "as": str(person.id), "email": person.email}


def send_test(endpoints: Endpoints, request: Request, data: RequestData) -> dict[str, object]:
    """Send a test, and return the result for each address."""
    from newsletter.editorial import proofs

    desk, issue = endpoints.desk, _require_issue(endpoints, request)
    _require_sendable(issue)
    recipients = data.get("to")
    addresses = [str(recipient) for recipient in recipients] if isinstance(recipients, list) else []
    if not addresses:
        raise InputError("desk_nobody")
    app = desk.app
    context = proofs.SendTestContext(
        provider=app.provider(),
        publication=app.publication,
        allowed=app.settings.test_recipients,
        open_store=desk.make_store,
    )
    results = proofs.send_test(context, issue.reading.edition, addresses, issue.proof.person)
    return {"message": " ".join(_describe_result(desk, result) for result in results)}


def _describe_result(desk: Desk, result: Any) -> str:  # noqa: ANN401 - a SendTestResult, whose module is imported late
    facts = result.facts
    reference = facts["reference"]
    location = (
        desk.say("desk_test_where", place=f"{desk.app.folder.name}/outbox/{reference}")
        if reference.endswith(".eml")
        else ""
    )
    sentence = desk.say(f"desk_test_{facts['outcome']}", **facts)
    return f"{sentence} {location}".strip()


def approve(endpoints: Endpoints, request: Request, data: RequestData) -> dict[str, object]:
    """Approve the edition that the page shows. Raise InputError if the edition has changed meanwhile."""
    from newsletter.editorial import approvals

    desk, issue = endpoints.desk, _require_issue(endpoints, request)
    _require_sendable(issue)
    if data.get("digest") != issue.reading.edition.digest:
        raise InputError("desk_changed")
    key, now = desk.app.settings.keys()[0], dt.datetime.now(dt.UTC)
    approval = approvals.approve(desk.make_store(), key, issue.reading.edition, by=_text_field(data, "by"), now=now)
    return {"message": desk.say("approve_done", by=approval.by, digest=approval.digest[:12])}


def check_links(endpoints: Endpoints, request: Request, _data: RequestData) -> dict[str, object]:
    """Request every address of the issue, and return how many answered; no other action of the desk probes the web."""
    from newsletter.checks.external.dead_links import addresses
    from newsletter.checks.external.link_prober import probe

    places, pictures = addresses(_require_issue(endpoints, request).reading.issue)
    answers = {answer.address: answer for answer in probe(list(places), pictures=pictures)}
    endpoints.desk.answers |= answers
    return {"message": endpoints.desk.say("desk_tried", count=len(answers))}


def _text_field(data: RequestData, name: str) -> str:
    """Return the text in a field of the request, or an empty string if the field is not a text."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _require_issue(endpoints: Endpoints, request: Request) -> PersonalizedIssue:
    issue = endpoints.personalize(request)
    if issue is None:
        raise InputError("desk_blocked")
    return issue


def _require_sendable(issue: PersonalizedIssue) -> None:
    """Raise InputError if the issue has errors, or if the page shows an older valid version; as on the command line."""
    if issue.view.trouble or issue.desk.trouble:
        raise InputError("desk_troubled", trouble=issue.view.trouble or issue.desk.trouble)
    if issue.reading.blocked:
        raise InputError("desk_blocked")
