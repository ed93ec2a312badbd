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
_NOBODY = Record(0, b"", "vous@exemple.fr", "", "", "", {}, 0, 0, {"La lettre": Status.CONFIRMED}, (), None)
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
            return self._page(request, token, "…") if token == tokens.INERT else self.told(request, token)
        brought = await self._brought(self.site.ticket(token))
        return self._page(request, token, brought.list_name)

    def _page(self, request: Request, token: str, list_name: str) -> Response:
        preferences = f"{self.site.root}/p/{token}"
        inert = is_inert(token)
        return self.site.page(
            request, "leave", "leave_title", list_name=list_name, preferences=preferences, inert=inert
        )

    async def leave(self, request: Request) -> Response:
        """Unsubscribe the subscriber from the list of the message or from every list; answer after the commit."""
        token = tokens.strip_punctuation(request.path_params["token"])
        wanted = _wanted(await form(request))
        if is_inert(token):
            return self.told(request, token)
        ticket = self.site.ticket(token)
        if not wanted:
            return self.site.reply(request, "unclear_title", "unclear", code=400)
        brought = await self._brought(ticket)
        everything = wanted == "all"
        source = "one-click" if wanted == "one-click" else "page"
        list_id = EVERY_LIST if everything else brought.list_id
        await self.site.writer.leave(Unsubscription(ticket.subscriber_id, list_id, source))
        if wanted == "one-click":  # no person reads this response, and rendering a page takes as long as the rest
            return PlainTextResponse("unsubscribed\n")
        link = (f"{self.site.root}/p/{token}", say(self.site.language(request), "public_preferences_title"))
        key = "left_all" if everything else "left"
        return self.site.reply(request, "left_title", key, "mistake", list=brought.list_name, link=link)

    async def _brought(self, ticket: UnsubscribeToken) -> CampaignList:
        """Return the list of the message; if the database does not know the campaign, return every list."""
        found = self.site.known(ticket.campaign_id)
        found = found or await anyio.to_thread.run_sync(self.site.brought, ticket.campaign_id)
        return found or CampaignList(EVERY_LIST, self.site.app.publication.name)

    def told(self, request: Request, token: str) -> Response:
        """Return the page for an inert link: of a preview or test, or of the web archive."""
        said = ("inert_title", "inert") if token == tokens.INERT else ("online_title", "online")
        return self.site.reply(request, *said)

    async def preferences(self, request: Request) -> Response:
        """Return the preferences page: lists, name and language of the subscriber."""
        token = tokens.strip_punctuation(request.path_params["token"])
        if is_inert(token):
            return self._preferences(request, token, _NOBODY) if token == tokens.INERT else self.told(request, token)
        number = self.site.ticket(token).subscriber_id
        record = await anyio.to_thread.run_sync(self_service.find_record, self.site.store, number)
        return self._preferences(request, token, record) if record else self.site.gone(request)

    def _preferences(self, request: Request, token: str, record: Record, notes: Sequence[str] = ()) -> Response:
        other = [(record.language, record.language)] if record.language not in {"", "fr", "en"} else []
        none = [("", say(self.site.language(request), "public_language_other"))]
        return self.site.page(
            request,
            "preferences",
            "preferences_title",
            record=record,
            notes=notes,
            inert=is_inert(token),
            here=f"{self.site.root}/p/{token}",
            address=masked(record.email),
            lists=[(name, status is Status.CONFIRMED) for name, status in record.lists.items()],
            languages=[*none, *_LANGUAGES, *other],
        )

    async def choose(self, request: Request) -> Response:
        """Save the chosen preferences; a return to a list must be confirmed by mail.

        Answer 400 if the form is incomplete, 409 if the address is suppressed, 410 if the subscriber is gone.
        """
        token = tokens.strip_punctuation(request.path_params["token"])
        choice = _choice(await form(request))
        if is_inert(token):
            return self.told(request, token)
        ticket = self.site.ticket(token)
        if choice is None:
            return self.site.reply(request, "unclear_title", "unclear", code=400)
        choosing = partial(self_service.apply_choice, self.site.subscriber_context(), ticket.subscriber_id, choice)
        try:
            chosen = await anyio.to_thread.run_sync(choosing, limiter=self.site.writing)
        except Refused:
            return self.site.reply(request, "refused_title", "suppressed", code=409)
        if chosen is None:
            return self.site.gone(request)
        language, notes = self.site.language(request), ["saved", *(["name_refused"] if chosen.refused_name else [])]
        for about in chosen.asking:
            told = await self.site.notify(TokenPurpose.CONFIRM, chosen.record, language, about)
            notes.append("not_sent" if told == "not_sent" else "back_by_mail")
        return self._preferences(request, token, chosen.record, list(dict.fromkeys(notes)))


async def form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a form, urlencoded or multipart, without files. Raise HTTPException 400 above 100 fields."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=100) as given:
            return [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    raw = await request.body()
    try:
        return parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:  # more than 100 fields, and no form of ours has as many
        raise HTTPException(400) from error


def _wanted(given: list[tuple[str, str]]) -> str:
    """Return the requested action: "one-click", "list" or "all"; empty if the form has none of them."""
    for name, value in given:
        if (name.strip().lower(), value.strip().lower()) == _ONE_CLICK:
            return "one-click"
        if name == "leave" and value in {"list", "all"}:
            return value
    return ""


def _choice(given: list[tuple[str, str]]) -> Choice | None:
    """Return the choices in the preferences form, or None if the fields are not those of the form."""
    single = dict(given)
    shown, ticked = (frozenset(value for name, value in given if name == kind) for kind in ("shown", "list"))
    names = {name: single.get(name) for name in ("first_name", "last_name", "language")}
    return Choice(shown, ticked, **names) if shown or any(value is not None for value in names.values()) else None


def masked(email: str) -> str:
    """Return the address with only its first letter and its domain readable: only the owner recognises it."""
    local, _, domain = email.rpartition("@")
    return re.sub(r"(?<=^.).*", "•••", local) + "@" + domain


def refused(site: PublicSite, request: Request, error: BadSignature) -> Response:
    """Return the page for an invalid link: 410 if the link is too old, 404 if it is not ours."""
    if error.key == "old_token":
        return site.reply(request, "old_title", "old", code=410)
    return site.reply(request, "unknown_title", "unknown", code=404)
