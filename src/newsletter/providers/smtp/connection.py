"""Open a connection to a mail relay: connect, start TLS, log in. `smtplib` does this; `session` takes over after it."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from newsletter.model.delivery import Blame, Misconfigured, NotSent, Outcome, Throttled
from newsletter.providers.smtp.session import Reply, Session, describe_error

CONNECT_SECONDS = 10
PAUSE_SECONDS = 60
"""Seconds to wait after a temporary refusal by the relay."""
_READY, _YES, _NOT_NOW = 220, 2, 4


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail relay and the settings of connections to it."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    security: Literal["starttls", "tls", "none"] = "starttls"
    hello: str = ""
    """Name of this machine for EHLO. If empty, its IP address is used, because looking up the name can take long."""
    answer_seconds: float = 60
    verdict_seconds: float = 600
    """Seconds to wait for the reply to a message. RFC 5321 requires ten minutes: giving up earlier risks duplicates."""
    messages_per_connection: int = 1000
    ca_file: str = ""
    """File of certificate authorities to trust in place of the system's."""


def open_session(relay: Relay, context: ssl.SSLContext) -> Session | Outcome:
    """Open a connection that is ready for a message. If that fails, return the outcome that tells the reason."""
    client = smtplib.SMTP(local_hostname=relay.hello or "localhost", timeout=relay.answer_seconds)
    try:
        sock = _open(client, relay, context)
        features = client.esmtp_features
        if client.file:  # while this file is open, closing the socket does not close the connection
            client.file.close()
        return Session(sock, "pipelining" in features, "size" in features)
    except (OSError, ValueError) as error:
        client.close()
        return _map_error(error, relay)


def _open(client: smtplib.SMTP, relay: Relay, context: ssl.SSLContext) -> socket.socket:
    client.sock = sock = socket.create_connection((relay.host, relay.port), CONNECT_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for an ACK
    sock.settimeout(relay.answer_seconds)
    client.local_hostname = relay.hello or _literal(sock.getsockname()[0])
    with _deadline(client, relay.answer_seconds):
        if relay.security == "tls":
            client.sock = context.wrap_socket(sock, server_hostname=relay.host)
        code, text = client.getreply()
        if code != _READY:
            raise smtplib.SMTPConnectError(code, text)
        _hello(client)
        if relay.security == "starttls":
            client._host = relay.host  # type: ignore[attr-defined] # noqa: SLF001 - the host name to verify; only the constructor of SMTP sets it
            client.starttls(context=context)
            _hello(client)
        if relay.username:
            client.login(relay.username, relay.password)
    return client.sock


def _hello(client: smtplib.SMTP) -> None:
    """Send EHLO, or HELO if the relay does not know EHLO.

    The method of `smtplib` would send HELO also after a temporary refusal.
    """
    code, text = client.ehlo()
    if code // 100 not in {_YES, _NOT_NOW}:
        code, text = client.helo()
    if code // 100 != _YES:
        raise smtplib.SMTPHeloError(code, text)


def _literal(address: str) -> str:
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


@contextmanager
def _deadline(client: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Close the connection after `seconds`, even if bytes still arrive: the socket's timeout restarts at each byte."""
    timer = threading.Timer(seconds, _shut_down, (client,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(client: smtplib.SMTP) -> None:
    with suppress(OSError):
        if client.sock:
            socket.socket.shutdown(client.sock, socket.SHUT_RDWR)  # SSLSocket.shutdown would go on in plain text


def _map_error(error: OSError | ValueError, relay: Relay) -> Outcome:
    """Map the error of a failed connection or login to an outcome."""
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=bytes(said)):
            return _refused(Reply(code, _without_password(said.decode("utf-8", "replace"), relay)))
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPResponseException():
            return NotSent("the connection ended while it was opened")
        case smtplib.SMTPNotSupportedError():
            return Misconfigured(str(error))
        case smtplib.SMTPException():
            return Misconfigured("there is no way to log in that both know")
        case ssl.SSLCertVerificationError():
            return Misconfigured(f"certificate: {error.verify_message}")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return NotSent(describe_error(error))
        case ssl.SSLError():
            return Misconfigured(f"TLS: {error.reason}")
        case UnicodeError():
            return Misconfigured("host, user name and password must be ASCII")
        case _:
            return NotSent(describe_error(error))


def _refused(reply: Reply) -> Outcome:
    match reply.kind:
        case 4:
            return Throttled(PAUSE_SECONDS, reply.reason, Blame.CONNECTION)
        case 5:
            return Misconfigured(reply.reason)
        case _:
            return NotSent(f"an odd answer: {reply.reason}")


def _without_password(text: str, relay: Relay) -> str:
    """Remove the password from a reply: a relay may quote a refused login as it was sent."""
    secrets = relay.password, f"\0{relay.username}\0{relay.password}"
    for secret in (*secrets, *(base64.b64encode(plain.encode()).decode() for plain in secrets)):
        text = text.replace(secret, "…") if relay.password else text
    return text
