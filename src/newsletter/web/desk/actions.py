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
from newsletter.web.desk.routes import Routes
from newsletter.web.desk.workspace import Desk

if TYPE_CHECKING:
    from newsletter.web.desk.panels import Shown

Asked = dict[str, Any]
Action = Callable[[Routes, Request, Asked], dict[str, object]]


def make_endpoint(routes: Routes, action: Action) -> Callable[[Request], Any]:
    """Return the endpoint of an action: it takes and returns JSON, and every error becomes a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            asked = await request.json()
            if not isinstance(asked, dict):
                raise InputError("desk_nonsense")  # noqa: TRY301 - answered like every other error
            done = await anyio.to_thread.run_sync(partial(action, routes, request, asked))
        except Exception as error:  # noqa: BLE001 - every error becomes a sentence, as on the command line
            return JSONResponse({"ok": False, "said": explained(error, routes.desk.language)[0]})
        if action is approve:  # updates every other page that shows the issue
            routes.notify_pages([request.path_params["name"]])
        return JSONResponse({"ok": True} | done)

    return endpoint


def create_issue(routes: Routes, _request: Request, asked: Asked) -> dict[str, object]:
    """Create an issue and return its address, to which the page goes."""
    from newsletter.content import issue_files

    desk = routes.desk
    path = issue_files.create(desk.app.issues, _text(asked, "title"), desk.app.publication, dt.datetime.now(dt.UTC))
    return {"said": "", "go": f"/issues/{quote(path.parent.name)}"}


def find_subscriber(routes: Routes, _request: Request, asked: Asked) -> dict[str, object]:
    """Resolve an e-mail address to a subscriber id, so that the page's URL does not contain the e-mail address."""
    from newsletter.subscribers.service import get_subscriber

    store = routes.desk.store()
    if store is None:
        raise InputError("subscriber_unknown", address=_text(asked, "address"))
    person = get_subscriber(store, _text(asked, "address"))
    return {"said": "", "as": str(person.id), "email": person.email}


def send_test(routes: Routes, request: Request, asked: Asked) -> dict[str, object]:
    """Send a test, and return the result for each address."""
    from newsletter.editorial import proofs

    desk, shown = routes.desk, _shown(routes, request)
    _may_go_out(shown)
    wanted = asked.get("to")
    addresses = [str(one) for one in wanted] if isinstance(wanted, list) else []
    if not addresses:
        raise InputError("desk_nobody")
    app = desk.app
    context = proofs.SendTestContext(app.provider(), app.publication, app.settings.test_recipients, desk.make_store)
    tried = proofs.send_test(context, shown.reading.edition, addresses, shown.proof.person)
    return {"said": " ".join(_told(desk, one) for one in tried)}


def _told(desk: Desk, tried: Any) -> str:  # noqa: ANN401 - a SendTestResult, whose module is imported late
    facts = tried.facts
    reference = facts["reference"]
    where = (
        desk.say("desk_test_where", place=f"{desk.app.folder.name}/outbox/{reference}")
        if reference.endswith(".eml")
        else ""
    )
    said = desk.say(f"desk_test_{facts['outcome']}", **facts)
    return f"{said} {where}".strip()


def approve(routes: Routes, request: Request, asked: Asked) -> dict[str, object]:
    """Approve the edition that the page shows. Raise InputError if the edition has changed meanwhile."""
    from newsletter.editorial import approvals

    desk, shown = routes.desk, _shown(routes, request)
    _may_go_out(shown)
    if asked.get("digest") != shown.reading.edition.digest:
        raise InputError("desk_changed")
    key, now = desk.app.settings.keys()[0], dt.datetime.now(dt.UTC)
    given = approvals.approve(desk.make_store(), key, shown.reading.edition, by=_text(asked, "by"), now=now)
    return {"said": desk.say("approve_done", by=given.by, digest=given.digest[:12])}


def online(routes: Routes, request: Request, _asked: Asked) -> dict[str, object]:
    """Request every address of the issue, and return how many answered; no other action of the desk probes the web."""
    from newsletter.checks.external.dead_links import addresses
    from newsletter.checks.external.link_prober import visit

    places, pictures = addresses(_shown(routes, request).reading.issue)
    answers = {answer.address: answer for answer in visit(list(places), pictures=pictures)}
    routes.desk.answers |= answers
    return {"said": routes.desk.say("desk_tried", count=len(answers))}


def _text(asked: Asked, name: str) -> str:
    """Return the text in a field of the request, or an empty string if the field is not a text."""
    value = asked.get(name)
    return value if isinstance(value, str) else ""


def _shown(routes: Routes, request: Request) -> Shown:
    shown = routes.shown(request)
    if shown is None:
        raise InputError("desk_blocked")
    return shown


def _may_go_out(shown: Shown) -> None:
    """Raise InputError if the issue has errors, or if the page shows an older valid version; as on the command line."""
    if shown.view.trouble or shown.desk.trouble:
        raise InputError("desk_troubled", trouble=shown.view.trouble or shown.desk.trouble)
    if shown.reading.blocked:
        raise InputError("desk_blocked")
