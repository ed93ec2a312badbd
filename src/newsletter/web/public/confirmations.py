"""Routes for actions that need confirmation by mail: show my data, erase me, confirm a subscription.

People forward newsletters with their links, so these links must not show or erase personal data. A separate mail to the
address itself has another link. It is valid for a limited time (HOURS) and for one purpose.
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
    """Endpoints that send a confirmation link, and endpoints to which the link leads."""

    site: PublicSite

    async def ask(self, request: Request) -> Response:
        """Send the mail with the confirmation link to the stored address of the subscriber."""
        purpose, token = request.path_params["errand"], tokens.strip_punctuation(request.path_params["token"])
        if purpose is TokenPurpose.CONFIRM:
            raise HTTPException(404)
        if is_inert(token):
            return self.site.reply(request, "inert_title", "inert")
        number = self.site.ticket(token).subscriber_id
        record = await anyio.to_thread.run_sync(self_service.find_record, self.site.store, number)
        if record is None:
            return self.site.gone(request)
        told = await self.site.notify(purpose, record, self.site.language(request))
        if told == "not_sent":
            return self.site.reply(request, "trouble_title", "not_sent", code=503)
        return self.site.reply(request, "asked_title", told)

    def _order(self, request: Request, purpose: TokenPurpose) -> PurposeToken:
        return tokens.read_purpose(
            self.site.keys, purpose, tokens.strip_punctuation(request.path_params["token"]), time.time()
        )

    async def show(self, request: Request) -> Response:
        """Return the page of a confirmation link, which says what its button will do."""
        purpose = request.path_params["errand"]
        order = self._order(request, purpose)
        if purpose is TokenPurpose.DATA:
            here = f"{self.site.root}/data/{request.path_params['token']}/file"
            return self.site.reply(request, "data_title", "data", link=(here, self._said(request, "data_download")))
        name = await anyio.to_thread.run_sync(self._list_name, order) if purpose is TokenPurpose.CONFIRM else ""
        button = (purpose.value, self._said(request, f"errand_{purpose}_button"))
        return self.site.reply(request, f"errand_{purpose}_title", f"errand_{purpose}", list=name, button=button)

    def _said(self, request: Request, key: str) -> str:
        return say(self.site.language(request), f"public_{key}")

    def _list_name(self, order: PurposeToken) -> str:
        return self_service.find_list_name(self.site.store, order.list_id)

    async def do(self, request: Request) -> Response:
        """Do the confirmed action: erase the subscriber or confirm the subscription; 410 if the subscriber is gone."""
        purpose = request.path_params["errand"]
        if purpose is TokenPurpose.DATA:
            return await self.show(request)
        order = self._order(request, purpose)
        if purpose is TokenPurpose.ERASE:
            erasing = partial(
                self_service.erase_own_data,
                self.site.subscriber_context(),
                order.subscriber_id,
                self.site.provider.forget,
            )
            done = await self._run(erasing)
            return self.site.reply(request, "left_title", "erased") if done else self.site.gone(request)
        asked_at = (order.until - HOURS[TokenPurpose.CONFIRM] * 3600) * 1000
        confirming = partial(
            self_service.confirm, self.site.subscriber_context(), order.subscriber_id, order.list_id, asked_at
        )
        name = await self._run(confirming)
        return self.site.reply(request, "left_title", "confirmed", list=name) if name else self.site.gone(request)

    async def _run(self, action: Callable[[], object]) -> object:
        return await anyio.to_thread.run_sync(action, limiter=self.site.writing)

    async def file(self, request: Request) -> Response:
        """Return all stored data of the subscriber as a JSON file; 410 if the subscriber is gone."""
        order = self._order(request, TokenPurpose.DATA)
        facts = await anyio.to_thread.run_sync(self_service.read_own_data, self.site.store, order.subscriber_id)
        if facts is None:
            return self.site.gone(request)
        headers = {"content-disposition": 'attachment; filename="mes-donnees.json"'}
        return Response(orjson.dumps(facts, option=orjson.OPT_INDENT_2), 200, headers, "application/json")
