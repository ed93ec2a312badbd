"""The machine under a sending fails: locks, disk, clock, names, certificates, a database that goes away, signals.

Every time: a sentence and an exit code, nobody in the fake twice, everybody in the end, and ledger and fake agree.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import commands
import postgresql
import pytest
from commands import PIPE, Process, Program
from project import Project
from sendgrid_fake import KEY, Fake, lying
from serving import free_port

from newsletter.campaigns import reports
from newsletter.storage import dialects
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store

FAULTY = Path(__file__).with_name("faulty.py")
PEOPLE = 600
SLOW: list[dict[str, object]] = [{"seconds": 0.25}] * 12
SEND = ("send", "bienvenue", "--list", "tous", "--yes", "--in-flight", "2")
AGAIN = ("dispatch", "--once")
READERS = "lecteurs.example"


@dataclass
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


@dataclass
class Sending:
    """A publication of its own with a list, its fake, and everything that its runs said."""

    folder: Path
    fake: Fake
    before: int
    secrets: list[str]
    children: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        found = re.search(r'(?m)^database_url = "(.*)"', (self.folder / "newsletter.toml").read_text("utf-8"))
        return found[1] if found else f"sqlite:///{self.folder / 'newsletter.db'}"

    def put(self, pattern: str, line: str) -> None:
        config = self.folder / "newsletter.toml"
        config.write_text(re.sub(pattern, line, config.read_text("utf-8")), "utf-8")

    def begin(self, *command: str, **faults: object) -> Process:
        program = Program((json.dumps(faults), "--", *command), script=str(FAULTY))
        child = commands.start(program, cwd=self.folder, stdout=PIPE, stderr=PIPE)
        self.children.append(child)
        return child

    def end(self, child: Process, seconds: float = 120) -> Ended:
        """Waits for it; whatever it said holds no secret, no reader and no traceback."""
        out, err = (told.replace("\xa0", " ") for told in child.communicate(timeout=seconds))
        self.children.remove(child)
        assert "Traceback" not in err, err
        for secret in (*self.secrets, READERS, "[SQL", "[parameters"):
            assert secret not in out + err, out + err
        return Ended(child.wait(), out, err)

    def run(self, *command: str, **faults: object) -> Ended:
        return self.end(self.begin(*command, **faults))

    def taken(self) -> Counter[str]:
        return Counter(message["to"] for message in self.fake.since(self.before))

    def until(self, count: int, seconds: float = 30) -> None:
        """Waits until the fake took so many."""
        limit = time.monotonic() + seconds
        while self.fake.count - self.before < count:
            assert time.monotonic() < limit
            time.sleep(0.02)

    def standing(self, state: str) -> set[str]:
        store = Store(dialects.make_engine(self.url))
        try:
            with store.read() as tx:
                campaign = campaigns.find_by_id(tx, 1)
            return {person.email for person in reports.list_people(store, campaign, state)} if campaign else set()
        finally:
            store.close()

    def agree(self, *unsure: str) -> None:
        """Nobody twice; who is accepted is in the fake, and whoever is in it and not accepted is unsure."""
        taken, accepted = self.taken(), self.standing("accepted")
        assert max(taken.values(), default=0) <= 1
        assert accepted <= taken.keys()
        others: set[str] = set().union(*(self.standing(state) for state in unsure))
        assert taken.keys() - accepted <= others

    def complete(self) -> None:
        """Everybody has exactly one, and the ledger knows it."""
        assert self.taken() == everybody()
        assert self.standing("accepted") == everybody().keys()


def everybody() -> Counter[str]:
    return Counter(f"p{number}@{READERS}" for number in range(PEOPLE))


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    with lying(free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def model(found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Path:
    """Found once, copied for each test: an issue without pictures, and nobody needs a server to leave."""
    made = found_project(tmp_path_factory.mktemp("model"))
    config = made.folder / "newsletter.toml"
    text = config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"')
    config.write_text(f'unsubscribe = "mail"\n{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    (issue,) = (made.folder / "issues").glob("*/index.md")
    lines = issue.read_text("utf-8").splitlines()
    issue.write_text("\n".join(line for line in lines if not line.startswith(("![", "Crédit"))), "utf-8")
    rows = "".join(f"p{number}@{READERS},P{number}\n" for number in range(PEOPLE))
    (made.folder / "tous.csv").write_text("email,prenom\n" + rows)
    done = made.run("subscribers", "import", "tous.csv", "--list", "tous")
    assert done.returncode == 0, done.stderr
    return made.folder


@pytest.fixture
def sending(model: Path, fake: Fake, tmp_path: Path) -> Iterator[Sending]:
    folder = tmp_path / "lettre"
    shutil.copytree(model, folder)
    fake.script()
    written = re.findall(r"(?m)^NEWSLETTER_\w*KEYS?=\"?([^\"\n]+)", (folder / ".env").read_text("utf-8"))
    assert len(written) == 3
    made = Sending(folder, fake, fake.count, written)
    adopted = made.run("db", "adopt", "--yes")  # it is a copy, as an operator would have it
    assert adopted.code == 0, adopted.err
    yield made
    for child in made.children:
        child.kill()
        child.communicate()


# a. SQLite is locked


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(folder / "newsletter.db", isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_send_waits_for_a_locked_database_and_goes_on(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND)
    sending.until(100)
    with locked(sending.folder):
        time.sleep(3)
    ended = sending.end(child)
    assert ended.code == 0, ended.err
    sending.complete()


def test_send_stops_when_the_database_stays_locked_and_loses_nothing(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND, "--format", "json", busy=0.3, away=2)
    sending.until(100)
    with locked(sending.folder):
        ended = sending.end(child)
    assert (ended.code, ended.out) == (3, "")
    assert "La base de données ne répond pas : database is locked" in ended.err
    sending.agree("claimed")
    again = sending.run(*AGAIN)
    sending.agree()
    assert again.code == 0, again.err
    sending.complete()


def test_second_ctrl_c_ends_send_at_once_while_the_database_is_locked(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND, busy=0.3)
    sending.until(100)
    with locked(sending.folder):
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        ended = sending.end(child, 10)
    assert ended.code in {3, 130}
    sending.agree("claimed")
    again = sending.run(*AGAIN)
    assert again.code == 0, again.err
    sending.complete()


# b. the disk is full


@pytest.mark.parametrize("fault", ["full", "pages"])
def test_send_stops_on_a_full_disk_and_goes_on_when_there_is_room(sending: Sending, fault: str) -> None:
    ended = sending.run(*SEND, **{fault: 2, "away": 2, "chunk": 5})
    assert ended.code in {2, 3}
    assert "La base de données n’est pas disponible" in ended.err, "said at once, and not after minutes"
    sending.agree("claimed")
    assert len(sending.taken()) < PEOPLE
    again = sending.run(*AGAIN)
    assert again.code == 0, again.err
    sending.complete()


# c. the clock is set


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_clock_jump_during_a_sending_loses_and_repeats_nothing(sending: Sending, seconds: int) -> None:
    sending.fake.script({"kind": "status", "status": 429, "headers": {"Retry-After": "3"}}, *SLOW)
    ended = sending.run(*SEND, jump=[2, seconds])
    if seconds < 0:  # what was put off for three seconds is due in two hours, and that is said
        assert (ended.code, "50 personnes attendent" in ended.err) == (1, True), ended.err
        sending.agree()
        assert len(sending.taken()) == PEOPLE - 50
        time.sleep(2)
        ended = sending.run(*AGAIN)
    assert ended.code == 0, ended.err
    sending.complete()


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_clock_jump_between_two_runs_loses_and_repeats_nothing(sending: Sending, seconds: int) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND)
    sending.until(100)
    child.send_signal(signal.SIGTERM)
    assert sending.end(child).code == 130
    sending.agree()
    again = sending.run(*AGAIN, ahead=seconds)
    assert again.code == 0, again.err
    sending.complete()


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_running_sender_keeps_its_chunks_when_the_clock_jumps(sending: Sending, seconds: int) -> None:
    sending.fake.script(*[{"seconds": 1}] * 12)
    child = sending.begin(*SEND)
    sending.until(100)
    other = sending.run(*AGAIN, ahead=seconds)
    ended = sending.end(child)
    assert "en doute" not in other.err + other.out + ended.out
    assert not sending.standing("in_doubt") | sending.standing("held")
    sending.complete()


# d. the provider cannot be reached


@contextmanager
def listening(*options: str) -> Iterator[int]:
    """A server that speaks plain HTTP, or TLS that nobody vouches for."""
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", HTTPS, str(port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        yield port
    finally:
        child.kill()
        child.wait()


HTTPS = """
import http.server, ssl, sys
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
if sys.argv[2:]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[2:])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def self_signed(folder: Path) -> tuple[str, str]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    return str(certificate), str(key)


