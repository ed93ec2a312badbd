"""Subscribers as operators meet them: the real command, killed, crowded, locked out, with a full disk."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import commands
import pytest
from commands import DEVNULL, PIPE, Program
from project import Project
from queries import show_subscriber

KILLED = Path(__file__).with_name("killed.py")
PEOPLE = 1030
IMPORT = ("subscribers", "import", "tous.csv", "--list", "tous", "--tag", "presse")


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, project: Project) -> Project:
    """A publication on either database, with a file of people to take in."""
    if request.param == "postgresql":
        new: Callable[[], str] = request.getfixturevalue("postgres")
        with (project.folder / ".env").open("a") as env:
            env.write(f"NEWSLETTER_DATABASE_URL={new()}\n")
    rows = "".join(f"p{number}@exemple.fr,P{number},{number % 7}\n" for number in range(PEOPLE))
    (project.folder / "tous.csv").write_text("email,prenom,groupe\n" + rows)
    if request.param == "postgresql":  # the template's stamp is the tests' own
        delete_publication_row(project)
    return project


def delete_publication_row(project: Project) -> None:
    import psycopg

    (line,) = (line for line in (project.folder / ".env").read_text().split("\n") if "DATABASE_URL" in line)
    with psycopg.connect(line.split("=", 1)[1]) as connection:
        connection.execute("DELETE FROM publication")


def export_subscribers(project: Project) -> list[tuple[str, ...]]:
    """Export every subscriber, without the values that depend on chance and on the clock."""
    text = project.run("subscribers", "export", "--format", "csv").stdout
    kept = ("email", "first_name", "tags", "lists", "attributes")
    return sorted(tuple(row[name] for name in kept) for row in csv.DictReader(io.StringIO(text)))


EXPECTED = sorted(
    (f"p{number}@exemple.fr", f"P{number}", "presse", "tous=confirmed", f'{{"groupe":{number % 7}}}')
    for number in range(PEOPLE)
)


def make_killed_import(point: str, count: int) -> Program:
    """Make an import in batches of 100 that is killed at a point."""
    return Program((point, str(count), "--", *IMPORT), script=str(KILLED))


def count_journal_entries(project: Project) -> int:
    text = project.run("subscribers", "export", "--format", "jsonl").stdout
    return sum(len(json.loads(line).get("journal", ())) for line in text.splitlines())


@pytest.mark.parametrize(("point", "count"), [("taken", 1), ("taken", 11), ("imported", 1), ("imported", 5)])
def test_an_import_killed_at_a_point_and_repeated_stores_everybody_once(crowd: Project, point: str, count: int) -> None:
    child = commands.run(make_killed_import(point, count), cwd=crowd.folder)
    assert child.returncode == -signal.SIGKILL, child.stderr
    before = export_subscribers(crowd)
    assert len(before) == (100 * count if point == "imported" else 100 * (count - 1))
    again = crowd.run(*IMPORT, "--format", "json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["added"] == PEOPLE - len(before)
    assert export_subscribers(crowd) == EXPECTED
    assert count_journal_entries(crowd) == PEOPLE


def test_an_import_killed_at_random_times_stores_everybody_once(crowd: Project) -> None:
    dice = random.Random(20261126)
    for _ in range(4):
        child = commands.start(make_killed_import("never", 1), cwd=crowd.folder, stdout=DEVNULL, stderr=DEVNULL)
        time.sleep(dice.uniform(0.05, 0.6))  # anywhere in its work: the point is that it does not matter where
        child.kill()
        child.wait()
    assert crowd.run(*IMPORT).returncode == 0
    assert export_subscribers(crowd) == EXPECTED
    assert count_journal_entries(crowd) == PEOPLE


def test_three_imports_at_once_store_everybody_once(crowd: Project) -> None:
    children = [crowd.start(*IMPORT, "--format", "json", stdout=PIPE, stderr=PIPE) for _ in range(3)]
    outcomes = [(child.communicate(timeout=120), child.returncode) for child in children]
    assert [code for _, code in outcomes] == [0, 0, 0], outcomes
    assert sum(json.loads(out)["added"] for (out, _), _ in outcomes) == PEOPLE
    assert export_subscribers(crowd) == EXPECTED
    assert count_journal_entries(crowd) == PEOPLE


def test_a_campaign_goes_out_on_either_database(crowd: Project) -> None:
    crowd.run(*IMPORT)
    crowd.run("subscribers", "remove", "p1@exemple.fr")
    sent = crowd.run("send", "bienvenue", "--list", "tous", "--segment", "groupe < 2", "--yes", "--format", "json")
    assert sent.returncode == 0, sent.stderr
    facts = json.loads(sent.stdout)
    assert (facts["recipients"], facts["accepted"]) == (294, 294)
    shown = show_subscriber(crowd, "p0@exemple.fr")
    assert [campaign["state"] for campaign in shown["campaigns"]] == ["accepted"]
    again = crowd.run("send", "bienvenue", "--list", "tous", "--yes")
    assert again.returncode == 3


def test_an_import_waits_for_another_writer(project: Project) -> None:
    (project.folder / "tous.csv").write_text("email\na@exemple.fr\n")
    project.run("db", "upgrade")
    holder = sqlite3.connect(project.folder / "newsletter.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(2, lambda: holder.execute("ROLLBACK"))
    release.start()
    done = project.run(*IMPORT)
    release.join()
    holder.close()
    assert done.returncode == 0, done.stderr


def run_with_file_limit(project: Project, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose files may not grow beyond `limit` bytes, as on a full disk."""

    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return subprocess.run(
        [sys.executable, "-m", "newsletter", *arguments],
        cwd=project.folder, env=dict(os.environ), capture_output=True, text=True, check=False, preexec_fn=set_limit,
    )  # fmt: skip


