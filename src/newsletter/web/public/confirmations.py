"""What is confirmed by mail: my data, erase me, confirm a subscription.

The links in a newsletter are passed on with it, so they may not show or erase what is kept. A mail to the address
itself brings another link, good for a day and for one thing only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter.i18n import say
from newsletter.personalization import tokens
from newsletter.personalization.tokens import HOURS, PurposeToken, TokenPurpose
from newsletter.subscribers import self_service
from newsletter.web.public.site import PublicSite, is_inert


@dataclass(frozen=True, slots=True)
class ConfirmationPages:
    """What answers."""

    house: PublicSite

    async def ask(self, request: Request) -> Response:
        """Sends the mail with the link, to the address that is on file."""
        errand, token = request.path_params["errand"], tokens.strip_punctuation(request.path_params["token"])
        if errand is TokenPurpose.CONFIRM:
            raise HTTPException(404)
        if is_inert(token):
            return self.house.reply(request, "inert_title", "inert")
        number = self.house.ticket(token).subscriber_id
        record = await anyio.to_thread.run_sync(self_service.record_of, self.house.store, number)
        if record is None:
            return self.house.gone(request)
        told = await self.house.notify(errand, record, self.house.language(request))
        if told == "not_sent":
            return self.house.reply(request, "trouble_title", "not_sent", code=503)
        return self.house.reply(request, "asked_title", told)

    def _order(self, request: Request, errand: TokenPurpose) -> PurposeToken:
        return tokens.read_purpose(
            self.house.keys, errand, tokens.strip_punctuation(request.path_params["token"]), time.time()
        )

    async def show(self, request: Request) -> Response:
        """The page of a link that was asked for: what the button will do."""
        errand = request.path_params["errand"]
        order = self._order(request, errand)
        if errand is TokenPurpose.DATA:
            here = f"{self.house.root}/data/{request.path_params['token']}/file"
            return self.house.reply(request, "data_title", "data", link=(here, self._said(request, "data_download")))
        name = await anyio.to_thread.run_sync(self._list_name, order) if errand is TokenPurpose.CONFIRM else ""
        button = (errand.value, self._said(request, f"errand_{errand}_button"))
        return self.house.reply(request, f"errand_{errand}_title", f"errand_{errand}", list=name, button=button)

    def _said(self, request: Request, key: str) -> str:
        return say(self.house.language(request), f"public_{key}")

    def _list_name(self, order: PurposeToken) -> str:
        return self_service.list_name(self.house.store, order.list_id)

    async def do(self, request: Request) -> Response:
        """Does it."""
        errand = request.path_params["errand"]
        if errand is TokenPurpose.DATA:
            return await self.show(request)
        order = self._order(request, errand)
        if errand is TokenPurpose.ERASE:
            erasing = partial(self_service.erase, self.house.keeper(), order.subscriber_id, self.house.provider.forget)
            done = await self._run(erasing)
            return self.house.reply(request, "left_title", "erased") if done else self.house.gone(request)
        asked_at = (order.until - HOURS[TokenPurpose.CONFIRM] * 3600) * 1000
        confirming = partial(self_service.confirm, self.house.keeper(), order.subscriber_id, order.list_id, asked_at)
        name = await self._run(confirming)
        return self.house.reply(request, "left_title", "confirmed", list=name) if name else self.house.gone(request)

    async def _run(self, deed: Callable[[], object]) -> object:
        return await anyio.to_thread.run_sync(deed, limiter=self.house.writing)

    async def file(self, request: Request) -> Response:
        """Everything that is kept, as a file."""
        order = self._order(request, TokenPurpose.DATA)
        facts = await anyio.to_thread.run_sync(self_service.data, self.house.store, order.subscriber_id)
        if facts is None:
            return self.house.gone(request)
        headers = {"content-disposition": 'attachment; filename="mes-donnees.json"'}
        return Response(orjson.dumps(facts, option=orjson.OPT_INDENT_2), 200, headers, "application/json")