SAID = {
    "dns": "gaierror",
    "refused": "Connection refused",
    "plain": "SSL",
    "untrusted": "CERTIFICATE_VERIFY_FAILED",
}


@pytest.mark.parametrize("kind", SAID)
def test_an_unreachable_provider_leaves_every_chunk_ready(sending: Sending, kind: str, tmp_path: Path) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND)
    sending.until(100)
    child.send_signal(signal.SIGINT)
    assert sending.end(child).code == 130
    had = len(sending.taken())
    ready = sending.standing("ready")
    assert len(ready) == PEOPLE - had
    options = self_signed(tmp_path) if kind == "untrusted" else ()
    with listening(*options) as port:
        host = f"sendgrid.example:{free_port() if kind == 'refused' else port}"
        host = "nowhere.invalid" if kind == "dns" else host
        sending.put(r'(?m)^host = ".*"$', f'host = "https://{host}"')
        limits: list[dict[str, float]] = [{"reach": 0.1}, {"patience": 0.5}]  # often enough; not soon enough
        for command, limit in zip((SEND, AGAIN), limits, strict=True):
            ended = sending.run(*command, **limit)
            assert ended.code == 4, ended.err
            assert SAID[kind] in ended.err
            assert "relancez la même commande" in ended.err
    assert sending.standing("ready") == ready
    sending.put(r'(?m)^host = ".*"$', f'host = "{sending.fake.url}"')
    assert sending.run(*SEND).code == 0
    sending.complete()


