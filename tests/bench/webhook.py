"""SendGrid's events a second, accepted and applied by `newsletter serve` on SQLite, beside the plainest ingester.

Four connections post signed bodies of a thousand events as fast as they are answered; a fifth leaves by one click all
the while. The end is when no post is waiting any more. The client shares the machine. JSON on stdout.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from serving import serve_publication

from newsletter.app import open_app
from newsletter.campaigns import planning
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.model.campaign import ChunkState, Claim, Part
from newsletter.model.delivery import attempt_name
from newsletter.model.edition import Edition
from newsletter.model.publication import Sender
from newsletter.personalization import tokens as tokens_
from newsletter.providers.sendgrid.webhook_events import SIGNATURE, TIMESTAMP
from newsletter.storage.campaigns import chunks
from newsletter.storage.campaigns.chunks import Claimant

PEOPLE, CHUNK = 100_000, 1000
POST = 1000
CONNECTIONS = 4
LEAVING_SECONDS = 0.02
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = "0123456789abcdef"
DOMAINS = ("gmail.com", "orange.fr", "hotmail.fr", "yahoo.fr", "laposte.net", "exemple.fr", "free.fr", "sfr.fr")
EDITION = Edition("bench", "bench", "fr", Sender("a@b.fr"), None, "Un", "", "<p>", "t", (), (), "", (), "d" * 64)
CLIENT = """
import json, sys, threading, time
from http.client import HTTPConnection
from pathlib import Path
port, folder = int(sys.argv[1]), Path(sys.argv[2])
waiting, lock = iter(sorted(folder.glob("*.json"))), threading.Lock()
taken = []
def work():
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        with lock:
            path = next(waiting, None)
        if path is None:
            return
        begun = time.perf_counter()
        connection.request("POST", "/webhooks/sendgrid", path.read_bytes(), json.loads(path.with_suffix(".head").read_text()))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 204, answer.status
        taken.append((time.perf_counter() - begun) * 1000)
