"""A probe of the mail relay. It goes through all steps before a message, and names the setting to change on failure."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from newsletter.diagnostics.result import ProbeResult, bad, good, unsure
from newsletter.providers.smtp.connection import Relay
from newsletter.providers.smtp.session import Reply

TIMEOUT_SECONDS = 10.0
_READY, _OK, _MUST_LOG_IN = 220, 250, 530
_LATER = range(400, 500)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class _FailedError(Exception):
    """A failed step: the key of a sentence, and the facts that fill it."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def probes(relay: Relay, sender: str) -> Iterator[ProbeResult]:
    """Connect, greet, start TLS, log in and test the sender. Yield the first failure, or that the relay works."""
    where = {"host": relay.host, "port": relay.port}
    client = smtplib.SMTP(local_hostname=relay.hello or "localhost", timeout=TIMEOUT_SECONDS)
    try:
        _connect(client, relay)
        _greet(client)
        _start_tls(client, relay)
        _log_in(client, relay)
        _check_sender(client, sender)
    except _FailedError as failed:
        yield bad(failed.key, **where, **failed.facts)
    else:
        yield good("doctor_smtp", **where)
        if relay.security == "none" and relay.host not in _LOCAL:
            yield unsure("doctor_smtp_open", **where)
    finally:
        client.close()


def _connect(client: smtplib.SMTP, relay: Relay) -> None:
    try:
        client.sock = socket.create_connection((relay.host, relay.port), TIMEOUT_SECONDS)
    except (socket.gaierror, UnicodeError) as error:
        raise _FailedError("doctor_smtp_host") from error
    except TimeoutError as error:
        raise _FailedError("doctor_smtp_port_silent") from error
    except OSError as error:
        raise _FailedError("doctor_smtp_port") from error
    if relay.security == "tls":
        with _securing("doctor_smtp_no_tls"):
            client.sock = _context(relay).wrap_socket(client.sock, server_hostname=relay.host)


def _context(relay: Relay) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=relay.ca_file or None)


@contextmanager
def _securing(otherwise: str) -> Iterator[None]:
    """Turn errors of a TLS handshake into a failure: of the certificate if it is wrong, else `otherwise`."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _FailedError("doctor_smtp_certificate", reason=error.verify_message) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error, otherwise) from error
    except OSError as error:  # smtplib's exceptions are OSErrors too
        raise _FailedError(otherwise) from error


def _greet(client: smtplib.SMTP) -> None:
    code, text = _ask(client.getreply)
    if code != _READY:
        raise _refused(code, text, "doctor_smtp_refuses")
    _say_hello(client)


def _say_hello(client: smtplib.SMTP) -> None:
    code, text = _ask(client.ehlo)
    if code != _OK and code not in _LATER:
        code, text = _ask(client.helo)
    if code != _OK:
        raise _refused(code, text, "doctor_smtp_refuses")


def _start_tls(client: smtplib.SMTP, relay: Relay) -> None:
    if relay.security != "starttls":
        return
    if not client.has_extn("starttls"):
        raise _FailedError("doctor_smtp_no_starttls")
    client._host = relay.host  # type: ignore[attr-defined] # noqa: SLF001 - the host name to verify; only the constructor of SMTP sets it
    with _securing("doctor_smtp_refuses_tls"):
        client.starttls(context=_context(relay))
    _say_hello(client)


def _log_in(client: smtplib.SMTP, relay: Relay) -> None:
    if not relay.username:
        return
    try:
        client.login(relay.username, relay.password)
    except UnicodeError as error:
        raise _FailedError("doctor_smtp_not_ascii") from error
    except smtplib.SMTPResponseException as error:  # its text may quote the password
        raise _refused(error.smtp_code, "".join(_STATUS.findall(str(error.smtp_error))), "doctor_smtp_login") from error
    except smtplib.SMTPServerDisconnected as error:
        raise _FailedError("doctor_smtp_silent") from error
    except smtplib.SMTPException as error:  # no login method that both sides support
        raise _FailedError("doctor_smtp_no_login") from error
    except OSError as error:
        raise _FailedError("doctor_smtp_silent") from error


def _check_sender(client: smtplib.SMTP, sender: str) -> None:
    """Test the sender with MAIL, then RSET. Send nothing."""
    code, text = _ask(lambda: client.mail(sender))
    if code != _OK:
        key = "doctor_smtp_must_log_in" if code == _MUST_LOG_IN else "doctor_smtp_sender"
        raise _refused(code, text, key, sender=sender)
    _ask(client.rset)


def _ask(ask: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
    try:
        return ask()
    except OSError as error:  # smtplib's exceptions too: the relay closed, timed out, or did not answer with SMTP
        raise _FailedError("doctor_smtp_silent") from error


def _refused(code: int, text: bytes | str, key: str, **facts: object) -> _FailedError:
    """Return the failure for a refusal; a temporary refusal has its own sentence."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return _FailedError("doctor_smtp_later" if code in _LATER else key, reply=Reply(code, said).reason, **facts)