def test_an_import_on_a_full_disk_is_reported_and_can_be_repeated(project: Project) -> None:
    rows = "".join(f"p{number}@exemple.fr,P{number}\n" for number in range(30_000))
    (project.folder / "tous.csv").write_text("email,prenom\n" + rows)
    project.run("db", "upgrade")
    full = run_with_file_limit(project, 1_500_000, *IMPORT)
    assert full.returncode in {2, 3}
    assert "Traceback" not in full.stderr
    assert "relancez la même commande" in full.stderr
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    done = project.run(*IMPORT, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert project.run("segments", "count", 'list = "tous"').stdout == "30000\n"


def test_a_missing_or_changed_suppression_key_is_refused(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    env = project.folder / ".env"
    text = env.read_text()
    env.write_text("\n".join(line for line in text.split("\n") if "SUPPRESSION" not in line))
    missing = project.run("subscribers", "list")
    assert (missing.returncode, "suppression_key" in missing.stderr) == (2, True)
    assert project.run("init", ".").returncode == 0  # it would make a new one
    other = project.run("subscribers", "remove", "camille.martin@example.org")
    assert (other.returncode, "suppression_key" in other.stderr) == (3, True)
    env.write_text(text)
    assert project.run("subscribers", "list").returncode == 0


def test_an_unreachable_database_server_is_reported(project: Project, tmp_path: Path) -> None:
    url = f"postgresql://nobody@/x?host={tmp_path}"
    told = project.run("subscribers", "list", NEWSLETTER_DATABASE_URL=url)
    assert (told.returncode, "Traceback" in told.stderr) == (3, False)
    assert "base de données ne répond pas" in told.stderr


def test_an_export_file_is_complete_and_private_and_never_overwritten(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    assert project.run("subscribers", "export", "tout.jsonl").returncode == 0
    path = project.folder / "tout.jsonl"
    assert (path.stat().st_mode & 0o777, len(path.read_text().splitlines())) == (0o600, 4)
    assert project.run("subscribers", "export", "tout.jsonl").returncode == 3


def read_json(project: Project, *arguments: str) -> Any:
    done = project.run(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_subscriber_command_works_in_one_session(project: Project) -> None:
    """Run every command once, and check what it prints."""
    run = project.run
    (project.folder / "gens.csv").write_text("Courriel;Prénom;Ville\na@exemple.fr;Ana;Lyon\nfaux;X;\n")
    taken = run("subscribers", "import", "gens.csv", "--list", "tous", "--consent", "Oui.")
    assert (taken.returncode, taken.stdout.count("gens.csv:3:")) == (1, 1)
    assert "gens.rejects.csv" in taken.stderr
    assert run("subscribers", "add", "b@exemple.fr", "--list", "tous", "--attribute", "points=3").returncode == 0
    assert run("subscribers", "edit", "b@exemple.fr", "--email", "c@exemple.fr", "--first-name", "Bob").returncode == 0
    assert "1 personne étiquetée" in run("subscribers", "tag", "vip", "--where", "points >= 3").stderr
    assert run("subscribers", "tag", "vip", "d@exemple.fr").returncode == 2
    assert run("segments", "save", "vips", 'tag = "vip"').returncode == 0
    assert read_json(project, "segments", "show") == {"vips": 'tag = "vip"'}
    assert run("segments", "count", "vips").stdout == "1\n"
    assert [person["email"] for person in read_json(project, "subscribers", "list", "--where", "vips")] == [
        "c@exemple.fr"
    ]
    assert "Bob  tous (abonné)  #vip" in run("subscribers", "list").stdout
    shown = run("subscribers", "show", "a@exemple.fr").stdout
    assert "gens.csv:2 · « Oui. »" in shown
    assert run("subscribers", "remove", "a@exemple.fr", "--list", "tous").returncode == 0
    assert read_json(project, "subscribers", "stats")["lists"][0]["counts"] == {"confirmed": 1, "unsubscribed": 1}
    assert "1 abonné" in run("subscribers", "stats").stdout
    assert run("lists", "add", "club", "--double-opt-in").returncode == 0
    assert "tous  inscription simple  1 abonné, 1 désabonné" in run("lists", "show").stdout
    assert run("subscribers", "forget", "a@exemple.fr").returncode == 3  # nobody is there to confirm
    assert run("subscribers", "forget", "a@exemple.fr", "--yes").returncode == 0
    assert run("subscribers", "show", "a@exemple.fr").returncode == 2
    assert run("subscribers", "prune", "--inactive", "3y", "--dry-run").returncode == 0
    assert run("segments", "drop", "vips").returncode == 0
    wrong = run("segments", "count", "ville = Lyon")
    assert (wrong.returncode, wrong.stderr.split("\n")[2]) == (2, " " * 8 + "^")
    assert run("db", "backup", "copie.db").returncode == 0
    assert "Traceback" not in "".join(run("subscribers", name, "--help").stderr for name in ("import", "prune"))


def test_an_import_explains_its_columns_and_groups_refused_rows(project: Project) -> None:
    rows = "".join(f"faux{number};X;\n" for number in range(30))
    (project.folder / "gens.csv").write_text(
        f"Courriel;Prénom;Inscrit le\na@exemple.fr;Ana;01/02/2024\n{rows};Z;hier\n"
    )
    for option in ("--dry-run", "--lang=fr"):
        taken = project.run("subscribers", "import", "gens.csv", "--list", "tous", option)
        output = taken.stderr.replace("\u00a0", " ")
        assert taken.returncode == 1
        assert output.startswith("Colonnes de gens.csv :\n  Courriel → adresse\n  Prénom → prénom\n")
        assert "  Inscrit le → date d’inscription (jour/mois/année)\n" in output
        assert "« 01/02/2024 » commence par le jour ou par le mois" in output
        assert [line.split(":")[1] for line in taken.stdout.splitlines()] == ["3", "4", "5", "6", "7", "33"]
        assert "… et 25 autres lignes refusées pour la même raison : 8, 9, " in output
    assert (project.folder / "gens.rejects.csv").read_text().count("il n’y a pas de @") == 30


def test_an_opt_out_column_stops_an_import_and_a_wrong_segment_lists_the_saved_ones(project: Project) -> None:
    (project.folder / "c.csv").write_text("email,ville,email_opt_out\na@exemple.fr,Lyon,oui\nb@exemple.fr,Paris,non\n")
    refused = project.run("subscribers", "import", "c.csv", "--list", "tous")
    assert (refused.returncode, '--map "email_opt_out="' in refused.stderr) == (2, True)
    assert project.run("subscribers", "import", "c.csv", "--list", "tous", "--map", "email_opt_out=").returncode == 0
    assert project.run("segments", "save", "lyon", 'ville = "Lyon"').returncode == 0
    unknown = project.run("send", "bienvenue", "--list", "tous", "--segment", "lyonn", "--yes")
    assert (unknown.returncode, "Segments : lyon" in unknown.stderr.replace("\u00a0", " ")) == (2, True)
    wrong = project.run("send", "bienvenue", "--list", "tous", "--segment", 'vile != "Lyon"', "--yes")
    assert (wrong.returncode, "ville" in wrong.stderr) == (2, True)
    nobody = project.run("send", "bienvenue", "--list", "tous", "--segment", 'ville = "Nulle"', "--yes")
    assert (nobody.returncode, "aucun des 2 abonnés confirmés" in nobody.stderr) == (3, True)
    assert list((project.folder / "outbox").rglob("*.eml")) == []


def test_an_operator_unblocks_bounced_addresses(project: Project) -> None:
    (project.folder / "c.csv").write_text("email\na@orange.fr\nb@free.fr\n")
    (project.folder / "suppression_bounces.csv").write_text(
        "email,created\na@orange.fr,1790083507\nb@free.fr,1790083507\n"
    )
    project.run("subscribers", "import", "c.csv", "--list", "tous")
    project.run("subscribers", "import", "suppression_bounces.csv")
    assert project.run("subscribers", "unblock", "--reason", "complaint").returncode == 2
    counted = project.run("subscribers", "unblock", "--domain", "orange.fr", "--dry-run")
    assert (counted.returncode, "1 personne bloquée peut être débloquée" in counted.stderr) == (0, True)
    assert project.run("subscribers", "unblock", "--domain", "orange.fr").returncode == 3  # nobody is there to confirm
    done = project.run("subscribers", "unblock", "--domain", "orange.fr", "--yes")
    assert "1 personne débloquée" in done.stderr
    assert "débloqué par l’opérateur" in project.run("subscribers", "show", "a@orange.fr").stdout
    assert read_json(project, "subscribers", "show", "b@free.fr")["suppressed"] == "bounce"
