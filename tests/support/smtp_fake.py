"""A mail relay that lies when it is told to: threads of its own on a real socket.

It is strict: a bare CR or LF, a line over 998 octets, a letter that is not ASCII, a dot that should have been doubled,
a command sent in a group that was not offered, or before the last transaction was ended, is a violation, and `relaying`
fails at its end if there was one. What it does wrong itself is a `Fault`, one for each MAIL; what a connection begins
with is `RelayBehaviour`.
"""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "moi", "a-Secret+for/tests"
LONGEST = 998


@dataclass(frozen=True)
class Fault:
    """A wrong reply of the relay at `stage` (mail, rcpt, data, body, end), and a wrong action after it."""

    stage: str = ""
    say: str = ""
    """Instead of the reply; `mute` says nothing at all."""
    then: str = ""
    """drop, reset, silent (it reads on), stall (it does not); nothing to go on."""
    mute: bool = False
    accepts: bool = False
    """At `end`: whether the message is kept whatever is said of it."""
    data: str = ""
    """Instead of the reply to a DATA without recipients."""
    pieces: bool = False
    """Every reply of this transaction comes byte by byte."""


@dataclass(frozen=True)
class RelayBehaviour:
    """How the relay begins a connection, and what it offers."""

    pipelining: bool = True
    security: str = "none"
    auth: str = "PLAIN LOGIN"
    size: str = "SIZE 10000000"
    greeting: str = "220 fake.test ESMTP"
    ehlo: str = ""
    starttls: str = "220 go ahead"
    login: str = "235 2.7.0 welcome"
    rset: str = "250 2.0.0 flushed"
    after: str = ""
    """drop, reset or 421: what it does after a message was accepted."""
    strict: bool = True
    """Where it is not, what it is told wrong is no violation: TLS is no command."""
    trickle: bool = False
    """The greeting never ends."""


@dataclass(frozen=True)
class ReceivedMessage:
    connection: int
    sender: str
    recipient: str
    body: bytes


@dataclass(frozen=True)
class Authority:
    """Made up for the test: a CA's file, and a server's certificates for localhost and for another host."""

    ca: Path
    good: Path
    other: Path

    def make_context(self, *, good: bool = True) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.good if good else self.other)
        return made