threads = [threading.Thread(target=work) for _ in range(int(sys.argv[3]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(taken))
"""


def make_email(number: int) -> str:
    return f"lectrice.{number}@{DOMAINS[number % len(DOMAINS)]}"


def publish(folder: Path, public_key: str) -> str:
    """Create a publication with one accepted campaign, and return the key of its links."""
    create_publication(NewPublication(folder, "Bench", dt.date(2026, 11, 22)))
    rows = "".join(f"{make_email(number)}\n" for number in range(1, PEOPLE + 1))
    (folder / "tous.csv").write_text("email\n" + rows)
    command = [sys.executable, "-m", "newsletter", "subscribers", "import", "tous.csv", "--list", "tous"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    config = folder / "newsletter.toml"
    config.write_text(config.read_text() + f'\n[sendgrid]\nwebhook_key = "{public_key}"\n')
    app = open_app(folder, folder)
    store, now = app.store(), dt.datetime.now(dt.UTC)
    audience, terms = planning.Audience("tous"), planning.PlanOptions("sendgrid", CHUNK)
    campaign = planning.plan(store, EDITION, audience, terms, now=now).campaign
    moment = int(time.time() * 1000)
    for sequence in range(PEOPLE // CHUNK):
        with store.write() as tx:
            claim = chunks.claim(tx, campaign, sequence, Claimant("w", TOKEN, moment, moment + 1000))
            assert isinstance(claim, Claim)
            chunks.record(tx, claim, [Part(ChunkState.ACCEPTED)], [], moment)
    store.close()
    return app.settings.keys()[0]


def make_events() -> list[bytes]:
    """Return shuffled events: `processed` for all, `bounce` for one in a hundred, else `delivered`; a tenth is repeated."""
    chance, now, made = random.Random(1), int(time.time()), []
    for number in range(1, PEOPLE + 1):
        kinds = ("processed", "bounce" if number % 100 == 0 else "delivered")
        for place, kind in enumerate(kinds):
            report = make_event(number, kind, now + place * 3 + number // 20_000, chance)
            made.append((number + chance.randrange(5000), report))
            if chance.random() < 0.1:
                again = report | {"sg_event_id": base64.urlsafe_b64encode(chance.randbytes(24)).decode()}
                made.append((number + chance.randrange(20_000), again))
    return [orjson.dumps(report) for _, report in sorted(made, key=lambda pair: pair[0])]


def make_event(number: int, kind: str, at: int, chance: random.Random) -> dict[str, object]:
    facts: dict[str, object] = {
        "email": make_email(number), "event": kind, "timestamp": at, "nl_c": "1", "nl_r": str(number),
        "nl_a": attempt_name(1, (number - 1) // CHUNK, 1, TOKEN), "smtp-id": f"<{chance.randbytes(12).hex()}@ismtpd0042p1lon1>",
        "sg_event_id": base64.urlsafe_b64encode(chance.randbytes(24)).decode(),
        "sg_message_id": f"{number:014d}aBcDeFgH.recvd-5f9c8b7d6c-{number % 97:05d}-1-6565F0A2-{number % 1000}.0",
        "category": ["newsletter"],
    }  # fmt: skip
    if kind == "delivered":
        facts |= {"response": "250 2.0.0 OK  1700000000 ab12-cd34 - gsmtp", "ip": "168.245.1.1", "tls": 1}
    if kind == "bounce":
        facts |= {"type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address",
                  "reason": f"550 5.1.1 <{make_email(number)}>: Recipient address rejected: User unknown", "ip": "168.245.1.1"}  # fmt: skip
    return facts


def write_posts(folder: Path, key: ec.EllipticCurvePrivateKey) -> int:
    folder.mkdir()
    events = make_events()
    for place in range(0, len(events), POST):
        body, identity = b"[" + b",".join(events[place : place + POST]) + b"]", str(int(time.time()))
        signature = base64.b64encode(key.sign(identity.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        path = folder / f"{place:07d}.json"
        path.write_bytes(body)
        head = {SIGNATURE: signature, TIMESTAMP: identity, "Content-Type": "application/json"}
        path.with_suffix(".head").write_text(json.dumps(head))
    return len(events)


def leave_by_one_click(port: int, tokens: Iterator[str], taken: list[float], over: threading.Event) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    while not over.is_set():
        begun = time.perf_counter()
        connection.request("POST", f"/u/{next(tokens)}", ONE_CLICK, FORM)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        taken.append((time.perf_counter() - begun) * 1000)
        over.wait(LEAVING_SECONDS)


def count_waiting(database: Path) -> int:
    connection = sqlite3.connect(database, timeout=30)
    try:
        (left,) = connection.execute("SELECT count(*) FROM post").fetchone()
        return int(left)
    finally:
        connection.close()


def measure_ours(folder: Path, posts: Path, key: str, count: int) -> dict[str, float]:
    tokens = (tokens_.make_unsubscribe_signer(key, 1)(number) for number in range(PEOPLE, 0, -1))
    taken: list[float] = []
    over = threading.Event()
    with serve_publication(folder) as served:
        leaver = threading.Thread(target=leave_by_one_click, args=(served.port, tokens, taken, over))
        leaver.start()
        time.sleep(0.5)
        taken.clear()
        begun = time.perf_counter()
        client: list[str | Path] = [sys.executable, "-c", CLIENT, str(served.port), posts, str(CONNECTIONS)]
        posting = json.loads(subprocess.run(client, check=True, stdout=subprocess.PIPE).stdout)
        accepted = time.perf_counter() - begun
        while count_waiting(folder / "newsletter-events.db"):
            time.sleep(0.02)
        applied = time.perf_counter() - begun
        over.set()
        leaver.join()
    _require_truth(folder)
    return {
        "events": count,
        "accepted_per_second": round(count / accepted),
        "events_per_second": round(count / applied),
        "post_p50_ms": round(statistics.median(posting), 1),
        "post_slowest_ms": round(max(posting), 1),
        "leave_p50_ms": round(statistics.median(taken), 1),
        "leave_p99_ms": round(sorted(taken)[int(len(taken) * 0.99)], 1),
    }


def _require_truth(folder: Path) -> None:
    with sqlite3.connect(folder / "newsletter-events.db") as connection:
        figures = dict(connection.execute("SELECT flag, sum(people) FROM figure GROUP BY flag").fetchall())
    connection.close()
    assert figures == {1: PEOPLE, 4: PEOPLE - PEOPLE // 100, 16: PEOPLE // 100}, figures
    with sqlite3.connect(folder / "newsletter.db") as connection:
        (suppressed,) = connection.execute("SELECT count(*) FROM suppression").fetchone()
    connection.close()
    assert suppressed == PEOPLE // 100, suppressed


def measure_peer(folder: Path, posts: Path, count: int) -> float:
    """Return events per second of a plain program: parse each post, insert each event, one transaction per post."""
    connection = sqlite3.connect(folder / "peer.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, sg_event_id TEXT UNIQUE, sg_message_id TEXT, email TEXT, kind TEXT,"
        " at INTEGER, campaign TEXT, subscriber TEXT, reason TEXT)"
    )
    names = ("sg_event_id", "sg_message_id", "email", "event", "timestamp", "nl_c", "nl_r", "reason")
    begun = time.perf_counter()
    for path in sorted(posts.glob("*.json")):
        connection.execute("BEGIN IMMEDIATE")
        for report in json.loads(path.read_bytes()):
            connection.execute(
                "INSERT OR IGNORE INTO event (sg_event_id, sg_message_id, email, kind, at, campaign, subscriber, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [report.get(name) for name in names],
            )
        connection.execute("COMMIT")
    taken = time.perf_counter() - begun
    connection.close()
    return count / taken


def main() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_posts(folder / "posts", key)
        links_key = publish(folder / "bench", base64.b64encode(key.public_key().public_bytes(*form)).decode())
        facts = measure_ours(folder / "bench", folder / "posts", links_key, count)
        facts["peer_per_second"] = round(measure_peer(folder, folder / "posts", count))
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
