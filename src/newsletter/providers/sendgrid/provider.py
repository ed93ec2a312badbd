"""The provider for SendGrid's v3 API: up to 1,000 personalizations in a request, with substitutions.

Requests go through the official client, but over another transport. The official transport opens a connection and a
TLS context for each call (45 ms), has no timeout, follows a redirect of a POST as GET, and writes key and payload into
the log at DEBUG. `http_transport` can tell a request that was certainly not processed from one that is in doubt.

Nobody has sent through a real account yet. Facts that are known only from SendGrid's documentation are marked [P];
`newsletter doctor` tests them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any

import orjson
from sendgrid import SendGridAPIClient

from newsletter.errors import ProviderError
from newsletter.model.delivery import (
    Accepted,
    AccountLimited,
    Attempt,
    InDoubt,
    Misconfigured,
    NotSent,
    Outcome,
    Recipient,
    Rejected,
    Throttled,
    TooLarge,
)
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.personalization import merge_tags
from newsletter.providers.base import Caps, CommitPoint, Request, commit_always
from newsletter.providers.http_transport import Answer, HttpTransport, NoAnswer, NotProcessed
from newsletter.providers.sendgrid import account_queries
from newsletter.providers.sendgrid.client import Account, Client
from newsletter.providers.sendgrid.payload import PersonalizationTemplate
from newsletter.providers.sendgrid.webhook_events import Verifier

CREDIT_SECONDS = 3600
PAUSE_SECONDS = 60
"""Seconds to wait after a 429 that does not say how long."""
_OK, _REDIRECT, _SERVER = 200, 300, 500
_OFF = {"enable": False}
_UNTRACKED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": _OFF,
    "subscription_tracking": _OFF,
    "ganalytics": _OFF,
}
"""Tracking settings of every request: without them, the settings of the account would apply."""
_CULPRIT = re.compile(r"personalizations[.\[]([0-9]{1,4})\b")
_SECONDS = re.compile(r"[0-9]{1,12}")
_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Common:
    """The common part of all requests of an edition: the body without personalizations, and their shape."""

    digest: str
    tail: bytes
    template: PersonalizationTemplate


class SendGrid:
    """The provider that sends through a SendGrid account."""

    name = "sendgrid"
    caps = Caps(max_recipients=_MOST, idempotent=False, chunk_size=_MOST, in_flight=24)

    def __init__(self, account: Account) -> None:
        self._account = account
        self.api = SendGridAPIClient(account.api_key, account.host, account.subuser or None)
        self._wire = HttpTransport(account.host, account.answer_seconds)
        self.api.client = Client(self.api.client, self._wire)
        self._common: _Common | None = None

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """Build the request for all recipients. Only the personalizations are made again for each chunk."""
        common = self._load_common(edition)
        key = f"{attempt.campaign_id}/{attempt.chunk}/{recipients[0].subscriber_id}"
        people = common.template.fill(recipients)
        return Request(key, (b'{"personalizations":[', people, b"],", _attempt_fields(attempt), common.tail))

    def _load_common(self, edition: Edition) -> _Common:
        """Return the common part of the edition's requests. Keep it: the next chunk is mostly of the same edition."""
        common = self._common  # a copy: another thread may replace it with the part of another edition
        if common is None or common.digest != edition.digest:
            tail = orjson.dumps(_message(edition, self._account))[1:]
            common = self._common = _Common(edition.digest, tail, PersonalizationTemplate.compile(edition))
        return common

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        """Make one attempt."""
        try:
            answer = self.api.client.mail.send.post(request_body=request.parts, commit_point=commit_point)
        except NotProcessed as error:
            return NotSent(str(error))
        except NoAnswer as error:
            return InDoubt(str(error))
        return _outcome(answer, sandbox=self._account.sandbox)

    def forget(self, subscriber_ids: Sequence[int]) -> int:  # noqa: ARG002 - a parameter of the Protocol
        """Return 0: nothing is kept on this machine. SendGrid keeps subscriber ids only in its events, for 30 days."""
        return 0

    def check(self, publication: Publication) -> Outcome:
        """Check that the key is valid and may send, and that the account knows the sender. Send nothing."""
        try:
            answer = self.api.client.scopes.get()
        except (NotProcessed, NoAnswer) as error:
            return NotSent(str(error))
        if answer.status_code == _OK:
            may = b'"mail.send"' in answer.body
            return self.check_in_sandbox(publication) if may else Misconfigured("the API key has no scope mail.send")
        return _outcome(answer, sandbox=False)

    def check_in_sandbox(self, publication: Publication) -> Outcome:
        """Submit a small message from the publication to itself in the sandbox, where it is validated and not sent."""
        body = self.make_plain_message(publication, publication.sender.email, publication.name)
        body["mail_settings"] = {"sandbox_mode": {"enable": True}}
        try:
            answer = self.api.client.mail.send.post(request_body=orjson.dumps(body))
        except (NotProcessed, NoAnswer) as error:
            return NotSent(str(error))
        return _outcome(answer, sandbox=True)

    def make_plain_message(self, publication: Publication, address: str, subject: str) -> dict[str, Any]:
        """Return the body of a message whose only text is its subject, for `newsletter doctor`."""
        return {
            "personalizations": [{"to": [{"email": address}]}],
            "from": _address(publication.sender.email, publication.sender.name),
            "subject": subject,
            "content": [{"type": "text/plain", "value": subject}],
            "tracking_settings": _UNTRACKED,
        }

    def is_signed(self, raw: bytes, signature: str, timestamp: str) -> bool:
        """Return True if the account signed these webhook events."""
        try:
            return Verifier(self.webhook_key()).is_signed(raw, signature, timestamp)
        except (ProviderError, ValueError):
            return False

    def webhook_key(self) -> str:
        """Fetch the public key that verifies the account's webhook events. Raise ProviderError if that fails."""
        try:
            answer = self.api.client.user.webhooks.event.settings.signed.get()
            return str(orjson.loads(answer.body)["public_key"])
        except (NotProcessed, NoAnswer, ValueError, KeyError, TypeError) as error:
            raise ProviderError("provider_unavailable", provider=self.name, reason=type(error).__name__) from None

    max_batches = account_queries.MAX_BATCHES

    def create_batch(self) -> str:
        """Create a batch and return its id."""
        return account_queries.create_batch(self)

    def cancel_batch(self, batch_id: str) -> bool:
        """Cancel a batch."""
        return account_queries.cancel_batch(self, batch_id)

    def delete_batch(self, batch_id: str) -> bool:
        """Delete the status of a batch."""
        return account_queries.delete_batch(self, batch_id)

    def was_accepted(self, attempt: str, probes: Sequence[str], since_seconds: float) -> bool | None:
        """Ask Logs whether a message of the attempt was accepted for one of the addresses."""
        return account_queries.was_accepted(self, attempt, probes, since_seconds)

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()


