"""A SendGrid that lies when it is told to: a process of its own on a real socket.

It holds every request against `sendgrid_rules`, keeps what it accepted, knows batches and scheduled sends, Logs,
signed event webhooks with duplicates and disorder, a clock that can be moved, and a script of faults, one for each
request to mail/send. `/_/…` is for tests.

python sendgrid_fake.py PORT
"""

from __future__ import annotations

import base64
import json
import random
import re
import secrets
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid_rules import MAX_BYTES, list_complaints

KEY = "SG.a-key-for-tests"
TEN_MINUTES = 600
QUOTA = 10
REHEARSAL = 1000
"""Bytes: what is no longer is a rehearsal in the sandbox, and the script of faults is not for it."""
CHAOS: list[dict[str, Any]] = [
    {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 413},
    {"kind": "lie"},
    {"kind": "drop_before"},
    {"kind": "drop_before", "reset": True},
    {"kind": "drop_after"},
    {"kind": "drop_after", "reset": True},
    {"kind": "late", "seconds": 0.3},
    {"kind": "hang_up_early"},
    {"kind": "slow", "seconds": 0.2},
]
Reply = tuple[int, dict[str, str], bytes]


def make_errors(status: int, *found: tuple[str | None, str]) -> Reply:
    described = [{"message": message, "field": field, "help": None} for field, message in found]
    return status, {}, json.dumps({"errors": described}).encode()


