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
        purpose, token = request.path_params["purpose"], tokens.strip_punctuation(request.path_params["token"])
        if purpose is TokenPurpose.CONFIRM:
            raise HTTPException(404)
        if is_inert(token):
            return self.site.reply(request, "inert_title", "inert")
        subscriber_id = self.site.read_unsubscribe_token(token).subscriber_id
        record = await anyio.to_thread.run_sync(self_service.find_record, self.site.store, subscriber_id)
        if record is None:
            return self.site.gone_page(request)
        result = await self.site.send_link(purpose, record, self.site.language(request))
        if result == "not_sent":
            return self.site.reply(request, "trouble_title", "not_sent", code=503)
        return self.site.reply(request, "asked_title", result)

    def _read_token(self, request: Request, purpose: TokenPurpose) -> PurposeToken:
        return tokens.read_purpose(
            self.site.keys, purpose, tokens.strip_punctuation(request.path_params["token"]), time.time()
        )

    async def show(self, request: Request) -> Response:
        """Return the page of a confirmation link, which says what its button will do."""
        purpose = request.path_params["purpose"]
        purpose_token = self._read_token(request, purpose)
        if purpose is TokenPurpose.DATA:
            file_path = f"{self.site.root}/data/{request.path_params['token']}/file"
            return self.site.reply(request, "data_title", "data", link=(file_path, self._say(request, "data_download")))
        name = await anyio.to_thread.run_sync(self._list_name, purpose_token) if purpose is TokenPurpose.CONFIRM else ""
        button = (purpose.value, self._say(request, f"errand_{purpose}_button"))
        return self.site.reply(request, f"errand_{purpose}_title", f"errand_{purpose}", list=name, button=button)

    def _say(self, request: Request, key: str) -> str:
        return say(self.site.language(request), f"public_{key}")

    def _list_name(self, purpose_token: PurposeToken) -> str:
        return self_service.find_list_name(self.site.store, purpose_token.list_id)

    async def do(self, request: Request) -> Response:
        """Do the confirmed action: erase the subscriber or confirm the subscription; 410 if the subscriber is gone."""
        purpose = request.path_params["purpose"]
        if purpose is TokenPurpose.DATA:
            return await self.show(request)
        purpose_token = self._read_token(request, purpose)
        if purpose is TokenPurpose.ERASE:
            erase = partial(
                self_service.erase_own_data,
                self.site.subscriber_context(),
                purpose_token.subscriber_id,
                self.site.provider.forget,
            )
            is_erased = await self._run_writing(erase)
            return self.site.reply(request, "left_title", "erased") if is_erased else self.site.gone_page(request)
        asked_at_ms = (purpose_token.until - HOURS[TokenPurpose.CONFIRM] * 3600) * 1000
        confirm = partial(
            self_service.confirm,
            self.site.subscriber_context(),
            purpose_token.subscriber_id,
            purpose_token.list_id,
            asked_at_ms,
        )
        name = await self._run_writing(confirm)
        return self.site.reply(request, "left_title", "confirmed", list=name) if name else self.site.gone_page(request)

    async def _run_writing(self, action: Callable[[], object]) -> object:
        return await anyio.to_thread.run_sync(action, limiter=self.site.write_limiter)

    async def file(self, request: Request) -> Response:
        """Return all stored data of the subscriber as a JSON file; 410 if the subscriber is gone."""
        purpose_token = self._read_token(request, TokenPurpose.DATA)
        facts = await anyio.to_thread.run_sync(self_service.read_own_data, self.site.store, purpose_token.subscriber_id)
        if facts is None:
            return self.site.gone_page(request)
        headers = {"content-disposition": 'attachment; filename="mes-donnees.json"'}
        return Response(orjson.dumps(facts, option=orjson.OPT_INDENT_2), 200, headers, "application/json")