def _message(edition: Edition, account: Account) -> dict[str, Any]:
    message: dict[str, Any] = {
        "from": _address(edition.sender.email, edition.sender.name),
        "subject": edition.subject,
        "content": [{"type": "text/plain", "value": edition.text}, {"type": "text/html", "value": edition.html}],
        "tracking_settings": _UNTRACKED,
        "mail_settings": {"sandbox_mode": {"enable": account.sandbox}},
    }
    if edition.reply_to:
        message["reply_to"] = _address(edition.reply_to.email, edition.reply_to.name)
    if account.categories:
        message["categories"] = list(account.categories)
    common = {name: value for name, value in edition.headers if merge_tags.PREFIX not in value}
    return message | ({"headers": common} if common else {})


def _address(email: str, name: str) -> dict[str, str]:
    return {"email": email, "name": name} if name else {"email": email}


def _attempt_fields(attempt: Attempt) -> bytes:
    """Return the part of the body with the attempt's name, which its events repeat, its batch id and its release time.

    `custom_args` hold ids only: SendGrid's staff can read them and nobody can erase them.
    """
    facts: dict[str, Any] = {"custom_args": {"nl_c": str(attempt.campaign_id), "nl_a": attempt.name}}
    if attempt.batch_id:
        facts |= {"batch_id": attempt.batch_id, "send_at": attempt.release_at}
    return orjson.dumps(facts)[1:-1] + b","


def _outcome(answer: Answer, *, sandbox: bool) -> Outcome:
    """Map an answer to an outcome: the retry table, row by row."""
    status, reason = answer.status_code, answer.reason
    match status:
        case 202:
            return Accepted(answer.headers.get("X-Message-Id", ""))
        case 200 if sandbox:
            return Accepted("sandbox")
        case 400:
            return _refusal(answer)
        case 401 if "credits exceeded" in reason.lower():  # 401 means a wrong key, or no credits left this month
            return AccountLimited(CREDIT_SECONDS, reason)
        case 413:
            return TooLarge(reason)
        case 429:
            return Throttled(_find_pause(answer.headers), reason)
        case _:
            return InDoubt(reason) if status >= _SERVER or status < _REDIRECT else Misconfigured(reason)


def _refusal(answer: Answer) -> Outcome:
    """Interpret a 400, which refuses the whole request: for some recipients, for all, or without a reason."""
    fields = [str(error.get("field") or "") for error in answer.errors]
    culprits = sorted({int(found[1]) for field in fields if (found := _CULPRIT.match(field))} & set(range(_MOST)))
    if culprits:
        return Rejected(answer.reason, tuple(culprits))
    return Misconfigured(answer.reason) if any(fields) else Rejected(answer.reason)


def _find_pause(headers: HTTPMessage) -> float:
    """Return the seconds until the limit ends: `Retry-After` is a duration, `X-RateLimit-Reset` a point in time."""
    reset, after = headers.get("X-RateLimit-Reset", ""), headers.get("Retry-After", "")
    if _SECONDS.fullmatch(after):
        return min(float(after), CREDIT_SECONDS)
    return min(max(float(reset) - time.time(), 1.0), CREDIT_SECONDS) if _SECONDS.fullmatch(reset) else PAUSE_SECONDS