class Account:
    """The state of the fake account."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.offset = 0.0
        self.faults: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.batches: set[str] = set()
        self.statuses: dict[str, str] = {}
        self.messages: list[dict[str, Any]] = []
        self.webhook = ""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.connections = 0
        self.open = 0
        self.chaos: dict[str, Any] = {}
        self.suppressed: dict[str, list[dict[str, Any]]] = {}
        self.dice = random.Random(1)

    def take_fault(self) -> dict[str, Any]:
        """Return the fault of the next request to mail/send: the next of the script, or a random one."""
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            if self.dice.random() < self.chaos.get("rate", 0):
                return self.dice.choice(CHAOS)
            return {}

    def now(self) -> float:
        return time.time() + self.offset

    def accept(self, body: dict[str, Any]) -> str:
        """Store a request, and deliver its messages that are due; return the message id."""
        with self.lock:
            message_id = secrets.token_urlsafe(16).replace("-", "a")
            self.requests.append({"id": message_id, "at": self.now(), "body": body})
            for number, person in enumerate(body["personalizations"]):
                self.messages.append(make_message(body, person) | {"id": f"{message_id}.recvd-{number}", "batch": body.get("batch_id"),
                                                            "due": body.get("send_at") or 0, "status": "queued"})  # fmt: skip
            self.deliver()
            return message_id

    def deliver(self) -> None:
        """Deliver the messages that are due and neither paused nor cancelled; send their events."""
        with self.lock:
            fresh = [
                message for message in self.messages if message["status"] == "queued" and message["due"] <= self.now()
            ]
            for message in fresh:
                held = self.statuses.get(message["batch"] or "")
                message["status"] = "cancelled" if held == "cancel" else "queued" if held == "pause" else "delivered"
            self.send_events([message for message in fresh if message["status"] != "queued"])

    def send_events(self, messages: list[dict[str, Any]]) -> None:
        """Post the events of these messages: each twice, unordered, signed."""
        if not self.webhook or not messages or self.chaos.get("hears") is False:
            return
        events = []
        for message in messages:
            kinds = ["dropped"] if message["status"] == "cancelled" else ["processed", "delivered"]
            events += [{"email": message["to"], "event": kind, "timestamp": int(self.now()), "sg_message_id": message["id"],
                        "sg_event_id": secrets.token_hex(11), **message["custom_args"]} for kind in kinds]  # fmt: skip
        doubled = [*events, *({**event, "sg_event_id": secrets.token_hex(11)} for event in events)]
        random.Random(1).shuffle(doubled)
        threading.Thread(target=self.post_events, args=(json.dumps(doubled).encode(),), daemon=True).start()

    def find_outcome(self, message: dict[str, Any]) -> str:
        """Return the status of a message; a message that waits in a cancelled batch is cancelled."""
        is_cancelled = message["status"] == "queued" and self.statuses.get(message["batch"] or "") == "cancel"
        return "cancelled" if is_cancelled else str(message["status"])

    def report(self, number: int, kind: dict[str, Any]) -> None:
        """Post one event about a message, and wait until it is accepted."""
        message = self.messages[number]
        event = {"email": message["to"], "timestamp": int(self.now()), "sg_message_id": message["id"],
                 "sg_event_id": secrets.token_hex(11), **message["custom_args"], **kind}  # fmt: skip
        self.post_events(json.dumps([event]).encode())

    def post_events(self, body: bytes) -> None:
        urllib.request.urlopen(self.sign_request(self.webhook, body, str(int(self.now()))), timeout=10).read()

    def post_test_event(self, url: str) -> None:
        """Post a test event; repeat it with a new signature while it is refused."""
        for number in range(5):
            body, identity = b'[{"event":"processed"}]', str(int(self.now()) + number)
            try:
                urllib.request.urlopen(self.sign_request(url, body, identity), timeout=10).read()
            except OSError:
                time.sleep(0.1)
            else:
                return

    def sign_request(self, url: str, body: bytes, identity: str) -> urllib.request.Request:
        signature = self.key.sign(identity.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": identity,
            "Content-Type": "application/json",
        }
        return urllib.request.Request(url, body, headers)

    def public_key(self) -> str:
        form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(self.key.public_key().public_bytes(*form)).decode()


def make_message(body: dict[str, Any], person: dict[str, Any]) -> dict[str, Any]:
    """Make the message of one person: replace its tags one after the other, in an arbitrary order."""

    def fill_tags(text: str) -> str:
        for tag, value in sorted(person.get("substitutions", {}).items(), key=lambda pair: hash(pair[0]) % 97):
            text = text.replace(tag, value)
        return text

    parts = {part["type"]: fill_tags(part["value"]) for part in body["content"]}
    return {"to": person["to"][0]["email"], "subject": fill_tags(body["subject"]), "html": parts.get("text/html", ""),
            "text": parts.get("text/plain", ""), "headers": {**body.get("headers", {}), **person.get("headers", {})},
            "custom_args": {**body.get("custom_args", {}), **person.get("custom_args", {})}, "from": body["from"]}  # fmt: skip


def send(account: Account, raw: bytes) -> Reply:
    if len(raw) >= MAX_BYTES:
        return make_errors(413, (None, "Payload too large"))
    try:
        body = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return make_errors(415, (None, "Content-Type should be UTF-8"))
    except ValueError:
        return make_errors(400, (None, "Bad Request"))
    with account.lock:
        wrong = (
            list(list_complaints(body, account.now(), account.batches))
            if isinstance(body, dict)
            else [(None, "Bad Request")]
        )
        if wrong:
            return make_errors(400, *wrong)
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return 200, {}, b""
        return 202, {"X-Message-Id": account.accept(body)}, b""


def route(account: Account, method: str, path: str, headers: dict[str, str], raw: bytes) -> Reply:
    if path.startswith("/_/"):
        return handle_control(account, path, json.loads(raw or b"null"))
    if headers.get("authorization") != f"Bearer {KEY}":
        return make_errors(401, (None, "The provided authorization grant is invalid, expired, or revoked"))
    if method == "POST" and headers.get("content-type", "").partition(";")[0] != "application/json":
        return make_errors(415, (None, "Content-Type should be application/json."))
    parts = path.split("/")[2:]
    if parts == ["mail", "send"] and method == "POST":
        return send(account, raw)
    body = json.loads(raw) if raw else {}
    return route_batches(account, method, parts, body) or route_account(account, method, parts, body)


def route_batches(account: Account, method: str, parts: list[str], body: dict[str, Any]) -> Reply | None:
    """Answer requests about batches and scheduled sends."""
    match method, parts:
        case "POST", ["mail", "batch"]:
            batch = secrets.token_hex(16)
            account.batches.add(batch)
            return 201, {}, json.dumps({"batch_id": batch}).encode()
        case "GET", ["mail", "batch", batch]:
            return (
                (200, {}, json.dumps({"batch_id": batch}).encode())
                if batch in account.batches
                else make_errors(404, (None, "not found"))
            )
        case "POST", ["user", "scheduled_sends"]:
            return set_batch_status(account, body["batch_id"], body["status"], again=False)
        case "PATCH", ["user", "scheduled_sends", batch]:
            return set_batch_status(account, batch, body["status"], again=True)
        case "GET", ["user", "scheduled_sends", batch]:
            found = [{"batch_id": batch, "status": account.statuses[batch]}] if batch in account.statuses else []
            return 200, {}, json.dumps(found).encode()
        case "DELETE", ["user", "scheduled_sends", batch]:
            account.statuses.pop(batch, None)
            return 204, {}, b""
        case _:
            return None


def route_account(account: Account, method: str, parts: list[str], body: dict[str, Any]) -> Reply:
    """Answer requests about logs, suppressions and settings of the account."""
    match method, parts:
        case "POST", ["logs"] if account.chaos.get("logs") is False:
            return make_errors(503, (None, "unavailable"))
        case "POST", ["logs"]:
            return search_logs(account, body["query"])
        case "GET", ["logs", number]:
            named = next((message for message in account.messages if message["id"] == number), None)
            return (
                (200, {}, json.dumps(describe_message(named, whole=True)).encode())
                if named
                else make_errors(404, (None, "not found"))
            )
        case "POST", ["user", "webhooks", "event", "test"]:
            threading.Thread(target=account.post_test_event, args=(body["url"],), daemon=True).start()
            return 204, {}, b""
        case "GET", ["suppression", name]:
            return 200, {}, json.dumps(account.suppressed.get(name.partition("?")[0], [])).encode()
        case "GET", ["user", "credits"]:
            return 200, {}, json.dumps({"remain": 10_000 - len(account.messages), "total": 10_000}).encode()
        case "GET", ["scopes"]:
            return 200, {}, json.dumps({"scopes": ["mail.send", "mail.batch.create", "user.scheduled_sends.create", "logs.read",
                                                   "suppression.read"]}).encode()  # fmt: skip
        case "GET", ["user", "webhooks", "event", "settings", "signed"]:
            return 200, {}, json.dumps({"public_key": account.public_key()}).encode()
        case _:
            return make_errors(404, (None, "Not Found"))


def set_batch_status(account: Account, batch: str, status: str, *, again: bool) -> Reply:
    """Cancel or pause a batch: at most ten at once; without effect less than ten minutes before."""
    with account.lock:
        if batch not in account.batches:
            return make_errors(404, ("batch_id", "not found"))
        if batch in account.statuses and not again:
            return make_errors(400, ("batch_id", "a status for this batch id exists, try PATCH to update the status"))
        if len(account.statuses) >= QUOTA and batch not in account.statuses:
            return make_errors(400, (None, "max limit reached"))
        due = [message["due"] for message in account.messages if message["batch"] == batch]
        if not due or min(due) - account.now() >= TEN_MINUTES:
            account.statuses[batch] = status
        return (204 if again else 201), {}, b"" if again else json.dumps({"batch_id": batch, "status": status}).encode()


def search_logs(account: Account, query: str) -> Reply:
    """Search by a few conditions of the Logs API: to_email, sg_message_id, status; no paging, no custom_args."""
    pairs = re.findall(r"(to_email|sg_message_id|status)\s*=\s*[\"']([^\"']*)", query)
    if not pairs:
        return make_errors(400, ("query", "unsupported"))
    wanted = {"to_email": "to", "sg_message_id": "id", "status": "status"}
    found = [
        message
        for message in account.messages
        if message["status"] != "queued" and all(message[wanted[name]] == value for name, value in pairs)
    ]
    return (
        200,
        {},
        json.dumps({"messages": [describe_message(message, whole=False) for message in found[:1000]]}).encode(),
    )


def describe_message(message: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    facts = {
        "sg_message_id": message["id"],
        "to_email": message["to"],
        "status": message["status"],
        "subject": message["subject"],
    }
    return facts | ({"custom_args": message["custom_args"]} if whole else {})


def handle_control(account: Account, path: str, body: Any) -> Reply:
    with account.lock:
        match path.removeprefix("/_/"):
            case "faults":
                account.faults = list(body)
            case "advance":
                account.offset += body
                account.deliver()
            case "webhook":
                account.webhook = body
            case "suppressed":
                account.suppressed = body
            case "forget_statuses":
                account.statuses.clear()
            case "report":
                account.report(body["message"], body["event"])
            case "chaos":
                account.chaos, account.dice = body, random.Random(body["seed"])
            case _:
                pass
        state = {
            "messages": account.messages[body:] if path == "/_/messages" else [],
            "requests": account.requests if path == "/_/requests" else [],
            "count": len(account.messages),
            "now": account.now(),
            "connections": account.connections,
            "open": account.open,
            "outcomes": [account.find_outcome(message) for message in account.messages]
            if path == "/_/outcomes"
            else [],
            "public_key": account.public_key(),
        }
        return 200, {}, json.dumps(state).encode()


class ConnectionHandler(socketserver.StreamRequestHandler):
    """One connection: requests one after the other, answered as the script wants."""

    account: Account

    def handle(self) -> None:
        with self.account.lock:
            self.account.connections += 1
            self.account.open += 1
        try:
            while self.handle_request():
                pass
        finally:
            with self.account.lock:
                self.account.open -= 1

    def handle_request(self) -> bool:
        head = self.rfile.readline(65_536).decode("latin-1").split()
        if len(head) < 2:
            return False
        headers: dict[str, str] = {}
        while line := self.rfile.readline(65_536).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        fault: dict[str, Any] = {}
        if head[1] == "/v3/mail/send" and int(headers.get("content-length", 0)) > REHEARSAL:
            fault = self.account.take_fault()
        if fault.get("kind") == "early":  # an answer before the body was read
            self.reply((fault["status"], {"Connection": "close"}, b""))
            return False
        if fault.get("kind") == "hang_up_early":
            return self.reset_connection() if fault.get("reset") else False
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return self.answer_request(head[0], head[1], headers, body, fault)

    def answer_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, fault: dict[str, Any]
    ) -> bool:
        kind = fault.get("kind", "")
        if kind == "status":
            found = (
                fault["status"],
                dict(fault.get("headers", {})),
                make_errors(400, *map(tuple, fault.get("errors", [])))[2],
            )
            self.reply(found)
            return True
        if kind == "raw":
            self.wfile.write(fault["bytes"].encode("latin-1"))
            return False
        if kind == "trickle":  # a head of an answer that never ends
            self.wfile.write(b"HTTP/1.1 202 X\r\n")
            for _ in range(int(fault["seconds"] * 10)):
                time.sleep(0.1)
                self.wfile.write(b"X-A: b\r\n")
            return False
        if kind == "drop_before":
            return self.reset_connection() if fault.get("reset") else False
        if kind == "late":  # hangs up, and takes it afterwards
            self.request.shutdown(socket.SHUT_RDWR)
            time.sleep(fault["seconds"])
            route(self.account, method, path, headers, body)
            return False
        time.sleep(fault.get("seconds", 0))
        answer = route(self.account, method, path, headers, body)
        if kind == "lie":  # taken, and said to be broken
            answer = (500, {}, b"")
        if kind == "drop_after":
            return self.reset_connection() if fault.get("reset") else False
        if kind == "half":  # no more will come from here, though the answer does not either
            self.request.shutdown(socket.SHUT_WR)
            time.sleep(fault.get("wait", 0.3))
            return False
        if kind == "garbage":
            self.wfile.write(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
            return False
        if kind == "cut":  # a status and the beginning of a body
            self.wfile.write(f"HTTP/1.1 {answer[0]} X\r\nX-Message-Id: cut\r\nContent-Length: 100\r\n\r\n{{".encode())
            return False
        self.reply(answer)
        return bool(kind != "close_after")

    def reply(self, reply: Reply) -> None:
        status, headers, body = reply
        lines = [
            f"HTTP/1.1 {status} X",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset_connection(self) -> bool:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()
        return False


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut on purpose is no news."""

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)


