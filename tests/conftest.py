"""Fixtures for all tests: a publication, databases, subscribers, and an issue without findings."""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import quick_database
import scratch
from identity import IDENTITY, KEY, NOW
from PIL import Image
from project import Project

from newsletter.editorial.new_publication import NewPublication, bundled_templates, create_publication
from newsletter.model.publication import Publication, Sender
from newsletter.model.subscribers import Method, Provenance, Status, SubscriberUpsert
from newsletter.rendering import theme
from newsletter.rendering.theme import Theme
from newsletter.storage import address_hash, database as database_
from newsletter.storage.database import Store
from newsletter.storage.subscribers import lists, subscribers, upsert

TESTS = Path(__file__).parent
VALID = """\
---
objet: "Réseaux sociaux : la bataille du bouton"
apercu: Twitter rachète CardSpring, Facebook teste l’achat intégré.
date: 2014-07-21
auteur: Yvan Dupuy
id: 1f2e3d4c5b6a7988
---

![Une main tient un téléphone](hero.jpg)

Crédit : Mark König / Unsplash

Chères lectrices, chers lecteurs,

Alors que le marché de l’e-pub continue sa progression, deux réseaux veulent leur part du gâteau.

## La suite d’un long processus

On apprenait mercredi que [Twitter](https://twitter.com) rachetait CardSpring, une start-up.

Comment les réseaux vont-ils sécuriser ces micro-transactions ?

Yvan Dupuy
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder and by what they need, so that `-m` can choose; begin with those that mostly wait."""
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in {"browser", "e2e"}:
            item.add_marker(folder)
        if "postgres" in getattr(item, "fixturenames", ()) or "postgresql" in item.name:
            item.add_marker("postgres")
        if folder in {"browser", "e2e", "property", "simulate", "contract"}:
            item.add_marker("slow")


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are processors: many tests wait for a server or for the clock."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    scratch.use_memory()
    quick_database.install()


def pytest_collection_finish() -> None:
    """Exclude the thousands of collected tests from later garbage collections."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the golden editions anew")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail skipped tests in CI: `.ci/run` installs everything that a test needs."""
    report = yield
    if os.environ.get("TESTS_SKIP_NOTHING") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI nothing may be: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NEWSLETTER_") or name == "PYTHONDONTWRITEBYTECODE":  # a child would compile everything anew
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANGUAGE", "en")  # which every command that runs in this process changes


@pytest.fixture(scope="session")
def publication() -> Publication:
    return Publication(
        name="La Lettre",
        sender=Sender("bonjour@lettre.example.org", "La Lettre"),
        reply_to=Sender("redaction@lettre.example.org"),
        list_id="lettre.example.org",
        base_url="https://lettre.example.org",
        unsubscribe_mailto="redaction@lettre.example.org",
        postal_address="12 rue des Presses, 69001 Lyon",
        legal_notice="",
        language="fr",
        timezone="Europe/Paris",
        salutation="Chères lectrices, chers lecteurs,",
        typography="normal",
        theme={"name": "default"},
    )


@pytest.fixture(scope="session")
def default_theme() -> Theme:
    return theme.load(Path(str(bundled_templates())), {"name": "default"})


@pytest.fixture
def valid() -> str:
    """The text of an issue without findings."""
    return VALID


@pytest.fixture
def write_issue(tmp_path: Path) -> Callable[..., Path]:
    """Write `issues/<folder>/index.md` with its opening image, and return its path."""

    def write(text: str | bytes = VALID, folder: str = "2014-07-21-reseaux") -> Path:
        path = tmp_path / "issues" / folder / "index.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        Image.new("RGB", (1600, 900), "teal").save(path.parent / "hero.jpg")
        return path

    return write


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, which holds a migrated database."""
    import postgresql

    if postgresql.find_programs() is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt install postgresql)")
    with postgresql.run_server() as server:
        database_.open_store(postgresql.create_database(server, "migrated"), IDENTITY, NOW).close()
        yield server


@pytest.fixture
def postgres(postgresql_server: str) -> Iterator[Callable[[], str]]:
    """Create a migrated PostgreSQL database and return its address; it is dropped when the test ends."""
    import postgresql

    names: list[str] = []

    def create() -> str:
        names.append(f"t{secrets.token_hex(6)}")
        return postgresql.create_database(postgresql_server, names[-1], "migrated")

    yield create
    for name in names:
        postgresql.drop_database(postgresql_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: first SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'newsletter.db'}"
    new: Callable[[], str] = request.getfixturevalue("postgres")
    return new()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty database, open."""
    opened = database_.open_store(database, IDENTITY, NOW)
    yield opened
    opened.close()


@pytest.fixture
def enlist() -> Callable[..., list[int]]:
    """Subscribe people to a list and return their ids."""

    def put(store: Store, *emails: str, list_name: str = "tous") -> list[int]:
        with store.write() as tx:
            target = lists.get_or_create(tx, list_name, NOW).id
            people = [
                SubscriberUpsert(
                    email,
                    address_hash.address_mac(KEY, email),
                    email.split("@")[0],
                    subscriptions={target: Status.CONFIRMED},
                )
                for email in emails
            ]
            upsert.upsert_subscribers(tx, people, Provenance(Method.IMPORT), NOW)
        with store.read() as tx:
            return [person.id for email in emails if (person := subscribers.find_by_email(tx, email))]

    return put


@pytest.fixture(scope="session")
def found_project() -> Callable[[Path], Project]:
    """Create the publication that `newsletter init` creates."""

    def make(folder: Path) -> Project:
        import datetime as dt

        create_publication(NewPublication(folder / "ma-lettre", "Ma lettre", dt.date(2026, 11, 22)))
        return Project(folder / "ma-lettre")

    return make


@pytest.fixture
def project(found_project: Callable[[Path], Project], tmp_path: Path) -> Project:
    """A new publication for one test."""
    return found_project(tmp_path)
