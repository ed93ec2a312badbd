"""Routes for unsubscribe and preferences: one click for mail programs, a page with a button for people.

Both use the same address, as RFC 8058 requires. A mail program sends POST with `List-Unsubscribe=One-Click` and gets no
cookie, no login and no redirect. GET shows the page and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.errors import BadSignature, Refused
from newsletter.i18n import say
from newsletter.model.subscribers import Record, Status
from newsletter.personalization import tokens
from newsletter.personalization.tokens import TokenPurpose, UnsubscribeToken
from newsletter.storage.campaigns.campaigns import CampaignList
from newsletter.subscribers import self_service
from newsletter.subscribers.self_service import EVERY_LIST, Choice, Unsubscription
from newsletter.web.public.site import PublicSite, is_inert

_ONE_CLICK = ("list-unsubscribe", "one-click")
_SAMPLE_RECORD = Record(
    id=0,
    public_id=b"",
    email="vous@exemple.fr",
    first_name="",
    last_name="",
    language="",
    attributes={},
    created_at=0,
    last_contact_at=0,
    lists={"La lettre": Status.CONFIRMED},
    tags=(),
    suppressed=None,
)
"""The subscriber that the preferences page of a preview or test shows."""
_LANGUAGES = (("fr", "français"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class UnsubscribePages:
    """Endpoints of the unsubscribe page and the preferences page."""

    site: PublicSite

    async def show(self, request: Request) -> Response:
        """Return the unsubscribe page with the button."""
        token = tokens.strip_punctuation(request.path_params["token"])
        if is_inert(token):
            return self._leave_page(request, token, "…") if token == tokens.INERT else self.inert_page(request, token)
        campaign_list = await self._find_campaign_list(self.site.read_unsubscribe_token(token))
        return self._leave_page(request, token, campaign_list.list_name)

    def _leave_page(self, request: Request, token: str, list_name: str) -> Response:
        preferences = f"{self.site.root}/p/{token}"
        inert = is_inert(token)
        return self.site.render_page(
            request, "leave", "leave_title", list_name=list_name, preferences=preferences, inert=inert
        )

    async def leave(self, request: Request) -> Response:
        """Unsubscribe the subscriber from the list of the message or from every list; answer after the commit."""
        token = tokens.strip_punctuation(request.path_params["token"])
        action = _requested_action(await read_form(request))
        if is_inert(token):
            return self.inert_page(request, token)
        unsubscribe_token = self.site.read_unsubscribe_token(token)
        if not action:
            return self.site.reply(request, "unclear_title", "unclear", code=400)
        campaign_list = await self._find_campaign_list(unsubscribe_token)
        from_every_list = action == "all"
        source = "one-click" if action == "one-click" else "page"
        list_id = EVERY_LIST if from_every_list else campaign_list.list_id
        await self.site.unsubscribe_queue.record(
            Unsubscription(subscriber_id=unsubscribe_token.subscriber_id, list_id=list_id, source=source)
        )
        if action == "one-click":  # no person reads this response, and rendering a page takes as long as the rest
            return PlainTextResponse("unsubscribed\n")
        link = (f"{self.site.root}/p/{token}", say(self.site.language(request), "public_preferences_title"))
        key = "left_all" if from_every_list else "left"
        return self.site.reply(request, "left_title", key, "mistake", list=campaign_list.list_name, link=link)

    async def _find_campaign_list(self, unsubscribe_token: UnsubscribeToken) -> CampaignList:
        """Return the list of the message; if the database does not know the campaign, return every list."""
        campaign_list = self.site.cached_campaign_list(unsubscribe_token.campaign_id)
        campaign_list = campaign_list or await anyio.to_thread.run_sync(
            self.site.find_campaign_list, unsubscribe_token.campaign_id
        )
        return campaign_list or CampaignList(EVERY_LIST, self.site.app.publication.name)

    def inert_page(self, request: Request, token: str) -> Response:
        """Return the page for an inert link: of a preview or test, or of the web archive."""
        keys = ("inert_title", "inert") if token == tokens.INERT else ("online_title", "online")
        return self.site.reply(request, *keys)

    async def preferences(self, request: Request) -> Response:
        """Return the preferences page: lists, name and language of the subscriber."""
        token = tokens.strip_punctuation(request.path_params["token"])
        if is_inert(token):
            return (
                self._preferences_page(request, token, _SAMPLE_RECORD)
                if token == tokens.INERT
                else self.inert_page(request, token)
            )
        subscriber_id = self.site.read_unsubscribe_token(token).subscriber_id
        record = await anyio.to_thread.run_sync(self_service.find_record, self.site.store, subscriber_id)
        return self._preferences_page(request, token, record) if record else self.site.gone_page(request)

    def _preferences_page(self, request: Request, token: str, record: Record, notes: Sequence[str] = ()) -> Response:
        other = [(record.language, record.language)] if record.language not in {"", "fr", "en"} else []
        none = [("", say(self.site.language(request), "public_language_other"))]
        return self.site.render_page(
            request,
            "preferences",
            "preferences_title",
            record=record,
            notes=notes,
            inert=is_inert(token),
            here=f"{self.site.root}/p/{token}",
            address=mask_address(record.email),
            lists=[(name, status is Status.CONFIRMED) for name, status in record.lists.items()],
            languages=[*none, *_LANGUAGES, *other],
        )

    async def choose(self, request: Request) -> Response:
        """Save the chosen preferences; a return to a list must be confirmed by mail.

        Answer 400 if the form is incomplete, 409 if the address is suppressed, 410 if the subscriber is gone.
        """
        token = tokens.strip_punctuation(request.path_params["token"])
        choice = _read_choice(await read_form(request))
        if is_inert(token):
            return self.inert_page(request, token)
        unsubscribe_token = self.site.read_unsubscribe_token(token)
        if choice is None:
            return self.site.reply(request, "unclear_title", "unclear", code=400)
        save_choice = partial(
            self_service.apply_choice, self.site.subscriber_context(), unsubscribe_token.subscriber_id, choice
        )
        try:
            chosen = await anyio.to_thread.run_sync(save_choice, limiter=self.site.write_limiter)
        except Refused:
            return self.site.reply(request, "refused_title", "suppressed", code=409)
        if chosen is None:
            return self.site.gone_page(request)
        language, notes = self.site.language(request), ["saved", *(["name_refused"] if chosen.refused_name else [])]
        for mailing_list in chosen.asking:
            result = await self.site.send_link(TokenPurpose.CONFIRM, chosen.record, language, mailing_list)
            notes.append("not_sent" if result == "not_sent" else "back_by_mail")
        return self._preferences_page(request, token, chosen.record, list(dict.fromkeys(notes)))


async def read_form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form, urlencoded or multipart, without files. Raise HTTPException 400 above 100 fields."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        async with request.form(max_files=1, max_fields=100) as form_data:
            return [(name, value) for name, value in form_data.multi_items() if isinstance(value, str)]
    raw = await request.body()
    try:
        return parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:  # more than 100 fields, and no form of ours has as many
        raise HTTPException(400) from error


def _requested_action(fields: list[tuple[str, str]]) -> str:
    """Return the requested action: "one-click", "list" or "all"; empty if the form has none of them."""
    for name, value in fields:
        if (name.strip().lower(), value.strip().lower()) == _ONE_CLICK:
            return "one-click"
        if name == "leave" and value in {"list", "all"}:
            return value
    return ""


def _read_choice(fields: list[tuple[str, str]]) -> Choice | None:
    """Return the choices in the preferences form, or None if the fields are not those of the form."""
    value_by_name = dict(fields)
    shown_lists, ticked_lists = (
        frozenset(value for name, value in fields if name == kind) for kind in ("shown", "list")
    )
    names = {name: value_by_name.get(name) for name in ("first_name", "last_name", "language")}
    return (
        Choice(shown_lists, ticked_lists, **names)
        if shown_lists or any(value is not None for value in names.values())
        else None
    )


def mask_address(email: str) -> str:
    """Return the address with only its first letter and its domain readable: only the owner recognises it."""
    local, _, domain = email.rpartition("@")
    return re.sub(r"(?<=^.).*", "•••", local) + "@" + domain


def invalid_link_page(site: PublicSite, request: Request, error: BadSignature) -> Response:
    """Return the page for an invalid link: 410 if the link is too old, 404 if it is not ours."""
    if error.key == "old_token":
        return site.reply(request, "old_title", "old", code=410)
    return site.reply(request, "unknown_title", "unknown", code=404)