class FakeSendGrid:
    """The client of the fake's process, for tests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def control(self, what: str, value: Any = None) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"/_/{what}", json.dumps(value))
            state: dict[str, Any] = json.loads(connection.getresponse().read())
            return state
        finally:
            connection.close()

    def script(self, *faults: dict[str, Any]) -> None:
        self.control("faults", list(faults))

    @property
    def count(self) -> int:
        """How many messages were accepted."""
        return int(self.control("state")["count"])

    def list_messages_since(self, count: int) -> list[dict[str, Any]]:
        """Return the messages after the first `count`."""
        found: list[dict[str, Any]] = self.control("messages", count)["messages"]
        return found

    def wait_for_quiet(self, seconds: float = 10) -> None:
        """Wait until every request that was sent is answered or dropped; give up after so many seconds."""
        for _ in range(int(seconds / 0.02)):
            if self.control("state")["open"] == 1:  # this question's own
                return
            time.sleep(0.02)
        raise TimeoutError(f"the fake SendGrid is still busy after {seconds} s")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [request["body"] for request in self.control("requests")["requests"]]


@contextmanager
def run_fake_sendgrid(port: int) -> Iterator[FakeSendGrid]:
    """Run a new account on this port, in a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, str(port)])
    fake = FakeSendGrid(port)
    try:
        for _ in range(200):
            try:
                fake.control("state")
                break
            except OSError:
                time.sleep(0.02)
        yield fake
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    ConnectionHandler.account = Account()
    with Server(("127.0.0.1", int(sys.argv[1])), ConnectionHandler) as server:
        server.serve_forever()
