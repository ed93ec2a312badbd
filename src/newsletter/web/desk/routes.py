"""Addresses of the desk → what they answer. Reading only; `actions` are what changes something."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from newsletter.errors import InputError
from newsletter.i18n.exceptions import explained
from newsletter.web.desk.access import MESSAGE_POLICY
from newsletter.web.desk.sample_recipients import ORDINARY, SAMPLES
from newsletter.web.desk.workspace import Desk

if TYPE_CHECKING:
    import jinja2

    from newsletter.web.desk.panels import Shown

WIDTHS = (320, 375, 600, 800, 1024)
THUMBNAIL = 160
"""Width of an issue's picture on the first page, CSS pixels."""
VIEWS = ("message", "inbox", "text", "html", "source")
PANELS = ("findings", "links", "clients", "previous", "send")
"""Keys of `parts.VIEWS` and `parts.PANELS`, whose imports the first page must not wait for."""


@dataclass(eq=False)
class Routes:
    """What answers, on one desk."""

    desk: Desk
    token: str
    listeners: set[asyncio.Queue[str | None]] = field(default_factory=set)

    @cached_property
    def templates(self) -> jinja2.Environment:
        """Compiled when the first page is drawn."""
        import jinja2  # noqa: PLC0415 - the server listens before it is there

        return jinja2.Environment(
            loader=jinja2.PackageLoader("newsletter.web.desk", "pages"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def draw(self, template: str, **context: object) -> str:
        """One of the pages, or a part of one."""
        said = {"say": self.desk.say, "lang": self.desk.language, "token": self.token, "boot": self.desk.boot}
        return self.templates.get_template(f"{template}.html").render(said | context)

    def home(self, _request: Request) -> Response:
        """Every issue, as far as can be said at once; each row asks for the rest when it is seen."""
        from newsletter.web.desk.issue_list import heading  # noqa: PLC0415 - as above

        rows = [heading(self.desk, name) for name in self.desk.names()]
        return HTMLResponse(self.draw("home", publication=self.desk.app.publication, rows=rows))

    def row(self, request: Request) -> Response:
        """What the first page says of one issue."""
        from newsletter.web.desk.issue_list import row  # noqa: PLC0415 - as above

        try:
            return HTMLResponse(self.draw("row_head", row=row(self.desk, request.path_params["name"])))
        except InputError:  # gone, while its row was being looked at
            return Response(status_code=204)

    def thumbnail(self, request: Request) -> Response:
        """An issue's opening image, small."""
        from newsletter.web.desk.issue_list import thumbnail  # noqa: PLC0415 - as above

        image = thumbnail(self.desk, request.path_params["name"], 2 * THUMBNAIL)
        if image is None:
            return Response(status_code=404)
        return Response(image.data, media_type=image.media_type)

    def issue(self, request: Request) -> Response:
        """An issue's page, still empty: its script asks for `now`."""
        name = request.path_params["name"]
        self.desk.require(name)
        lists = {"widths": WIDTHS, "views": VIEWS, "panels": PANELS, "samples": list(SAMPLES)}
        person = self.desk.person(request.query_params.get("as", ORDINARY))
        subscriber = person if person.id else None
        return HTMLResponse(
            self.draw("issue", name=name, publication=self.desk.app.publication, subscriber=subscriber, **lists)
        )

    def now(self, request: Request) -> Response:
        """Everything the page shows, for the state in its address."""
        from newsletter.web.desk import panels  # noqa: PLC0415 - as above

        view = self.desk.view(request.path_params["name"])
        answer: dict[str, Any] = {"title": view.name}
        if shown := self.shown(request):
            middle, beside = _chosen(request, "view", panels.VIEWS), _chosen(request, "panel", panels.PANELS)
            facts = panels.status(shown)
            answer |= {
                "title": shown.proof.subject or view.name,
                "lang": shown.reading.issue.language,
                "message": panels.page(shown),
                "status": self.draw("status", **facts),
                "view": self.draw(f"view_{middle}", **panels.VIEWS[middle](shown)) if middle != "message" else "",
                "panel": self.draw(f"panel_{beside}", **facts | panels.PANELS[beside](shown)),
            }
        answer["trouble"] = view.trouble or self.desk.trouble
        return JSONResponse(answer)

    def shown(self, request: Request) -> Shown | None:
        """The issue of a request as its person would get it; None where it was never good."""
        from newsletter.editorial.proofs import proof  # noqa: PLC0415 - as above
        from newsletter.web.desk.panels import Shown  # noqa: PLC0415 - as above

        view = self.desk.view(request.path_params["name"])
        if view.reading is None:
            return None
        person = self.desk.person(request.query_params.get("as", ORDINARY))
        return Shown(
            self.desk,
            view,
            view.reading,
            proof(view.reading.edition, person),
            hurried="hurry" in request.query_params,
        )

    def download(self, request: Request) -> Response:
        """The message as a file: `message.eml`, or `proof.html` with its pictures inside."""
        from newsletter.editorial.proofs import message, self_contained  # noqa: PLC0415 - as above

        shown = self.shown(request)
        kind = request.path_params["kind"]
        if shown is None or kind not in {"eml", "html"}:
            return Response(status_code=404)
        name = f"{shown.reading.issue.slug}.{kind}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        if kind == "eml":
            return Response(message(shown.proof, dt.datetime.now(dt.UTC)), 200, headers, "message/rfc822")
        return HTMLResponse(self_contained(shown.proof), headers=headers | {"content-security-policy": MESSAGE_POLICY})

    def image(self, request: Request) -> Response:
        """A prepared picture, by its content's name."""
        found = self.desk.image(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        headers = {"cache-control": "private, max-age=3600"}  # its name is its content's
        return Response(found.data, headers=headers, media_type=found.media_type)

    async def events(self, _request: Request) -> Response:
        """Server-sent events: the issues that changed, whenever some do."""
        return StreamingResponse(self._told(), media_type="text/event-stream")

    async def _told(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.listeners.add(queue)
        try:
            yield f"event: boot\ndata: {self.desk.boot}\n\n"
            while (said := await queue.get()) is not None:
                yield f"event: change\ndata: {said}\n\n"
        finally:
            self.listeners.discard(queue)

    def tell(self, names: list[str]) -> None:
        """Says to every page which issues changed; none of them by name means all."""
        for queue in self.listeners:
            queue.put_nowait(json.dumps(names))

    def hang_up(self) -> None:
        """Ends what every page listens to."""
        for queue in self.listeners:
            queue.put_nowait(None)

    def failed(self, request: Request, error: Exception) -> Response:
        """Whatever went wrong, in one sentence."""
        sentence, _ = explained(error, self.desk.language)
        code = 404 if isinstance(error, InputError) else 500
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(sentence, code)
        return HTMLResponse(self.draw("error", publication=self.desk.app.publication, sentence=sentence), code)


def frame(_request: Request) -> Response:
    """An empty page under the policy of messages: the desk's script fills it."""
    return HTMLResponse("<!doctype html><title>–</title>", headers={"content-security-policy": MESSAGE_POLICY})


def static(request: Request) -> Response:
    """A script, a style or a sign of the desk; nothing but what is in its folder."""
    folder = resources.files("newsletter.web.desk") / "static"
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    found = {entry.name: entry for entry in folder.iterdir()}.get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    return Response(found.read_bytes(), media_type=kinds[found.name.rpartition(".")[2]])


def _chosen(request: Request, name: str, known: dict[str, Callable[[Shown], Any]]) -> str:
    """What the page's address chooses; the first, where it chooses nothing that there is."""
    asked = request.query_params.get(name, "")
    return asked if asked in known else next(iter(known))
