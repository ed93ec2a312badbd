"""Send an issue without images to the outbox, and print rate and peak memory."""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sys
import time
from pathlib import Path

from newsletter.app import open_app
from newsletter.campaigns import planning
from newsletter.campaigns.sending import Worker, dispatch
from newsletter.content import issue_files
from newsletter.content.reader import read
from newsletter.editorial.new_publication import NewPublication, create_publication
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert
from newsletter.rendering.compose import compose
from newsletter.storage import database
from newsletter.storage.campaigns import campaigns
from newsletter.storage.subscribers import lists, upsert

folder, people = Path(sys.argv[1]), int(sys.argv[2])


def main() -> None:
    create_publication(NewPublication(folder, "Banc", dt.date(2026, 11, 22)))
    app = open_app(folder, folder)
    store = app.store()
    enlist(store)
    path = issue_files.find(app.issues, "bienvenue")
    path.write_text(
        "\n".join(line for line in path.read_text("utf-8").split("\n") if "ouverture.jpg" not in line), "utf-8"
    )
    edition = compose(read(path, app.publication), app.theme(), app.publication)
    planned = planning.plan(
        store, edition, planning.Audience("tous"), planning.PlanOptions("outbox"), now=dt.datetime.now(dt.UTC)
    )
    start = time.perf_counter()
    dispatch(store, app.provider(), planned.campaign, Worker(app.settings.keys()[0]))
    taken = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with store.read() as tx:
        assert campaigns.read_tally(tx, planned.campaign.id).accepted == people
    body = next((folder / "outbox").rglob("*.eml")).read_bytes()
    floor = measure_plainest_loop(body)
    print(json.dumps({
        "people": people, "per_second": round(people / taken), "floor_per_second": round(people / floor),
        "message_bytes": len(body), "peak_mb": round(peak),
    }))  # fmt: skip


def enlist(store: database.Store) -> None:
    with store.write() as tx:
        target = {lists.get_or_create(tx, "tous", 1).id: Status.CONFIRMED}
        everybody = [
            SubscriberUpsert(f"p{n}@exemple.fr", n.to_bytes(8), f"Prénom{n}", subscriptions=target)
            for n in range(people)
        ]
        upsert.upsert_subscribers(tx, everybody, Provenance(Method.IMPORT), 1)


def measure_plainest_loop(body: bytes) -> float:
    """Return the seconds for only writing and renaming the same bytes."""
    (folder / "floor").mkdir()
    start = time.perf_counter()
    for number in range(people):
        name = f"{folder}/floor/{number:07d}.eml"
        with open(name + ".tmp", "wb", buffering=0) as file:  # noqa: PTH123 - the plainest
            file.write(body)
        os.replace(name + ".tmp", name)  # noqa: PTH105 - the plainest
    return time.perf_counter() - start


main()
