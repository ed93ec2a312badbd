"""Queries to a SendGrid account besides sending: batches, Logs, and the lists of suppressed addresses.

The status of a batch can be set to `cancel`. `GET mail/batch` only says that a batch id exists, so
it does not prove that a message was accepted. `cancel` stops the messages that are in the batch ten minutes before
their send time, and those that reach it later. At most ten batches may have a status at once. Setting a status a
second time is an error with POST, but not with PATCH. None of this has been tried on a real account: [P].
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from newsletter.errors import ProviderError
from newsletter.model.subscribers import SuppressionReason
from newsletter.providers.http_transport import Answer, NoAnswer, NotProcessed

if TYPE_CHECKING:
    from newsletter.providers.sendgrid.provider import SendGrid

MAX_BATCHES = 10
PAGE = 500
_OK, _CREATED, _DONE, _MISSING = 200, 201, 300, 404
_CLOCK_SECONDS = 60
"""Seconds by which SendGrid's clock may be behind the clock of this machine."""
_LISTS = {
    "bounces": SuppressionReason.BOUNCE,
    "invalid_emails": SuppressionReason.INVALID,
    "spam_reports": SuppressionReason.COMPLAINT,
    "unsubscribes": SuppressionReason.UNSUBSCRIBED_ALL,
}


class SuppressedAddress(NamedTuple):
    """An address on one of SendGrid's suppression lists: the reason, and the time (in seconds) it was added."""

    email: str
    reason: SuppressionReason
    at: int


def create_batch(provider: SendGrid) -> str:
    """Create a batch and return its id. A lost batch id does no harm. Raise ProviderError if there is no new batch."""
    answer = _ask(lambda: provider.api.client.mail.batch.post(b"{}"))
    batch_id = _read_object(answer).get("batch_id") if answer and answer.status_code == _CREATED else None
    if not isinstance(batch_id, str) or not batch_id:
        reason = answer.reason if answer else "no answer"
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)
    return batch_id


def cancel_batch(provider: SendGrid, batch_id: str) -> bool:
    """Cancel the batch, then read its status. Return True if the status is `cancel`."""
    sends = provider.api.client.user.scheduled_sends
    status = _read_status(provider, batch_id)
    if status != "cancel":
        body = {"status": "cancel"} if status else {"batch_id": batch_id, "status": "cancel"}
        send_status = sends._(batch_id).patch if status else sends.post
        answer = _ask(lambda: send_status(request_body=orjson.dumps(body)))
        if answer is None or answer.status_code >= _DONE:
            return False
    return _read_status(provider, batch_id) == "cancel"


def delete_batch(provider: SendGrid, batch_id: str) -> bool:
    """Delete the batch's status, to make room for another batch. Return True if it is deleted."""
    answer = _ask(lambda: provider.api.client.user.scheduled_sends._(batch_id).delete())
    return answer is not None and (answer.status_code < _DONE or answer.status_code == _MISSING)


def _read_status(provider: SendGrid, batch_id: str) -> str:
    answer = _ask(lambda: provider.api.client.user.scheduled_sends._(batch_id).get())
    scheduled_sends = _choose_objects(_parse(answer.body)) if answer and answer.status_code == _OK else []
    return next((str(scheduled.get("status", "")) for scheduled in scheduled_sends), "")


def was_accepted(provider: SendGrid, attempt: str, probes: Sequence[str], since_seconds: float) -> bool | None:
    """Ask Logs for messages to these addresses since `since_seconds`, then read the `custom_args` of each one.

    Logs cannot search by `custom_args` and has no paging. Return True if a message belongs to `attempt`, None if Logs
    gave no answer.
    """
    begin = f"{dt.datetime.fromtimestamp(since_seconds - _CLOCK_SECONDS, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    was_asked = False
    for email in probes:
        if "'" in email or "\\" in email:
            continue
        query = f"to_email = '{email}' AND sg_message_id_created_at > TIMESTAMP '{begin}'"
        answer = _ask(lambda query=query: provider.api.client.logs.post(orjson.dumps({"query": query, "limit": 100})))
        if answer is None or answer.status_code != _OK:
            return None
        was_asked = True
        for message in _choose_objects(_read_object(answer).get("messages")):
            if _belongs_to(provider, str(message.get("sg_message_id", "")), attempt):
                return True
    return False if was_asked else None


def _belongs_to(provider: SendGrid, message: str, attempt: str) -> bool:
    answer = _ask(lambda: provider.api.client.logs._(message).get())
    arguments = _read_object(answer).get("custom_args") if answer and answer.status_code == _OK else None
    if isinstance(arguments, str):  # the documentation shows both a string and an object
        arguments = _parse(arguments.encode())
    return isinstance(arguments, dict) and arguments.get("nl_a") == attempt


def list_suppressions(provider: SendGrid, since_seconds: int) -> Iterator[SuppressedAddress]:
    """Yield each address that was added to the account's suppression lists since `since_seconds`, page by page.

    Raise ProviderError if the account gives no answer.
    """
    for name, reason in _LISTS.items():
        offset = 0
        while True:
            params = {
                "start_time": str(since_seconds),
                "end_time": str(int(time.time())),
                "limit": str(PAGE),
                "offset": str(offset),
            }
            entries = _fetch_page(provider, name, params)
            for entry in entries:
                if isinstance(entry.get("email"), str):
                    created = entry.get("created")
                    yield SuppressedAddress(entry["email"], reason, created if isinstance(created, int) else 0)
            if len(entries) < PAGE:
                break
            offset += PAGE


def _fetch_page(provider: SendGrid, name: str, params: dict[str, str]) -> list[dict[str, Any]]:
    answer = _ask(lambda: provider.api.client.suppression._(name).get(query_params=params))
    if answer is None or answer.status_code != _OK:
        reason = answer.reason if answer else "no answer"
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)
    return _choose_objects(_parse(answer.body))


def _ask(request: Any) -> Answer | None:
    """Return the answer, or None if none came: these requests are safe to repeat."""
    try:
        answer: Answer = request()
    except (NotProcessed, NoAnswer):
        return None
    return answer


def _parse(raw: bytes) -> Any:
    """Parse JSON. Return None if `raw` is not JSON."""
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _read_object(answer: Answer) -> dict[str, Any]:
    value = _parse(answer.body)
    return value if isinstance(value, dict) else {}


def _choose_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list, or an empty list if `found` is not a list."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
