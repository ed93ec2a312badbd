"""Recipients a second through SendGrid's provider to a bare TLS sink on the same cores, beside the official client. JSON.

python dispatch.py PEOPLE              everything, as JSON lines
python dispatch.py run URL LIST FOLDER HOST     one dispatch, in a process of its own, for its memory
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sink import Sink, run_sink

from newsletter.campaigns import planning
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.model.edition import Edition, MergeTag
from newsletter.model.publication import Sender
from newsletter.model.subscribers import OptIn
from newsletter.personalization import merge_tags
from newsletter.providers.sendgrid.client import Account
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.storage import address_hash, database, dialects, schema
from newsletter.storage.campaigns import campaigns
from newsletter.storage.subscribers import lists

KEY = "a key of the bench, long enough"
NOW = 1_795_000_000_000
STAMP = database.PublicationIdentity("bench.example.org", address_hash.fingerprint(KEY))
LATENCY = 0.2
NAME = MergeTag("first_name", "vous")
HTML, TEXT = (merge_tags.placeholder(NAME, context) for context in ("h", "t"))
SPARE = 60_000
"""Letters of HTML."""


def edition(name: str) -> Edition:
    """Return an edition of 60 KB of HTML and 8 KB of text, with a name and an unsubscribe link."""
    base = "https://lettre.example.org/u/-nl.t.token~"
    html = f"<html><body><p>Bonjour {HTML},</p>{'<p>Une phrase de la lettre.</p>' * (SPARE // 31)}<a href='{base}'>Partir</a></body></html>"
    text = f"Bonjour {TEXT},\n\n{'Une phrase de la lettre. ' * 330}\n\n{base}\n"
    headers = (
        ("List-Unsubscribe", f"<{base}>, <mailto:bonjour@lettre.example.org?subject=unsubscribe%20-nl.t.token~>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    tags = (MergeTag("token"), NAME)
    sender = Sender("bonjour@lettre.example.org", "La Lettre")
    digest = name.encode().hex().ljust(64, "0")
    return Edition(name, name, "fr", sender, None, f"Le numéro {name}", "", html, text, headers, (), "", tags, digest)


def fill(url: str, sizes: dict[str, int]) -> None:
    """Insert people and lists directly; importing has its own bench."""
    store = database.open_store(url, STAMP, NOW)
    most = max(sizes.values())
    with store.write() as tx:
        numbers = {name: lists.get_or_create(tx, name, NOW, OptIn.SINGLE).id for name in sizes}
        columns = ("id", "email", "address_mac", "first_name", "created_at", "public_id")
        for start in range(1, most + 1, 50_000):
            ids = range(start, min(start + 50_000, most + 1))
            rows = [
                (n, f"person{n}@example{n % 300}.org", n.to_bytes(16), f"Prénom{n % 500}", NOW, n.to_bytes(16))
                for n in ids
            ]
            dialects.insert_many(tx, schema.subscriber, columns, rows, new=True)
            for name, size in sizes.items():
                on = [(numbers[name], n, "confirmed", NOW) for n in ids if n <= size]
                dialects.insert_many(
                    tx, schema.subscription, ("list_id", "subscriber_id", "status", "updated_at"), on, new=True
                )
    store.analyze()
    store.close()


def run(url: str, name: str, host: str) -> dict[str, Any]:
    """Plan and dispatch a campaign to one list, and return the figures."""
    from newsletter.campaigns.sending.submission_log import SubmissionLog  # not above: older programs have none
    from newsletter.storage.host_memory import Memory

    sys.setswitchinterval(float(os.environ.get("SWI", "0.005")))
    folder = Path(url.removeprefix("sqlite:///")).parent
    store = database.open_store(url, STAMP, NOW, Memory(folder / ".newsletter-memory"))
    store.recover()
    provider = SendGrid(Account("SG.bench", host))
    terms = planning.PlanOptions(provider.name, provider.caps.chunk_size)
    begun = time.perf_counter()
    planned = planning.plan(
        store, edition(name), planning.Audience(name.partition("-")[0]), terms, now=dt.datetime.now(dt.UTC)
    )
    frozen = time.perf_counter()
    dispatch(store, provider, planned.campaign, Worker(KEY, submissions=SubmissionLog(folder / "submissions")))
    taken = time.perf_counter() - frozen
    with store.read() as tx:
        accepted = campaigns.read_tally(tx, planned.campaign.id).accepted
    store.flush()
    store.close()
    return {
        "recipients": accepted,
        "per_second": round(accepted / taken),
        "freeze_s": round(frozen - begun, 2),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> int:
    """Return the peak memory of this process alone: `ru_maxrss` begins with that of the parent."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) // 1024


def run_child(url: str, name: str, sink: Sink) -> dict[str, Any]:
    before = sink.count()
    done = subprocess.run(
        [sys.executable, __file__, "run", url, name, sink.url],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    facts: dict[str, Any] = json.loads(done.stdout)
    assert sink.count() - before == facts["recipients"], (sink.count() - before, facts)
    return facts


def measure_official_client(sink: Sink, calls: int, people: int) -> float:
    """Return recipients per second of the official client, used as its README shows."""
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers import mail

    issue, client, begun = edition("peer"), SendGridAPIClient("SG.bench", sink.url), time.perf_counter()
    for call in range(calls):
        message = mail.Mail(from_email=mail.From(issue.sender.email, issue.sender.name), subject=mail.Subject(issue.subject),
                            plain_text_content=issue.text, html_content=issue.html)  # fmt: skip
        for number in range(people):
            personalization = mail.Personalization()
            token = f"{call * people + number:038x}"
            personalization.add_to(mail.To(f"person{number}@example{number % 300}.org"))
            for name, value in issue.headers:
                personalization.add_header(mail.Header(name, value.replace("-nl.t.token~", token)))
            for place, value in (("-nl.t.token~", token), (HTML, "Zoé"), (TEXT, "Zoé")):
                personalization.add_substitution(mail.Substitution(place, value))
            personalization.add_custom_arg(mail.CustomArg("nl_r", str(number)))
            message.add_personalization(personalization)
        client.send(message)
    return calls * people / (time.perf_counter() - begun)


def main(people: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'people.db'}"
        sizes = {
            "small": max(1000, people // 100),
            "middle": max(1000, people // 10),
            "large": people,
            "far": max(1000, people * 3 // 10),
        }
        fill(url, sizes)
        with run_sink(folder) as sink:
            small, middle = run_child(url, "small", sink), run_child(url, "middle", sink)
            helpers_before = measure_official_client(sink, 10, 1000)
            before = (folder / "people.db").stat().st_size
            large = run_child(url, "large", sink)
            grown = (folder / "people.db").stat().st_size - before
            helpers = (
                helpers_before + measure_official_client(sink, 10, 1000)
            ) / 2  # the machine's speed changes meanwhile
            single = measure_official_client(sink, 100, 1)
        with run_sink(folder, LATENCY) as sink:
            far = run_child(url, "far", sink)
            far_helpers = measure_official_client(sink, 10, 1000)
        costs = {
            size: 1e6 / found["per_second"] for size, found in (("small", small), ("middle", middle), ("large", large))
        }
        print(json.dumps({
            "near": large, "far": far, "growth_mb": round(grown / 1e6, 2), "small_peak_mb": small["peak_mb"],
            "us_per_recipient": {sizes[size]: round(cost, 2) for size, cost in costs.items()},
            "helpers_per_second": round(helpers), "single_per_second": round(single),
            "far_helpers_per_second": round(far_helpers),
        }))  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "run":
        print(json.dumps(run(*sys.argv[2:])))
    else:
        main(int(sys.argv[1]))
