"""The provider for any mail relay, or for a mail catcher on this machine: one message for each recipient.

Connections are kept and used again. MAIL, RCPT and DATA go out together if the relay supports pipelining. The final
dot is sent last. No relay can accept a message before it has seen the end: a failure before the dot may be retried,
and a failure after it is in doubt. `connection` opens a connection, `session` sends commands over it.
"""

from __future__ import annotations

import re
import ssl
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from newsletter.model.delivery import Accepted, Attempt, InDoubt, Misconfigured, NotSent, Outcome, Recipient, Rejected
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.providers.base import CLAIM_LOST, Caps, CommitPoint, Request, commit_always
from newsletter.providers.mime import CompiledMessage, compile_message
from newsletter.providers.smtp.connection import Relay, open_session
from newsletter.providers.smtp.refusals import Step, map_refusal
from newsletter.providers.smtp.session import QUIT_SECONDS, ConnectionLost, Reply, Session, describe_error

LAST_REPLY_SECONDS = 0.2
_CLOSING = 421
_YES, _GO_ON, _NOT_NOW, _NO = 2, 3, 4, 5
_ENVELOPE = re.compile(r"[!-;=?-~]{1,254}@[!-;=?-~]{1,254}")
_DOT = b".\r\n"


_EXPECTED = {Step.MAIL: _YES, Step.RCPT: _YES, Step.DATA: _GO_ON}
"""The first steps of a transaction, and the kind of reply after which it continues."""


