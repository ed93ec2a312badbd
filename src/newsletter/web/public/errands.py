"""What is confirmed by mail: my data, erase me, confirm a subscription.

The links in a newsletter are passed on with it, so they may not show or erase what is kept. A mail to the address
itself brings another link, good for a day and for one thing only.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter import links
from newsletter.errors import NewsletterError
from newsletter.links import Errand, Order
from newsletter.messages import say
from newsletter.model.campaign import Accepted
from newsletter.model.people import Record
from newsletter.subscribing import own
from newsletter.web.public.house import House, is_inert

PATIENCE = 600
"""Seconds before another mail about the same thing goes to the same person."""
_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Errands:
    """What answers."""

    house: House

    async def ask(self, request: Request) -> Response:
        """Sends the mail with the link, to the address that is on file."""
        errand, token = request.path_params["errand"], links.as_sent(request.path_params["token"])
        if errand is Errand.CONFIRM:
            raise HTTPException(404)
        if is_inert(token):
            return self.house.reply(request, "inert_title", "inert")
        number = self.house.ticket(token).subscriber_id
        record = await anyio.to_thread.run_sync(own.record_of, self.house.store, number)
        if record is None:
            return self.house.reply(request, "gone_title", "gone", code=410)
        if self._lately(errand, number):
            return self.house.reply(request, "asked_title", "asked_before")
        sent = await anyio.to_thread.run_sync(self._send, errand, record, self.house.language(request))
        if not sent:
            return self.house.reply(request, "trouble_title", "not_sent", code=503)
        self.house.asked[errand, number] = time.monotonic()
        return self.house.reply(request, "asked_title", "asked")

    def _lately(self, errand: Errand, number: int) -> bool:
        """Whether such a mail went to them a moment ago: nobody's mailbox is filled by pressing a button."""
        asked, now = self.house.asked, time.monotonic()
        if len(asked) > _KEPT:
            for key in [key for key, at in asked.items() if now - at > PATIENCE]:
                del asked[key]
        return now - asked.get((errand, number), -PATIENCE) < PATIENCE

    def _send(self, errand: Errand, record: Record, language: str) -> bool:
        from newsletter import noticing  # noqa: PLC0415 - what composes is heavy, and seldom needed here

        to = noticing.Addressee(record.id, record.email, record.language or language)
        try:
            outcome = noticing.send(self.house.app.notifier(dt.datetime.now(dt.UTC)), errand, to)
        except NewsletterError:
            return False
        return isinstance(outcome, Accepted)

    def _order(self, request: Request, errand: Errand) -> Order:
        return links.read_errand(self.house.keys, errand, links.as_sent(request.path_params["token"]), time.time())

    async def show(self, request: Request) -> Response:
        """The page of a link that was asked for: what the button will do."""
        errand = request.path_params["errand"]
        order = self._order(request, errand)
        if errand is Errand.DATA:
            here = f"{self.house.root}/data/{request.path_params['token']}/file"
            return self.house.reply(request, "data_title", "data", link=(here, self._said(request, "data_download")))
        name = await anyio.to_thread.run_sync(self._list_name, order) if errand is Errand.CONFIRM else ""
        button = (errand.value, self._said(request, f"errand_{errand}_button"))
        return self.house.reply(request, f"errand_{errand}_title", f"errand_{errand}", list=name, button=button)

    def _said(self, request: Request, key: str) -> str:
        return say(self.house.language(request), f"public_{key}")

    def _list_name(self, order: Order) -> str:
        return own.list_name(self.house.store, order.list_id)

    async def do(self, request: Request) -> Response:
        """Does it."""
        errand = request.path_params["errand"]
        if errand is Errand.DATA:
            return await self.show(request)
        order = self._order(request, errand)
        if errand is Errand.ERASE:
            erasing = partial(own.erase, self.house.keeper(), order.subscriber_id, self.house.provider.forget)
            done = await self._run(erasing)
            return self.house.reply(request, "left_title", "erased") if done else self._gone(request)
        name = await self._run(partial(own.confirm, self.house.keeper(), order.subscriber_id, order.list_id))
        return self.house.reply(request, "left_title", "confirmed", list=name) if name else self._gone(request)

    async def _run(self, deed: Callable[[], object]) -> object:
        return await anyio.to_thread.run_sync(deed)

    def _gone(self, request: Request) -> Response:
        return self.house.reply(request, "gone_title", "gone", code=410)

    async def file(self, request: Request) -> Response:
        """Everything that is kept, as a file."""
        order = self._order(request, Errand.DATA)
        facts = await anyio.to_thread.run_sync(own.data, self.house.store, order.subscriber_id)
        if facts is None:
            return self._gone(request)
        headers = {"content-disposition": 'attachment; filename="mes-donnees.json"'}
        return Response(orjson.dumps(facts, option=orjson.OPT_INDENT_2), 200, headers, "application/json")