# e. PostgreSQL goes away


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    if postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt install postgresql)")
    durable = "-c fsync=off"  # the machine stays; what was committed must outlive the server's end
    with postgresql.serving(durable) as running:
        yield running


@pytest.fixture
def remote(sending: Sending, server: postgresql.Server) -> Sending:
    """The same publication, with its people in PostgreSQL."""
    url = postgresql.create(server.address, f"t{time.monotonic_ns()}")
    config = sending.folder / "newsletter.toml"
    config.write_text(f'database_url = "{url}"\n' + config.read_text("utf-8"), "utf-8")
    done = sending.run("subscribers", "import", "tous.csv", "--list", "tous")
    assert done.code == 0, done.err
    return sending


@contextmanager
def away(server: postgresql.Server) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@pytest.mark.parametrize("seconds", [2, 45])
def test_send_waits_for_a_database_that_is_away_for_a_while(
    remote: Sending, server: postgresql.Server, seconds: int
) -> None:
    remote.fake.script(*[{"seconds": 0.4}] * 20)
    child = remote.begin(*SEND, chunk=30)
    remote.until(120)
    with away(server):
        time.sleep(seconds)
        assert child.poll() is None
        assert len(remote.taken()) <= 120 + 4 * 30  # nothing is begun that cannot be written down
    ended = remote.end(child)
    assert ended.code == 0, ended.err
    remote.complete()


def test_send_ends_when_the_database_stays_away_and_dispatch_finishes(
    remote: Sending, server: postgresql.Server
) -> None:
    remote.fake.script(*[{"seconds": 0.4}] * 20)
    child = remote.begin(*SEND, chunk=30, away=2)
    remote.until(120)
    with away(server):
        ended = remote.end(child)
        lost = remote.run(*AGAIN)
    assert (ended.code, lost.code) == (3, 3), ended.err + lost.err
    assert "La base de données ne répond pas" in ended.err
    remote.agree("claimed")
    again = remote.run(*AGAIN)
    assert again.code == 0, again.err
    remote.complete()