def make_authority(folder: Path) -> Authority:
    """Make a CA and two certificates signed by it, each in a file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA for tests")])
    paths = Authority(folder / "ca.pem", folder / "good.pem", folder / "other.pem")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # noqa: FBT003 - so it is called
    root = make_certificate(name, key, name, key, x509.BasicConstraints(ca=True, path_length=0), usage)
    paths.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    for path, names in ((paths.good, here), (paths.other, [x509.DNSName("other.test")])):
        own = ec.generate_private_key(ec.SECP256R1())
        made = make_certificate(x509.Name([]), own, name, key, x509.SubjectAlternativeName(names))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(own.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return paths


Key = ec.EllipticCurvePrivateKey


def make_certificate(
    subject: x509.Name, key: Key, issuer: x509.Name, signer: Key, *critical: x509.ExtensionType
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
    builder = builder.not_valid_after(now + dt.timedelta(days=1))
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    identifiers = (
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
    )
    for identifier in identifiers:
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(signer, hashes.SHA256())


@dataclass
class FakeRelay:
    """The state of the fake relay, and the faults that it must make."""

    port: int
    authority: Authority | None = None
    manners: RelayBehaviour = RelayBehaviour()
    good_certificate: bool = True
    faults: deque[Fault] = field(default_factory=deque)
    received: list[ReceivedMessage] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    quits: int = 0
    lone_dots: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, *faults: Fault) -> None:
        self.faults.clear()
        self.faults.extend(faults)

    def count(self, recipient: str) -> int:
        return sum(message.recipient == recipient for message in self.received)


class ConnectionClosed(Exception):  # noqa: N818 - an end
    """The connection is closed."""


class Conversation:
    """One connection."""

    def __init__(self, fake: FakeRelay, sock: socket.socket, number: int) -> None:
        self.fake, self.sock, self.number = fake, sock, number
        self.manners, self.buffer = fake.manners, b""
        self.fault, self.sender, self.recipients = Fault(), "", list[str]()
        self.is_secure = self.is_known = self.is_greeted = False

    def run(self) -> None:
        with suppress(ConnectionClosed, OSError):
            if self.manners.security == "tls":
                self.start_tls()
            while self.manners.trickle:
                self.sock.sendall(b"2")
                time.sleep(0.05)
            self.send_reply(self.manners.greeting)
            if not self.manners.greeting.startswith("2"):
                raise ConnectionClosed
            while True:
                self.run_command(self.read_line())
        with suppress(OSError):
            self.sock.close()

    def start_tls(self) -> None:
        assert self.fake.authority
        context = self.fake.authority.make_context(good=self.fake.good_certificate)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.is_secure, self.is_greeted, self.buffer = True, False, b""

    # -- what is read

    def note_violation(self, what: str) -> None:
        if self.manners.strict:
            self.fake.violations.append(what)

    def read_more(self) -> None:
        piece = self.sock.recv(65_536)
        if not piece:
            raise ConnectionClosed
        self.buffer += piece

    def read_line(self) -> bytes:
        while b"\n" not in self.buffer:
            self.read_more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r") or b"\r" in line[:-1]:
            self.note_violation(f"a bare CR or LF: {line!r}")
        if len(line) > LONGEST + 1 or not line.isascii() or b"\0" in line:
            self.note_violation(f"too long, or not ASCII: {line[:80]!r}…")
        return line[:-1]

    def read_message(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.read_line()) != b".":
            if line.startswith(b"."):
                if not line.startswith(b".."):
                    self.note_violation(f"a dot that was not doubled: {line!r}")
                line = line[1:]
            lines.append(line + b"\r\n")
        return b"".join(lines)

    # -- what is said

    def send_reply(self, reply: str) -> None:
        data = (reply + "\r\n").encode("latin-1")
        if self.fault.pieces:
            for number in range(len(data)):
                self.sock.sendall(data[number : number + 1])
                time.sleep(0.001)
        else:
            self.sock.sendall(data)

    def answer_stage(self, stage: str, reply: str) -> None:
        """Send the reply, or the reply and action of the fault."""
        here = self.fault if self.fault.stage == stage else Fault()
        if not here.mute:
            self.send_reply(here.say or reply)
        self.perform(here.then)
        if (here.say or reply).startswith("421") and not here.then:
            raise ConnectionClosed

    def perform(self, action: str) -> None:
        match action:
            case "drop":
                raise ConnectionClosed
            case "reset":
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise ConnectionClosed
            case "stall":
                time.sleep(2)
                raise ConnectionClosed
            case "silent":
                while True:  # until the other end hangs up
                    self.read_more()
            case _:
                pass

    # -- what is done

    def run_command(self, line: bytes) -> None:
        verb, _, rest = line.decode("ascii", "replace").partition(" ")
        verb = verb.upper()
        self.fake.commands.append(line.decode("ascii", "replace") if verb != "AUTH" else "AUTH")
        grouped = self.buffer and (verb not in {"MAIL", "RCPT", "RSET"} or not self.manners.pipelining)
        if grouped:
            self.note_violation(f"{verb} in a group, and not its last")
        getattr(self, f"do_{verb.lower()}", self.refuse_unknown)(rest)

    def refuse_unknown(self, rest: str) -> None:
        self.note_violation(f"unknown: {rest}")
        self.send_reply("500 what?")

    def do_ehlo(self, rest: str) -> None:
        if not rest:
            self.note_violation("EHLO without a name")
        if self.manners.ehlo:
            self.send_reply(self.manners.ehlo)
            self.perform("drop" if self.manners.ehlo.startswith("421") else "")
            return
        self.is_greeted = True
        secured = self.is_secure or self.manners.security == "none"
        found = ["fake.test", self.manners.size, "8BITMIME", "ENHANCEDSTATUSCODES"]
        found += ["PIPELINING"] if self.manners.pipelining else []
        found += ["STARTTLS"] if self.manners.security == "starttls" and not self.is_secure else []
        found += [f"AUTH {self.manners.auth}"] if secured and self.manners.auth else []
        self.send_reply("\r\n".join([*(f"250-{extension}" for extension in found if extension), "250 HELP"]))

    def do_helo(self, rest: str) -> None:  # noqa: ARG002 - one signature for all commands
        self.is_greeted = True
        self.send_reply("250 fake.test")

    def do_starttls(self, rest: str) -> None:  # noqa: ARG002 - one signature for all commands
        self.send_reply(self.manners.starttls)
        if self.manners.starttls.startswith("220"):
            self.start_tls()

    def do_auth(self, rest: str) -> None:
        mechanism, _, given = rest.partition(" ")
        if mechanism == "PLAIN":
            _, user, password = decode_base64(given or self.ask_client("334 ")).split("\0")
        else:
            user = decode_base64(given or self.ask_client("334 VXNlcm5hbWU6"))
            password = decode_base64(self.ask_client("334 UGFzc3dvcmQ6"))
        self.is_known = (user, password) == (USER, PASSWORD) and self.manners.login.startswith("235")
        refused = self.manners.login if not self.manners.login.startswith("235") else "535 5.7.8 no"
        self.send_reply(self.manners.login if self.is_known else refused + f" {given} {password}")

    def ask_client(self, challenge: str) -> str:
        self.send_reply(challenge)
        return self.read_line().decode()

    def do_mail(self, rest: str) -> None:
        found = re.fullmatch(r"FROM:<([^<> ]+)>(?: SIZE=[0-9]+)?", rest)
        if not found or self.sender or not self.is_greeted:
            self.note_violation(f"MAIL {rest} (after {self.sender})")
        with self.fake.lock:
            self.fault = self.fake.faults.popleft() if self.fake.faults else Fault()
        if self.manners.auth and self.manners.security != "none" and not self.is_known:
            self.send_reply("530 5.7.0 Authentication required")
            return
        self.recipients = []
        if not (self.fault.stage == "mail" and self.fault.say.startswith(("4", "5"))):
            self.sender = found[1] if found else "?"
        self.answer_stage("mail", "250 2.1.0 Ok")

    def do_rcpt(self, rest: str) -> None:
        found = re.fullmatch(r"TO:<([^<> ]+)>", rest)
        if not found:
            self.note_violation(f"RCPT {rest}")
        if not self.sender:
            self.send_reply("503 5.5.1 need MAIL")
            return
        if not (self.fault.stage == "rcpt" and self.fault.say.startswith(("4", "5"))):
            self.recipients.append(found[1] if found else "?")
        self.answer_stage("rcpt", "250 2.1.5 Ok")

    def do_data(self, rest: str) -> None:  # noqa: ARG002 - one signature for all commands
        if not self.recipients:
            self.answer_data_without_recipients()
            return
        if self.fault.stage == "data":
            self.answer_stage("data", "")
            if not self.fault.say.startswith("3"):
                return
        else:
            self.send_reply("354 End data with <CR><LF>.<CR><LF>")
        if self.fault.stage == "body":
            self.reply_early()
            return
        self.finish_message(self.read_message())

    def answer_data_without_recipients(self) -> None:
        self.send_reply(self.fault.data or "554 5.5.1 no valid recipients")
        if self.fault.data.startswith("354"):
            if self.read_message():
                self.note_violation("a message to nobody")
            self.fake.lone_dots += 1
            self.sender = ""
            self.send_reply("554 5.5.1 no valid recipients")

    def reply_early(self) -> None:
        """Send a reply in the middle of the message."""
        while len(self.buffer) < 1000:
            self.read_more()
        self.answer_stage("body", "")
        while True:
            self.read_more()

    def finish_message(self, body: bytes) -> None:
        refused = self.fault.stage == "end" and not self.fault.accepts
        message = ReceivedMessage(self.number, self.sender, self.recipients[0], body)
        if not refused:
            with self.fake.lock:
                self.fake.received.append(message)
        self.sender, self.recipients = "", []
        self.answer_stage("end", f"250 2.0.0 Ok: queued as {len(self.fake.received):08X}")
        if self.manners.after == "421":
            self.send_reply("421 4.4.2 fake.test timeout exceeded")
            raise ConnectionClosed
        self.perform(self.manners.after)

    def do_rset(self, rest: str) -> None:  # noqa: ARG002 - one signature for all commands
        self.sender, self.recipients, self.fault = "", [], Fault()
        self.send_reply(self.manners.rset)

    def do_quit(self, rest: str) -> None:  # noqa: ARG002 - one signature for all commands
        self.fake.quits += 1
        self.send_reply("221 2.0.0 Bye")
        raise ConnectionClosed


def decode_base64(text: str) -> str:
    return base64.b64decode(text).decode()


@contextmanager
def run_fake_relay(
    manners: RelayBehaviour = RelayBehaviour(), made: Authority | None = None, *, good: bool = True
) -> Iterator[FakeRelay]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        fake = FakeRelay(listening.getsockname()[1], made, manners, good)
        threads: list[threading.Thread] = []

        def converse(sock: socket.socket, number: int) -> None:
            with fake.lock:
                fake.open_now += 1
            Conversation(fake, sock, number).run()
            with fake.lock:
                fake.open_now -= 1

        def accept() -> None:
            with suppress(OSError):
                while True:
                    sock, _ = listening.accept()
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    fake.connections += 1
                    threads.append(threading.Thread(target=converse, args=(sock, fake.connections), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield fake
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
        for thread in threads:
            thread.join(5)
    assert fake.violations == []
