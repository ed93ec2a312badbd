"""The server of the desk: finds a port, listens, watches files, opens the browser, and stops with Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from newsletter.errors import Refused
from newsletter.web.desk import actions, browser
from newsletter.web.desk.access import AccessControl
from newsletter.web.desk.endpoints import Endpoints, frame, static
from newsletter.web.desk.workspace import Desk

HOST = "127.0.0.1"
PORTS = range(8765, 8785)
"""Tried in this order, so that the port is usually the same and old bookmarks work."""
DEBOUNCE_MS = 40
STEP_MS = 10
POLL_MS = 100
SHUTDOWN_SECONDS = 2
"""Seconds that open connections have to finish when the desk closes."""


def listen(port: int | None) -> socket.socket:
    """Return a listening socket on `port` (None: on the first free port). Raise Refused if the port is taken."""
    for candidate in (port,) if port is not None else (*PORTS, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            listening.bind((HOST, candidate))
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            listening.listen()  # from now on a browser can connect, and waits for its answer
            return listening
    raise Refused("port_taken", port=port)


def serve(desk: Desk, listening: socket.socket, *, key: str, first: str | None, browse: str) -> None:
    """Serve requests with `key` until Ctrl-C; open the browser at the address `browse` if it is not empty.

    Meanwhile a thread composes the issue `first`.
    """
    endpoints = Endpoints(desk, secrets.token_urlsafe(24))
    config = uvicorn.Config(
        make_application(endpoints, listening.getsockname()[1], key, first),
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        lifespan="on",
    )
    with (
        browser.open_browser(browse, desk.app.folder / "rendered") if browse else contextlib.nullcontext(),
        contextlib.suppress(KeyboardInterrupt),  # Ctrl-C is the normal way to close the desk
    ):
        _Server(config, endpoints).run(sockets=[listening])
    desk.close()


class _Server(uvicorn.Server):
    """uvicorn server that ends the event streams first; uvicorn alone would wait for the open pages."""

    def __init__(self, config: uvicorn.Config, endpoints: Endpoints) -> None:
        super().__init__(config)
        self._endpoints = endpoints

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._endpoints.close_streams()
        super().handle_exit(sig, frame)


def make_application(endpoints: Endpoints, port: int, key: str, first: str | None = None) -> AccessControl:
    """Return the desk as an ASGI application."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(_watch(endpoints)),
            asyncio.create_task(_prepare_first_page(endpoints.desk, first)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    app = Starlette(
        routes=_make_routes(endpoints), lifespan=lifespan, exception_handlers={Exception: endpoints.handle_error}
    )
    return AccessControl(app=app, port=port, key=key, endpoints=endpoints)


def _make_routes(endpoints: Endpoints) -> list[Route]:
    issue_path = "/issues/{name}"
    action_by_path = {
        "/issues": actions.create_issue,
        "/people": actions.find_subscriber,
        f"{issue_path}/test": actions.send_test,
        f"{issue_path}/approve": actions.approve,
        f"{issue_path}/online": actions.check_links,
    }
    return [
        Route("/", endpoints.home),
        Route("/rows/{name}", endpoints.row),
        Route("/thumbnails/{name}", endpoints.thumbnail),
        Route(issue_path, endpoints.issue),
        Route(f"{issue_path}/now", endpoints.now),
        Route(f"{issue_path}/download.{{kind:str}}", endpoints.download),
        Route("/i/{name}", endpoints.image),
        Route("/frame", frame),
        Route("/events", endpoints.events),
        Route("/static/{name}", static),
        *(
            Route(address, actions.make_endpoint(endpoints, action), methods=["POST"])
            for address, action in action_by_path.items()
        ),
    ]


async def _watch(endpoints: Endpoints) -> None:
    """Watch the publication's files, and notify every open page of changes."""
    from watchfiles import awatch

    desk = endpoints.desk

    def watched(_change: object, path: str) -> bool:
        return desk.app.may_change_issue(Path(path))

    listening = False
    async for changes in awatch(
        desk.app.folder,
        watch_filter=watched,
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        rust_timeout=POLL_MS,
        yield_on_timeout=True,
    ):
        files = {Path(path) for _, path in changes}
        if not listening:  # the watcher missed changes made while the desk was opening
            listening, files = True, files | await anyio.to_thread.run_sync(desk.changed_since_opened)
        if files:
            endpoints.notify_pages(await anyio.to_thread.run_sync(desk.record_changes, files))


async def _prepare_first_page(desk: Desk, first: str | None) -> None:
    """Compose the issue `first`, or only compile the theme, while the browser starts."""
    with contextlib.suppress(Exception):  # the page reports the error when it is requested
        await anyio.to_thread.run_sync(partial(desk.prepare, first) if first else desk.theme)