def test_dispatch_survives_a_database_outage_and_reports_it_once(remote: Sending, server: postgresql.Server) -> None:
    """Away while it has nothing to do, and when it begins: it waits, and sends what was planned meanwhile."""
    with away(server):
        child = remote.begin("dispatch")
        time.sleep(20)
        assert child.poll() is None
    later = (dt.datetime.now().astimezone() + dt.timedelta(hours=1)).isoformat(timespec="seconds")
    assert remote.run(*SEND, "--rate", "360000/h", "--at", later).code == 0
    database = dialects.make_engine(remote.url)
    with database.begin() as tx:
        tx.exec_driver_sql("UPDATE campaign SET not_before = 0")
    database.dispose()
    with away(server):
        time.sleep(20)
        assert child.poll() is None
    remote.until(PEOPLE)
    child.send_signal(signal.SIGTERM)
    ended = remote.end(child)
    assert ended.code == 0, ended.err
    assert 1 <= ended.err.count("La base de données n’est pas disponible") <= 4
    assert "La base de données est revenue" in ended.err
    remote.complete()


@pytest.mark.parametrize("lost", [3, 4, 5, 6])
def test_a_commit_without_answer_is_applied_once(sending: Sending, lost: int) -> None:
    ended = sending.run(*SEND, lost=lost)
    assert ended.code == 0, ended.err
    sending.complete()


# f. a sender is stopped past its lease


@pytest.mark.parametrize(("point", "late"), [("built", False), ("submitted", True)])
def test_a_sender_stopped_past_its_lease_overwrites_nothing(sending: Sending, point: str, late: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Before it handed the chunk over it must not any more; afterwards what the other found out stays."""
    one_thread = ("--in-flight", "1")  # nobody else of its threads is in a transaction, which would lock everybody out
    child = sending.begin(*SEND, *one_thread, stop=[point, 3], host="elsewhere", lease=1)
    until_stopped(child)
    time.sleep(1.2)
    other = sending.run(*AGAIN)
    assert other.code in {0, 1}, other.err
    before = {state: sending.standing(state) for state in ("accepted", "in_doubt", "held", "ready")}
    assert not sending.standing("claimed") | before["ready"]
    child.send_signal(signal.SIGCONT)
    sending.end(child)
    sending.agree()
    assert before == {state: sending.standing(state) for state in before}
    assert bool(before["in_doubt"]) is not late
    if not late:
        assert sending.run("campaigns", "resolve", "1", "--chunk", "2", "--again", "--yes").code == 0
        assert sending.run(*AGAIN).code == 0
    sending.complete()


def until_stopped(child: Process) -> None:
    for _ in range(600):
        if Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.05)
    raise AssertionError("it was not stopped")


# g. somebody wants it to stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_send_between_chunks_and_says_how_to_go_on(sending: Sending, number: signal.Signals) -> None:
    sending.fake.script(*SLOW)
    child = sending.begin(*SEND)
    sending.until(100)
    child.send_signal(number)
    ended = sending.end(child)
    assert ended.code == 130
    assert "newsletter dispatch --once" in ended.err
    sending.agree()
    assert 100 <= len(sending.taken()) < PEOPLE
    assert not sending.standing("claimed") | sending.standing("in_doubt")
    again = sending.run(*AGAIN)
    assert again.code == 0, again.err
    sending.complete()


def test_second_ctrl_c_ends_send_at_once_and_lists_recipients_in_doubt(sending: Sending) -> None:
    sending.fake.script(*SLOW[:4], *[{"seconds": 12}] * 2)
    child = sending.begin(*SEND)
    sending.until(200)
    time.sleep(0.5)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    ended = sending.end(child)
    assert ended.code == 130
    assert time.monotonic() - began < 5
    assert len(sending.taken()) == 200
    assert len(sending.standing("in_doubt")) == 100
    shown = json.loads(sending.run("campaigns", "show", "1", "--format", "json").out)
    assert [chunk["recipients"] for chunk in shown["unsure"]] == [50, 50]
    sending.until(300)
    again = sending.run(*AGAIN)
    assert again.code == 0, again.err
    sending.complete()
