"""A trial on a real SendGrid account, for what only a sending can show.

The trial sends three messages to one's own address. One goes out at once. It measures how long Logs take to show it.
It carries a substitution: the received message (`received_message`) shows whether SendGrid escapes its value, and
whether SendGrid replaces it in headers. Two messages are scheduled in one batch, and the batch is cancelled between
them: neither may arrive. Sending again after a lost answer depends on this (`docs/sending.md`). Look into the mailbox
after their scheduled time to see whether it holds.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from newsletter.diagnostics.result import PROBE_HEADER, PROBE_TAG, PROBE_VALUE, ProbeResult, bad, good, unsure
from newsletter.model.publication import Publication
from newsletter.providers.http_transport import Answer, NoAnswer, NotProcessed

if TYPE_CHECKING:
    from newsletter.providers.sendgrid.provider import SendGrid

AHEAD_SECONDS = 900
"""Seconds until the scheduled messages are due; a batch can be cancelled reliably until ten minutes before."""
LOG_SECONDS = 120
_TAKEN, _CREATED = 202, 201


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial: the account, the publication, the address that gets the messages, and the clock."""

    provider: SendGrid
    publication: Publication
    address: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def probes(trial: Trial) -> Iterator[ProbeResult]:
    """Run the trial and yield the result of each step."""
    try:
        before = _read_credits(trial)
        yield from _try_cancellation(trial)
        yield from _try_logs(trial)
        after = _read_credits(trial)
    except (NotProcessed, NoAnswer) as error:
        yield bad("doctor_sendgrid_silent", reason=str(error))
        return
    if before is not None and after is not None:
        yield unsure("trial_credits", count=before - after)


def _read_credits(trial: Trial) -> int | None:
    """Return the credits that the account has left, or None if SendGrid does not say."""
    try:
        return int(orjson.loads(trial.provider.api.client.user.credits.get().body)["remain"])
    except (ValueError, KeyError, TypeError):
        return None


def _try_cancellation(trial: Trial) -> Iterator[ProbeResult]:
    client: Any = trial.provider.api.client
    created = client.mail.batch.post(b"{}")
    if created.status_code != _CREATED:
        yield bad("trial_refused", step="batch", reason=created.reason)
        return
    batch, due = orjson.loads(created.body)["batch_id"], int(trial.clock()) + AHEAD_SECONDS
    scheduled = {"batch_id": batch, "send_at": due}
    cancelling = orjson.dumps({"batch_id": batch, "status": "cancel"})
    steps: list[tuple[str, Callable[[], Answer], int]] = [
        ("send_at", lambda: _post(trial, "A", scheduled), _TAKEN),
        ("cancel", lambda: client.user.scheduled_sends.post(cancelling), _CREATED),
        ("late", lambda: _post(trial, "B", scheduled), _TAKEN),
    ]
    for step, run, wanted in steps:
        answer = run()
        if answer.status_code != wanted:
            yield bad("trial_refused", step=step, reason=answer.reason)
            return
    at = dt.datetime.fromtimestamp(due, dt.UTC)
    yield unsure("trial_fence", address=trial.address, at=at)


def _try_logs(trial: Trial) -> Iterator[ProbeResult]:
    """Send one message now, and ask Logs for it until it appears, for at most `LOG_SECONDS`."""
    client: Any = trial.provider.api.client
    begin = trial.clock()
    sent = _post(trial, "C", {"headers": {PROBE_HEADER: PROBE_TAG}})
    if sent.status_code != _TAKEN:
        yield bad("trial_refused", step="send", reason=sent.reason)
        return
    message_id = sent.headers.get("X-Message-Id", "")
    query = orjson.dumps({"query": f"to_email = '{trial.address}'", "limit": 100})
    while trial.clock() - begin < LOG_SECONDS:
        answer = client.logs.post(query)
        if message_id and message_id.encode() in answer.body:
            yield good("trial_logged", seconds=round(trial.clock() - begin))
            return
        trial.sleep(5)
    yield unsure("trial_not_logged", seconds=LOG_SECONDS)


def _post(trial: Trial, letter: str, fields: dict[str, object]) -> Answer:
    subject = f"[TEST] {letter} – {trial.publication.name}"
    body = trial.provider.make_plain_message(trial.publication, trial.address, subject)
    body["content"] = [{"type": "text/plain", "value": f"{subject}\n\n{PROBE_TAG}\n"}]
    body["personalizations"][0]["substitutions"] = {PROBE_TAG: PROBE_VALUE}
    answer: Answer = trial.provider.api.client.mail.send.post(request_body=orjson.dumps(body | fields))
    return answer