class Smtp:
    """The provider that sends through a mail relay. `_idle` holds the open connections that are not in use."""

    name = "smtp"
    caps = Caps(max_recipients=1, idempotent=False, chunk_size=50, in_flight=8)

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._compiled: CompiledMessage | None = None
        self._idle: deque[Session] = deque()
        self._closed = False

    def build(self, edition: Edition, recipients: Sequence[Recipient], attempt: Attempt) -> Request:
        """Build the message of one recipient. Its images are links to the web server (`serve`)."""
        (recipient,) = recipients
        key = f"{attempt.campaign_id}/{attempt.chunk}/{recipient.subscriber_id}"
        parts = self._compile(edition).parts(recipient, attempt)
        return Request(key, parts, (edition.sender.email, recipient.email))

    def _compile(self, edition: Edition) -> CompiledMessage:
        """Return the compiled message of the edition. Keep the last one: chunks of one edition follow each other."""
        compiled = self._compiled  # a copy: another thread may replace it with the message of another edition
        if compiled is None or compiled.edition.digest != edition.digest:
            compiled = self._compiled = compile_message(edition, inline=False)
        return compiled

    def check(self, publication: Publication) -> Outcome:
        """Connect, log in, and ask with MAIL whether the publication may send. Send nothing."""
        session = self._open()
        if not isinstance(session, Session):
            return session
        seconds = self.relay.answer_seconds
        try:
            reply = session.ask(_mail(publication.sender.email, 0), seconds)
            _reset(session, seconds)
        except ConnectionLost as lost:
            session.close()
            return NotSent(str(lost))
        self._put_back(session)
        return Accepted(reply.text_without_addresses) if reply.kind == _YES else map_refusal(Step.MAIL, reply)

    def submit(self, request: Request, commit_point: CommitPoint = commit_always) -> Outcome:
        """Make one attempt. If the relay closed a kept connection before its first reply, use a new connection."""
        sender, recipient = request.envelope
        if not _ENVELOPE.fullmatch(sender):
            return Misconfigured("the sender's address cannot stand in an envelope")
        if not _ENVELOPE.fullmatch(recipient):
            return Rejected("the address cannot stand in an envelope", (0,))
        kept = self._take_idle()
        if kept:
            try:
                return self._submit_over(kept, request, commit_point)
            except ConnectionLost as lost:
                if lost.silent:
                    return NotSent(str(lost))
        session = self._open()
        try:
            return self._submit_over(session, request, commit_point) if isinstance(session, Session) else session
        except ConnectionLost as lost:
            return NotSent(str(lost))

    def _submit_over(self, session: Session, request: Request, commit_point: CommitPoint) -> Outcome:
        """Submit the message over a session. Raise ConnectionLost if the connection broke before the first reply."""
        body = request.body
        refused = self._send_envelope(session, request.envelope, len(body))
        outcome = refused or self._send_message(session, body, commit_point)
        self._put_back(session)
        return outcome

    def _send_envelope(self, session: Session, envelope: tuple[str, str], size: int) -> Outcome | None:
        """Send MAIL, RCPT and DATA. Return None if the relay accepts all three, else the outcome of the refusal."""
        sender, recipient = envelope
        mail = _mail(sender, size if session.sized else 0)
        commands = mail, f"RCPT TO:<{recipient}>\r\n".encode("ascii"), b"DATA\r\n"
        outcome: Outcome | None = None
        replies = dict[Step, Reply]()
        try:
            for step, reply in self._read_replies(session, commands):
                replies[step] = reply
                if reply.kind != _EXPECTED[step]:
                    outcome = outcome or map_refusal(step, reply)
            if outcome:
                _clean_up(session, replies, self.relay.answer_seconds)
        except ConnectionLost as lost:
            session.close()
            if not replies:
                raise
            return outcome or NotSent(str(lost))
        return outcome

    def _read_replies(self, session: Session, commands: Sequence[bytes]) -> Iterator[tuple[Step, Reply]]:
        """Yield the reply to each command.

        With pipelining, read all replies. Without it, stop after the first refusal. Stop in both cases after a 421.
        """
        seconds = self.relay.answer_seconds
        if session.pipelining:
            session.write(b"".join(commands), seconds)
        for step, command in zip(_EXPECTED, commands, strict=True):
            reply = session.read_reply(seconds) if session.pipelining else session.ask(command, seconds)
            if step is Step.MAIL and reply.code == _CLOSING and session.messages:
                raise ConnectionLost(reply.reason)  # the relay has reached its limit of messages per connection
            yield step, reply
            if reply.code == _CLOSING or (reply.kind != _EXPECTED[step] and not session.pipelining):
                return

    def _send_message(self, session: Session, body: bytes, commit_point: CommitPoint) -> Outcome:
        """Write the message, call `commit_point`, write the final dot, and return the outcome of the reply."""
        try:
            session.write(body, self.relay.answer_seconds)
            if session.has_data():  # no reply is due yet: the relay is closing the connection
                return _read_last_reply(session, "an answer before the end of the message")
            if not commit_point():
                session.close()
                return NotSent(CLAIM_LOST)
            session.write(_DOT, self.relay.answer_seconds)
        except ConnectionLost as lost:
            return _read_last_reply(session, str(lost))
        try:
            reply = session.read_reply(self.relay.verdict_seconds)
        except ConnectionLost as lost:
            session.close()
            return InDoubt(f"the message was written: {lost}")
        session.messages += 1
        return _map_final_reply(session, reply)

    def _take_idle(self) -> Session | None:
        """Return an idle connection that can still be used, or None."""
        while self._idle:
            try:
                session = self._idle.pop()
            except IndexError:  # another thread was quicker
                return None
            if session.is_fresh():
                return session
            session.quit()
        return None

    def _put_back(self, session: Session) -> None:
        """Put the connection back for the next message, or close it after `messages_per_connection` messages."""
        if not session.is_open:
            return
        session.used = time.monotonic()
        if self._closed or session.messages >= self.relay.messages_per_connection:
            session.quit()
        else:
            self._idle.append(session)

    def _open(self) -> Session | Outcome:
        try:
            context = self._context
        except OSError as error:
            return Misconfigured(f"certificates: {describe_error(error)}")
        return open_session(self.relay, context)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Return the TLS context of all connections. It is made once: reading the certificates takes 22 ms."""
        return ssl.create_default_context(cafile=self.relay.ca_file or None)

    def forget(self, subscriber_ids: Sequence[int]) -> int:  # noqa: ARG002 - a parameter of the Protocol
        """Return 0: the provider keeps nothing about subscribers on this machine."""
        return 0

    def close(self) -> None:
        """Send QUIT on every idle connection and close it. A connection in use closes after its reply."""
        self._closed = True
        deadline = time.monotonic() + QUIT_SECONDS
        with suppress(IndexError):
            while True:
                self._idle.pop().quit(max(deadline - time.monotonic(), 0.05))


def _mail(sender: str, size: int) -> bytes:
    return b"MAIL FROM:<%b>%b\r\n" % (sender.encode("ascii", "replace"), b" SIZE=%d" % size if size else b"")


def _clean_up(session: Session, replies: Mapping[Step, Reply], seconds: float) -> None:
    """End a transaction after a refusal so that the next one starts clean, or close the connection."""
    must_close = any(
        reply.code == _CLOSING or reply.kind not in {_EXPECTED[step], _NOT_NOW, _NO} for step, reply in replies.items()
    )
    awaits_message = Step.DATA in replies and replies[Step.DATA].kind == _GO_ON
    # if the recipient was accepted, a dot now would send an empty message
    if must_close or (awaits_message and replies[Step.RCPT].kind == _YES):
        session.close()
        return
    if awaits_message:  # RFC 2920, 3.1: the relay accepted DATA without a recipient and waits for the message
        session.ask(_DOT, seconds)
    _reset(session, seconds)


def _reset(session: Session, seconds: float) -> None:
    try:
        reply = session.ask(b"RSET\r\n", seconds)
    except ConnectionLost:
        session.close()
    else:
        if reply.kind != _YES:
            session.close()


def _read_last_reply(session: Session, reason: str) -> Outcome:
    """Return the outcome of a failure before the final dot: not sent. A last reply of the relay may tell the reason."""
    try:
        reply = session.read_reply(LAST_REPLY_SECONDS)
    except ConnectionLost:
        return NotSent(reason)
    else:
        return map_refusal(Step.MESSAGE, reply)
    finally:
        session.close()


def _map_final_reply(session: Session, reply: Reply) -> Outcome:
    """Map the reply to the whole message to an outcome."""
    if reply.code == _CLOSING or reply.kind == _GO_ON:
        session.close()
    match reply.kind:
        case 2:
            return Accepted(reply.text_without_addresses)
        case 3:
            return InDoubt(f"the message was written, an odd answer: {reply.reason}")
        case _:
            return map_refusal(Step.MESSAGE, reply)
