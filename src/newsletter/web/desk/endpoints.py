"""What answers GET requests at the desk; POST requests are answered in `actions`, and `server` maps paths to both."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from newsletter.errors import InputError
from newsletter.i18n.exceptions import explained
from newsletter.web.desk.access import MESSAGE_POLICY
from newsletter.web.desk.sample_recipients import ORDINARY, SAMPLES
from newsletter.web.desk.workspace import Desk

if TYPE_CHECKING:
    import jinja2

    from newsletter.web.desk.panels import PersonalizedIssue

WIDTHS = (320, 375, 600, 800, 1024)
THUMBNAIL = 160
"""Width of an issue's picture on the first page, in CSS pixels."""
VIEWS = ("message", "inbox", "text", "html", "source")
PANELS = ("findings", "links", "clients", "previous", "send")
"""Keys of `panels.VIEWS` and `panels.PANELS`, copied because importing `panels` would delay the first page."""


@dataclass(eq=False)
class Endpoints:
    """Endpoints of one desk, and the pages that listen for its events."""

    desk: Desk
    token: str
    listeners: set[asyncio.Queue[str | None]] = field(default_factory=set)

    @cached_property
    def templates(self) -> jinja2.Environment:
        """Return the environment of the page templates, created for the first page."""
        import jinja2

        return jinja2.Environment(
            loader=jinja2.PackageLoader("newsletter.web.desk", "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, **context: object) -> str:
        """Render the template of a page or of a part of a page."""
        base_context = {"say": self.desk.say, "lang": self.desk.language, "token": self.token, "boot": self.desk.boot}
        return self.templates.get_template(f"{template}.html").render(base_context | context)

    def home(self, _request: Request) -> Response:
        """Return the first page with a short row for each issue; a row requests the rest when it becomes visible."""
        from newsletter.web.desk.issue_list import heading

        rows = [heading(self.desk, name) for name in self.desk.names()]
        return HTMLResponse(self.render("home", publication=self.desk.app.publication, rows=rows))

    def row(self, request: Request) -> Response:
        """Return the complete row of one issue; 204 if the issue has been deleted."""
        from newsletter.web.desk.issue_list import row

        try:
            return HTMLResponse(self.render("row_head", row=row(self.desk, request.path_params["name"])))
        except InputError:  # deleted while its row was on the screen
            return Response(status_code=204)

    def thumbnail(self, request: Request) -> Response:
        """Return the opening image of an issue, reduced; 404 if there is none."""
        from newsletter.web.desk.issue_list import thumbnail

        image = thumbnail(self.desk, request.path_params["name"], 2 * THUMBNAIL)
        if image is None:
            return Response(status_code=404)
        return Response(image.data, media_type=image.media_type)

    def issue(self, request: Request) -> Response:
        """Return the page of an issue, still empty: its script requests `now`, which is prepared in the meantime."""
        name = request.path_params["name"]
        self.desk.require(name)
        lists = {"widths": WIDTHS, "views": VIEWS, "panels": PANELS, "samples": list(SAMPLES)}
        person = self.desk.person(request.query_params.get("as", ORDINARY))
        subscriber = person if person.id else None
        return HTMLResponse(
            self.render("issue", name=name, publication=self.desk.app.publication, subscriber=subscriber, **lists),
            background=BackgroundTask(self.desk.prepare, name),
        )

    def now(self, request: Request) -> Response:
        """Return as JSON everything that the page shows for the state in its address."""
        from newsletter.web.desk import panels

        view = self.desk.view(request.path_params["name"])
        answer: dict[str, Any] = {"title": view.name}
        if personalized := self.personalize(request):
            view_name, panel_name = _choice(request, "view", panels.VIEWS), _choice(request, "panel", panels.PANELS)
            facts = panels.status(personalized)
            answer |= {
                "title": personalized.proof.subject or view.name,
                "lang": personalized.reading.issue.language,
                "message": panels.message_html(personalized),
                "status": self.render("status", **facts),
                "view": self.render(f"view_{view_name}", **panels.VIEWS[view_name](personalized))
                if view_name != "message"
                else "",
                "panel": self.render(f"panel_{panel_name}", **facts | panels.PANELS[panel_name](personalized)),
            }
        answer["trouble"] = view.trouble or self.desk.trouble
        return JSONResponse(answer)

    def personalize(self, request: Request) -> PersonalizedIssue | None:
        """Return the issue of a request as the chosen person would get it; None if it never had a valid reading."""
        from newsletter.editorial.proofs import make_proof
        from newsletter.web.desk.panels import PersonalizedIssue

        view = self.desk.view(request.path_params["name"])
        if view.reading is None:
            return None
        person = self.desk.person(request.query_params.get("as", ORDINARY))
        return PersonalizedIssue(
            desk=self.desk,
            view=view,
            reading=view.reading,
            proof=make_proof(view.reading.edition, person),
            skip_database="hurry" in request.query_params,
        )

    def download(self, request: Request) -> Response:
        """Return the message as a file: an .eml file, or a proof in .html with its pictures inside."""
        from newsletter.editorial.proofs import build_message, embed_pictures

        personalized = self.personalize(request)
        kind = request.path_params["kind"]
        if personalized is None or kind not in {"eml", "html"}:
            return Response(status_code=404)
        name = f"{personalized.reading.issue.slug}.{kind}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if kind == "eml":
            return Response(build_message(personalized.proof, dt.datetime.now(dt.UTC)), 200, headers, "message/rfc822")
        return HTMLResponse(
            embed_pictures(personalized.proof), headers=headers | {"content-security-policy": MESSAGE_POLICY}
        )

    def image(self, request: Request) -> Response:
        """Return a prepared picture by its name, which is a hash of its content."""
        picture = self.desk.image(request.path_params["name"])
        if picture is None:
            return Response(status_code=404)
        headers = {"cache-control": "private, max-age=3600"}  # the name is a hash of the content
        return Response(picture.data, headers=headers, media_type=picture.media_type)

    async def events(self, _request: Request) -> Response:
        """Return a stream of server-sent events that names the issues after each change."""
        return StreamingResponse(self._stream_events(), media_type="text/event-stream")

    async def _stream_events(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.listeners.add(queue)
        try:
            yield f"event: boot\ndata: {self.desk.boot}\n\n"
            while (change := await queue.get()) is not None:
                yield f"event: change\ndata: {change}\n\n"
        finally:
            self.listeners.discard(queue)

    def notify_pages(self, names: list[str]) -> None:
        """Notify every open page of the changed issues; an empty list means all issues."""
        for queue in self.listeners:
            queue.put_nowait(json.dumps(names))

    def close_streams(self) -> None:
        """End the event stream of every open page."""
        for queue in self.listeners:
            queue.put_nowait(None)

    def handle_error(self, request: Request, error: Exception) -> Response:
        """Return an error as one sentence, as a page or as plain text: 404 for InputError, else 500."""
        sentence, _ = explained(error, self.desk.language)
        code = 404 if isinstance(error, InputError) else 500
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(sentence, code)
        return HTMLResponse(self.render("error", publication=self.desk.app.publication, sentence=sentence), code)


def frame(_request: Request) -> Response:
    """Return an empty page with the policy of messages; the desk's script fills it."""
    return HTMLResponse("<!doctype html><title>–</title>", headers={"content-security-policy": MESSAGE_POLICY})


def static(request: Request) -> Response:
    """Return a script, a stylesheet or an icon of the desk; only files in the folder `static` exist."""
    folder = resources.files("newsletter.web.desk") / "static"
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    file = {entry.name: entry for entry in folder.iterdir()}.get(request.path_params["name"])
    if file is None:
        return Response(status_code=404)
    return Response(file.read_bytes(), media_type=kinds[file.name.rpartition(".")[2]])


def _choice(request: Request, name: str, known: dict[str, Callable[[PersonalizedIssue], Any]]) -> str:
    """Return the choice in the page's address, or the first of `known` if that choice does not exist."""
    choice = request.query_params.get(name, "")
    return choice if choice in known else next(iter(known))
