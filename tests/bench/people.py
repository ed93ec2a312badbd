"""A million people on one database: import, planning, counts, segments. Prints a JSON line.

python people.py DATABASE_URL PEOPLE
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from newsletter.campaigns import planning
from newsletter.model.edition import Edition
from newsletter.model.publication import Sender
from newsletter.model.subscribers import Suppression, SuppressionReason
from newsletter.storage import address_hash, database
from newsletter.storage.campaigns import audience as audience_
from newsletter.storage.subscribers import lists, records, segments, subscribers
from newsletter.subscribers import selection
from newsletter.subscribers.importing.importer import import_file
from newsletter.subscribers.importing.options import ImportCallbacks, ImportOptions

KEY, NOW = "a key of the bench", 1_795_000_000_000
EDITION = Edition("issue-1", "un", "fr", Sender("a@b.fr"), None, "Un", "", "<p>", "t", (), (), "", (), "d" * 64)
PLAIN = "SELECT s.id, s.email FROM subscription AS u JOIN subscriber AS s ON s.id = u.subscriber_id ORDER BY s.id"
DOMAINS = ["gmail.com", "orange.fr", "free.fr", "hotmail.fr", "laposte.net", *(f"maison{n}.fr" for n in range(500))]


def main() -> None:
    url, people = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_people(path, people)
        floor = measure_plainest_loop(path, url, Path(folder))
        store = database.open_store(url, database.PublicationIdentity("x.y", address_hash.fingerprint(KEY)), NOW)
        taken = measure(
            lambda: import_file(
                store, ImportOptions(path, "tous", words="Oui."), ImportCallbacks(KEY, NOW, lambda code, _: code)
            )
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        facts = {
            "people": people,
            "rows_per_second": round(people / taken),
            "floor_rows_per_second": round(people / floor),
        }
        print(json.dumps({**facts, "peak_mb": round(peak), **measure_looks(store)}))
        store.close()


def write_people(path: Path, people: int) -> None:
    dice = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,prenom,nom,ville\n")
        for number in range(people):
            name = f"{'Jean' if number % 3 else 'jeanne'}.{dice.randrange(10**9)}{number}@{dice.choice(DOMAINS)}"
            file.write(f"{name},Prénom{number % 1000},Nom{number % 5000},Ville{number % 50}\n")


def measure(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure_plainest_loop(path: Path, url: str, folder: Path) -> float:
    """Return the seconds of the plainest import: read, validate and insert every row into one table with one index."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(folder / "floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        mark = "?"
    else:
        import psycopg

        connection = psycopg.connect(url, autocommit=True)
        mark = "%s"
    connection.execute("CREATE TABLE floor (email text UNIQUE, prenom text, nom text, ville text)")
    statement = f"INSERT INTO floor VALUES ({mark}, {mark}, {mark}, {mark}) ON CONFLICT DO NOTHING"
    taken = measure(lambda: fill(connection.cursor(), statement, path))
    connection.execute("DROP TABLE floor")
    connection.close()
    return taken


def fill(cursor: Any, statement: str, path: Path, batch: int = 10_000) -> None:
    from email_validator import validate_email

    rows: list[list[str]] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if row[0] != "email":
                row[0] = validate_email(row[0], check_deliverability=False).normalized.lower()
                rows.append(row)
            if len(rows) == batch:
                flush(cursor, statement, rows)
    flush(cursor, statement, rows)


def flush(cursor: Any, statement: str, rows: list[list[str]]) -> None:
    cursor.execute("BEGIN")
    cursor.executemany(statement, rows)
    cursor.execute("COMMIT")
    rows.clear()


def measure_looks(store: database.Store) -> dict[str, Any]:
    """Return the times of what an operator looks at; one person in fifty is suppressed first."""
    suppress(store)
    moment = dt.datetime.fromtimestamp(NOW / 1000, dt.UTC)
    audience = planning.Audience("tous")
    freeze = measure(lambda: planning.plan(store, EDITION, audience, planning.PlanOptions("outbox", 1000), now=moment))

    def measure_look(function: Callable[[Any], object]) -> float:
        def once() -> None:
            with store.read() as tx:
                function(tx)

        return round(statistics.median(measure(once) for _ in range(5)) * 1000, 1)

    with store.read() as tx:
        by_attribute = selection.build_condition(tx, 'ville = "Ville7" and first_name ~ "7"', dt.UTC)
        target = lists.list_all(tx)[0].id
        plain = measure_look(lambda tx: tx.exec_driver_sql(PLAIN).fetchall())
    return {
        "freeze_s": round(freeze, 2),
        "plain_fetch_s": round(plain / 1000, 2),
        "counts_ms": measure_look(lists.list_all),
        "size_ms": measure_look(lists.count_people),
        "first_page_ms": measure_look(
            lambda tx: records.list_records(tx, records.list_next_ids(tx, segments.everybody(), 0, 20))
        ),
        "one_person_ms": measure_look(lambda tx: records.list_records(tx, [4321], with_journal=True)),
        "segment_s": round(measure_look(lambda tx: segments.count(tx, by_attribute)) / 1000, 2),
        "audience_count_s": round(
            measure_look(lambda tx: audience_.count_by_status(tx, target, segments.everybody())) / 1000, 2
        ),
    }


def suppress(store: database.Store) -> None:
    bounced = Suppression(SuppressionReason.BOUNCE, NOW)
    with store.write() as tx:
        ids = records.list_next_ids(tx, segments.everybody(), 0, 20_000)
        people = records.list_records(tx, ids[::2])
        subscribers.suppress_many(tx, {address_hash.address_mac(KEY, record.email): bounced for record in people})


main()
