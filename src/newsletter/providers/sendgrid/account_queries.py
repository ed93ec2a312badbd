"""What a SendGrid account can be asked besides sending: fences, Logs, its lists of suppressed addresses.

A fence is a batch id with a status. `GET mail/batch` says only that one exists, so it is no evidence; `cancel` lets
nothing go that stands under it ten minutes before its time or later; ten batches may have a status at once, and to say
it a second time is an error of POST but not of PATCH. Nobody has tried that on a real account: [P].
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from newsletter.errors import ProviderError
from newsletter.model.subscribers import SuppressionReason
from newsletter.providers.http_transport import Answer, NotTaken, Unanswered

if TYPE_CHECKING:
    from newsletter.providers.sendgrid.provider import SendGrid

MOST_FENCES = 10
PAGE = 500
_OK, _CREATED, _DONE, _MISSING = 200, 201, 300, 404
_EARLIER = 60
"""Seconds by which SendGrid's clock may be behind ours."""
_LISTS = {
    "bounces": SuppressionReason.BOUNCE,
    "invalid_emails": SuppressionReason.INVALID,
    "spam_reports": SuppressionReason.COMPLAINT,
    "unsubscribes": SuppressionReason.UNSUBSCRIBED_ALL,
}


class Listed(NamedTuple):
    """An address that SendGrid sends nothing to, why, and since when in seconds."""

    email: str
    reason: SuppressionReason
    at: int


def reserve(provider: SendGrid) -> str:
    """A batch id of its own; harmless if it is lost."""
    answer = _asked(lambda: provider.api.client.mail.batch.post(b"{}"))
    made = _facts(answer).get("batch_id") if answer and answer.status_code == _CREATED else None
    if not isinstance(made, str) or not made:
        reason = answer.reason if answer else "no answer"
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)
    return made


def cancel_batch(provider: SendGrid, fence: str) -> bool:
    """Cancels the batch, and looks whether it is."""
    sends = provider.api.client.user.scheduled_sends
    standing = _status(provider, fence)
    if standing != "cancel":
        body = {"status": "cancel"} if standing else {"batch_id": fence, "status": "cancel"}
        saying = sends._(fence).patch if standing else sends.post
        answer = _asked(lambda: saying(request_body=orjson.dumps(body)))
        if answer is None or answer.status_code >= _DONE:
            return False
    return _status(provider, fence) == "cancel"


def delete_batch(provider: SendGrid, fence: str) -> bool:
    """Takes the status away, to have room for another; whether it is gone."""
    answer = _asked(lambda: provider.api.client.user.scheduled_sends._(fence).delete())
    return answer is not None and (answer.status_code < _DONE or answer.status_code == _MISSING)


def _status(provider: SendGrid, fence: str) -> str:
    answer = _asked(lambda: provider.api.client.user.scheduled_sends._(fence).get())
    found = _listed(_read(answer.body)) if answer and answer.status_code == _OK else []
    return next((str(one.get("status", "")) for one in found), "")


def find(provider: SendGrid, attempt: str, probes: Sequence[str], since: float) -> bool | None:
    """Asks Logs for messages to these addresses since then, and each found one for its arguments.

    `custom_args` cannot be asked for, and there are no pages; None where Logs gave no answer.
    """
    begun = f"{dt.datetime.fromtimestamp(since - _EARLIER, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    asked = False
    for email in probes:
        if "'" in email or "\\" in email:
            continue
        query = f"to_email = '{email}' AND sg_message_id_created_at > TIMESTAMP '{begun}'"
        answer = _asked(lambda query=query: provider.api.client.logs.post(orjson.dumps({"query": query, "limit": 100})))
        if answer is None or answer.status_code != _OK:
            return None
        asked = True
        for one in _listed(_facts(answer).get("messages")):
            if _is_of(provider, str(one.get("sg_message_id", "")), attempt):
                return True
    return False if asked else None


def _is_of(provider: SendGrid, message: str, attempt: str) -> bool:
    answer = _asked(lambda: provider.api.client.logs._(message).get())
    arguments = _facts(answer).get("custom_args") if answer and answer.status_code == _OK else None
    if isinstance(arguments, str):  # the documents show both
        arguments = _read(arguments.encode())
    return isinstance(arguments, dict) and arguments.get("nl_a") == attempt


def suppressions(provider: SendGrid, since: int) -> Iterator[Listed]:
    """Every address on the account's lists since then (in seconds), page by page. ProviderError."""
    for name, reason in _LISTS.items():
        at = 0
        while True:
            params = {
                "start_time": str(since),
                "end_time": str(int(time.time())),
                "limit": str(PAGE),
                "offset": str(at),
            }
            found = _page(provider, name, params)
            for one in found:
                if isinstance(one.get("email"), str):
                    created = one.get("created")
                    yield Listed(one["email"], reason, created if isinstance(created, int) else 0)
            if len(found) < PAGE:
                break
            at += PAGE


def _page(provider: SendGrid, name: str, params: dict[str, str]) -> list[dict[str, Any]]:
    answer = _asked(lambda: provider.api.client.suppression._(name).get(query_params=params))
    if answer is None or answer.status_code != _OK:
        reason = answer.reason if answer else "no answer"
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)
    return _listed(_read(answer.body))


def _asked(asking: Any) -> Answer | None:  # noqa: ANN401 - the official client is untyped
    """The answer; None where none came: what is only asked may be asked again."""
    try:
        answer: Answer = asking()
    except (NotTaken, Unanswered):
        return None
    return answer


def _read(raw: bytes) -> Any:  # noqa: ANN401 - whatever it is
    """JSON; None where it is none."""
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _facts(answer: Answer) -> dict[str, Any]:
    found = _read(answer.body)
    return found if isinstance(found, dict) else {}


def _listed(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    """The objects in a list; none where it is none."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
