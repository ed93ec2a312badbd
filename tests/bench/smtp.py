"""Messages of 50 KB a second through `Smtp`, to a sink in a process of its own, beside what usual code does.

The peer is smtplib over one connection that it keeps, with an EmailMessage built for each recipient. The sink takes
whatever it is given and counts to whom it was: everybody must have got it once. JSON on stdout.

python smtp.py            runs it
python smtp.py PORT       is the sink
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import resource
import smtplib
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import uvloop
from serving import free_port

from newsletter.model.delivery import Accepted, Attempt, Recipient
from newsletter.model.edition import Edition, MergeTag
from newsletter.model.publication import Sender
from newsletter.personalization import merge_tags
from newsletter.providers.smtp.connection import Relay
from newsletter.providers.smtp.provider import Smtp

THREADS = 3
"""Two cores, one of them the sink's, are not made faster by more; a relay far away is."""
MESSAGES = 4_000
ROUNDS = 5
PEER_MESSAGES = 150
SENDER = "lettre@exemple.fr"
GREETING = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 0\r\n"


class Sink(asyncio.Protocol):
    """Accept every command; read only the envelope and the final dot."""

    def __init__(self, got: Counter[bytes]) -> None:
        self._got, self._buffer, self._tail, self._in_message, self._to = got, b"", b"", False, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        if self._in_message:
            self._tail = self._tail[-5:] + data[-5:]
            if self._tail.endswith(b"\r\n.\r\n"):
                self._got[self._to] += 1
                self._in_message = False
                self._transport.write(b"250 2.0.0 Ok\r\n")
            return
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        self._transport.write(b"".join(map(self._answer, lines)))

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        match verb:
            case b"EHLO":
                return GREETING
            case b"RCPT":
                self._to = line[9 : line.index(b">")]
            case b"DATA":
                self._in_message, self._tail = True, b"\r\n"
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 bye\r\n"
            case b"NOOP":  # how many there were, how many of them twice
                return b"250 %d %d\r\n" % (self._got.total(), self._got.total() - len(self._got))
            case _:
                return b"250 2.1.0 Ok\r\n"
        return b"250 2.1.5 Ok\r\n"


def serve_sink(port: int) -> None:
    async def run() -> None:
        got = Counter[bytes]()
        server = await asyncio.get_running_loop().create_server(lambda: Sink(got), "127.0.0.1", port)
        await server.serve_forever()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


@contextmanager
def start_sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, str(port)])
    try:
        for _ in range(200):
            try:
                read_counts(port)
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def read_counts(port: int) -> tuple[int, int]:
    """Return the number of messages of the sink, and how many were repeated."""
    with smtplib.SMTP("127.0.0.1", port, "bench", timeout=10) as client:
        _, said = client.noop()
    total, twice = map(int, said.split())
    return total, twice


def edition() -> Edition:
    """Return an edition of 50 KB as sent, with personal parts in text and HTML."""
    name, token = (merge_tags.placeholder(MergeTag(tag), "h") for tag in ("first_name", "token"))
    line = "<p>On y vient le soir, quand la lampe est allumée, pour réparer une roue, une chaise ou une page.</p>\n"
    link = f'<p><a href="https://lettre.exemple.fr/u/{token}">Se désabonner</a></p>\n'
    html = "<html><body><p>Bonjour " + name + ",</p>\n" + line * 370 + link + "</body></html>\n"
    text = f"Bonjour {merge_tags.placeholder(MergeTag('first_name'), 't')},\n\n" + re.sub("<[^>]+>", "", line) * 40
    headers = (("List-Id", "<lettre.exemple.fr>"), ("List-Unsubscribe", f"<https://lettre.exemple.fr/u/{token}>"))
    tags = (MergeTag("first_name"), MergeTag("token"))
    facts = ("0" * 16, "banc", "fr", Sender(SENDER, "La Lettre"), None, "Le numéro du banc", "")
    return Edition(*facts, html, text, headers, (), "https://lettre.exemple.fr/i/", tags, "0" * 64)


def make_recipient(made: Edition, number: int, base: int) -> Recipient:
    facts = {"first_name": f"Prénom{number}", "token": f"{number:040d}"}
    return Recipient(
        number,
        f"p{base + number}@exemple.fr",
        f"<{number}@exemple.fr>",
        merge_tags.placeholder_values(made.tags, facts),
    )


def measure_ours(port: int, made: Edition, base: int) -> float:
    """Return messages per second, built and sent."""
    provider = Smtp(Relay("127.0.0.1", port, security="none", hello="bench"))
    attempt = Attempt(1, 0, 1, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    people = [make_recipient(made, number, base) for number in range(MESSAGES)]

    def send_messages(mine: Sequence[Recipient]) -> int:
        return sum(
            isinstance(provider.submit(provider.build(made, [recipient], attempt)), Accepted) for recipient in mine
        )

    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        accepted = sum(threads.map(send_messages, [people[first::THREADS] for first in range(THREADS)]))
    seconds = time.perf_counter() - begun
    provider.close()
    assert accepted == MESSAGES, accepted
    return MESSAGES / seconds


def measure_peer(port: int, made: Edition, base: int) -> float:
    """Return messages per second of smtplib: one connection, a new message for each recipient."""
    people = [make_recipient(made, number, base) for number in range(PEER_MESSAGES)]
    begun = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, "bench", timeout=60) as client:
        for recipient in people:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = (
                "La Lettre <lettre@exemple.fr>",
                recipient.email,
                made.subject,
            )
            message["Message-ID"], message["Date"] = recipient.message_id, dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
            for name, value in made.headers:
                message[name] = merge_tags.fill(value, recipient.values)
            message.set_content(merge_tags.fill(made.text, recipient.values))
            message.add_alternative(merge_tags.fill(made.html, recipient.values), subtype="html")
            client.send_message(message)
    return PEER_MESSAGES / (time.perf_counter() - begun)


def main() -> None:
    made = edition()
    size = len(
        Smtp(Relay("", 0)).build(made, [make_recipient(made, 1, 0)], Attempt(1, 0, 1, dt.datetime.now(dt.UTC))).body
    )
    rates: dict[Callable[[int, Edition, int], float], list[float]] = {measure_ours: [], measure_peer: []}
    with start_sink() as port:
        measure_ours(port, made, 0)  # warm
        for number in range(1, ROUNDS + 1):  # in turn, so that whatever the machine does hits both
            rates[measure_ours].append(measure_ours(port, made, number * 1_000_000))
            rates[measure_peer].append(measure_peer(port, made, number * 1_000_000 + 500_000))
        total, twice = read_counts(port)
    assert (total, twice) == (MESSAGES * (ROUNDS + 1) + PEER_MESSAGES * ROUNDS, 0), (total, twice)
    print(json.dumps({
        "message_bytes": size, "per_second": round(statistics.median(rates[measure_ours])),
        "peer_per_second": round(statistics.median(rates[measure_peer])), "counted_once_each": total,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }))  # fmt: skip


if __name__ == "__main__":
    serve_sink(int(sys.argv[1])) if sys.argv[1:] else main()
