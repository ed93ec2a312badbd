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
from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import free_port

from newsletter.campaigns import reports
from newsletter.storage import dialects
from newsletter.storage.campaigns import campaigns
from newsletter.storage.database import Store

FAULTY = Path(__file__).with_name("faulty.py")
PEOPLE = 600
SLOW: list[dict[str, object]] = [{"seconds": 0.25}] * 12
SEND = ("send", "bienvenue", "--list", "tous", "--yes", "--in-flight", "2")
DISPATCH = ("dispatch", "--once")
DOMAIN = "lecteurs.example"


@dataclass
class CommandResult:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


@dataclass
class Sending:
    """A publication with a list, the fake SendGrid, and the commands that run in it."""

    folder: Path
    fake: FakeSendGrid
    before: int
    secrets: list[str]
    children: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        found = re.search(r'(?m)^database_url = "(.*)"', (self.folder / "newsletter.toml").read_text("utf-8"))
        return found[1] if found else f"sqlite:///{self.folder / 'newsletter.db'}"

    def replace_setting(self, pattern: str, line: str) -> None:
        config = self.folder / "newsletter.toml"
        config.write_text(re.sub(pattern, line, config.read_text("utf-8")), "utf-8")

    def start_command(self, *command: str, **faults: object) -> Process:
        program = Program((json.dumps(faults), "--", *command), script=str(FAULTY))
        child = commands.start(program, cwd=self.folder, stdout=PIPE, stderr=PIPE)
        self.children.append(child)
        return child

    def finish_command(self, child: Process, seconds: float = 120) -> CommandResult:
        """Wait for the end of a command; its output may contain no secret, no address and no traceback."""
        out, err = (text.replace("\xa0", " ") for text in child.communicate(timeout=seconds))
        self.children.remove(child)
        assert "Traceback" not in err, err
        for secret in (*self.secrets, DOMAIN, "[SQL", "[parameters"):
            assert secret not in out + err, out + err
        return CommandResult(child.wait(), out, err)

    def run(self, *command: str, **faults: object) -> CommandResult:
        return self.finish_command(self.start_command(*command, **faults))

    def count_by_address(self) -> Counter[str]:
        return Counter(message["to"] for message in self.fake.list_messages_since(self.before))

    def wait_for_messages(self, count: int, seconds: float = 30) -> None:
        """Wait until the fake has accepted `count` messages."""
        limit = time.monotonic() + seconds
        while self.fake.count - self.before < count:
            assert time.monotonic() < limit
            time.sleep(0.02)

    def list_addresses(self, state: str) -> set[str]:
        store = Store(dialects.make_engine(self.url))
        try:
            with store.read() as tx:
                campaign = campaigns.find_by_id(tx, 1)
            return {person.email for person in reports.list_people(store, campaign, state)} if campaign else set()
        finally:
            store.close()

    def check_ledger(self, *unsure: str) -> None:
        """Check that nobody has two messages, and that the ledger agrees with the fake except for the states `unsure`."""
        taken, accepted = self.count_by_address(), self.list_addresses("accepted")
        assert max(taken.values(), default=0) <= 1
        assert accepted <= taken.keys()
        others: set[str] = set().union(*(self.list_addresses(state) for state in unsure))
        assert taken.keys() - accepted <= others

    def check_complete(self) -> None:
        """Check that everybody has exactly one message and is accepted in the ledger."""
        assert self.count_by_address() == expected_counts()
        assert self.list_addresses("accepted") == expected_counts().keys()


def expected_counts() -> Counter[str]:
    return Counter(f"p{number}@{DOMAIN}" for number in range(PEOPLE))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSendGrid]:
    with run_fake_sendgrid(free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def template(
    found_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory, fake: FakeSendGrid
) -> Path:
    """A publication that each test copies: its issue has no pictures, and readers unsubscribe by mail."""
    made = found_project(tmp_path_factory.mktemp("template"))
    config = made.folder / "newsletter.toml"
    text = config.read_text("utf-8").replace('provider = "outbox"', 'provider = "sendgrid"')
    config.write_text(f'unsubscribe = "mail"\n{text}\n[sendgrid]\nhost = "{fake.url}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    (issue,) = (made.folder / "issues").glob("*/index.md")
    lines = issue.read_text("utf-8").splitlines()
    issue.write_text("\n".join(line for line in lines if not line.startswith(("![", "Crédit"))), "utf-8")
    rows = "".join(f"p{number}@{DOMAIN},P{number}\n" for number in range(PEOPLE))
    (made.folder / "tous.csv").write_text("email,prenom\n" + rows)
    done = made.run("subscribers", "import", "tous.csv", "--list", "tous")
    assert done.returncode == 0, done.stderr
    return made.folder


@pytest.fixture
def sending(template: Path, fake: FakeSendGrid, tmp_path: Path) -> Iterator[Sending]:
    folder = tmp_path / "lettre"
    shutil.copytree(template, folder)
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
def lock_database(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(folder / "newsletter.db", isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_send_waits_for_a_locked_database_and_goes_on(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(100)
    with lock_database(sending.folder):
        time.sleep(3)
    ended = sending.finish_command(child)
    assert ended.code == 0, ended.err
    sending.check_complete()


def test_send_stops_when_the_database_stays_locked_and_loses_nothing(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND, "--format", "json", busy=0.3, away=2)
    sending.wait_for_messages(100)
    with lock_database(sending.folder):
        ended = sending.finish_command(child)
    assert (ended.code, ended.out) == (3, "")
    assert "La base de données ne répond pas : database is locked" in ended.err
    sending.check_ledger("claimed")
    again = sending.run(*DISPATCH)
    sending.check_ledger()
    assert again.code == 0, again.err
    sending.check_complete()


def test_second_ctrl_c_ends_send_at_once_while_the_database_is_locked(sending: Sending) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND, busy=0.3)
    sending.wait_for_messages(100)
    with lock_database(sending.folder):
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        ended = sending.finish_command(child, 10)
    assert ended.code in {3, 130}
    sending.check_ledger("claimed")
    again = sending.run(*DISPATCH)
    assert again.code == 0, again.err
    sending.check_complete()


# b. the disk is full


@pytest.mark.parametrize("fault", ["full", "pages"])
def test_send_stops_on_a_full_disk_and_goes_on_when_there_is_room(sending: Sending, fault: str) -> None:
    ended = sending.run(*SEND, **{fault: 2, "away": 2, "chunk": 5})
    assert ended.code in {2, 3}
    assert "La base de données n’est pas disponible" in ended.err, "said at once, and not after minutes"
    sending.check_ledger("claimed")
    assert len(sending.count_by_address()) < PEOPLE
    again = sending.run(*DISPATCH)
    assert again.code == 0, again.err
    sending.check_complete()


# c. the clock is set


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_clock_jump_during_a_sending_loses_and_repeats_nothing(sending: Sending, seconds: int) -> None:
    sending.fake.script({"kind": "status", "status": 429, "headers": {"Retry-After": "3"}}, *SLOW)
    ended = sending.run(*SEND, jump=[2, seconds])
    if seconds < 0:  # what was put off for three seconds is due in two hours, and that is said
        assert (ended.code, "50 personnes attendent" in ended.err) == (1, True), ended.err
        sending.check_ledger()
        assert len(sending.count_by_address()) == PEOPLE - 50
        time.sleep(2)
        ended = sending.run(*DISPATCH)
    assert ended.code == 0, ended.err
    sending.check_complete()


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_clock_jump_between_two_runs_loses_and_repeats_nothing(sending: Sending, seconds: int) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(100)
    child.send_signal(signal.SIGTERM)
    assert sending.finish_command(child).code == 130
    sending.check_ledger()
    again = sending.run(*DISPATCH, ahead=seconds)
    assert again.code == 0, again.err
    sending.check_complete()


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_running_sender_keeps_its_chunks_when_the_clock_jumps(sending: Sending, seconds: int) -> None:
    sending.fake.script(*[{"seconds": 1}] * 12)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(100)
    other = sending.run(*DISPATCH, ahead=seconds)
    ended = sending.finish_command(child)
    assert "en doute" not in other.err + other.out + ended.out
    assert not sending.list_addresses("in_doubt") | sending.list_addresses("held")
    sending.check_complete()


# d. the provider cannot be reached


@contextmanager
def run_https_server(*options: str) -> Iterator[int]:
    """Run a server that speaks plain HTTP, or TLS with a certificate that no CA signed."""
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", HTTPS_SERVER, str(port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        yield port
    finally:
        child.kill()
        child.wait()


HTTPS_SERVER = """
import http.server, ssl, sys
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
if sys.argv[2:]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[2:])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def make_certificate(folder: Path) -> tuple[str, str]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    return str(certificate), str(key)


EXPECTED_WORDS = {
    "dns": "gaierror",
    "refused": "Connection refused",
    "plain": "SSL",
    "untrusted": "CERTIFICATE_VERIFY_FAILED",
}


@pytest.mark.parametrize("kind", EXPECTED_WORDS)
def test_an_unreachable_provider_leaves_every_chunk_ready(sending: Sending, kind: str, tmp_path: Path) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(100)
    child.send_signal(signal.SIGINT)
    assert sending.finish_command(child).code == 130
    had = len(sending.count_by_address())
    ready = sending.list_addresses("ready")
    assert len(ready) == PEOPLE - had
    options = make_certificate(tmp_path) if kind == "untrusted" else ()
    with run_https_server(*options) as port:
        host = f"sendgrid.example:{free_port() if kind == 'refused' else port}"
        host = "nowhere.invalid" if kind == "dns" else host
        sending.replace_setting(r'(?m)^host = ".*"$', f'host = "https://{host}"')
        limits: list[dict[str, float]] = [{"reach": 0.1}, {"patience": 0.5}]  # often enough; not soon enough
        for command, limit in zip((SEND, DISPATCH), limits, strict=True):
            ended = sending.run(*command, **limit)
            assert ended.code == 4, ended.err
            assert EXPECTED_WORDS[kind] in ended.err
            assert "relancez la même commande" in ended.err
    assert sending.list_addresses("ready") == ready
    sending.replace_setting(r'(?m)^host = ".*"$', f'host = "{sending.fake.url}"')
    assert sending.run(*SEND).code == 0
    sending.check_complete()


# e. PostgreSQL goes away


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    if postgresql.find_programs() is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt install postgresql)")
    durable = "-c fsync=off"  # the machine stays; what was committed must outlive the server's end
    with postgresql.run_restartable_server(durable) as running:
        yield running


@pytest.fixture
def on_postgresql(sending: Sending, server: postgresql.Server) -> Sending:
    """The same publication, with its people in PostgreSQL."""
    url = postgresql.create_database(server.address, f"t{time.monotonic_ns()}")
    config = sending.folder / "newsletter.toml"
    config.write_text(f'database_url = "{url}"\n' + config.read_text("utf-8"), "utf-8")
    done = sending.run("subscribers", "import", "tous.csv", "--list", "tous")
    assert done.code == 0, done.err
    return sending


@contextmanager
def stop_server(server: postgresql.Server) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@pytest.mark.waits
@pytest.mark.parametrize("seconds", [2, 45])
def test_send_waits_for_a_database_that_is_away_for_a_while(
    on_postgresql: Sending, server: postgresql.Server, seconds: int
) -> None:
    on_postgresql.fake.script(*[{"seconds": 0.4}] * 20)
    child = on_postgresql.start_command(*SEND, chunk=30)
    on_postgresql.wait_for_messages(120)
    with stop_server(server):
        time.sleep(seconds)
        assert child.poll() is None
        assert len(on_postgresql.count_by_address()) <= 120 + 4 * 30  # nothing is begun that cannot be written down
    ended = on_postgresql.finish_command(child)
    assert ended.code == 0, ended.err
    on_postgresql.check_complete()


def test_send_ends_when_the_database_stays_away_and_dispatch_finishes(
    on_postgresql: Sending, server: postgresql.Server
) -> None:
    on_postgresql.fake.script(*[{"seconds": 0.4}] * 20)
    child = on_postgresql.start_command(*SEND, chunk=30, away=2)
    on_postgresql.wait_for_messages(120)
    with stop_server(server):
        ended = on_postgresql.finish_command(child)
        lost = on_postgresql.run(*DISPATCH)
    assert (ended.code, lost.code) == (3, 3), ended.err + lost.err
    assert "La base de données ne répond pas" in ended.err
    on_postgresql.check_ledger("claimed")
    again = on_postgresql.run(*DISPATCH)
    assert again.code == 0, again.err
    on_postgresql.check_complete()


@pytest.mark.waits
def test_dispatch_survives_a_database_outage_and_reports_it_once(
    on_postgresql: Sending, server: postgresql.Server
) -> None:
    """Dispatch waits during two outages, and sends the campaign that was planned between them."""
    with stop_server(server):
        child = on_postgresql.start_command("dispatch")
        time.sleep(20)
        assert child.poll() is None
    later = (dt.datetime.now().astimezone() + dt.timedelta(hours=1)).isoformat(timespec="seconds")
    assert on_postgresql.run(*SEND, "--rate", "360000/h", "--at", later).code == 0
    database = dialects.make_engine(on_postgresql.url)
    with database.begin() as tx:
        tx.exec_driver_sql("UPDATE campaign SET not_before = 0")
    database.dispose()
    with stop_server(server):
        time.sleep(20)
        assert child.poll() is None
    on_postgresql.wait_for_messages(PEOPLE)
    child.send_signal(signal.SIGTERM)
    ended = on_postgresql.finish_command(child)
    assert ended.code == 0, ended.err
    assert 1 <= ended.err.count("La base de données n’est pas disponible") <= 4
    assert "La base de données est revenue" in ended.err
    on_postgresql.check_complete()


@pytest.mark.parametrize("lost", [3, 4, 5, 6])
def test_a_commit_without_answer_is_applied_once(sending: Sending, lost: int) -> None:
    ended = sending.run(*SEND, lost=lost)
    assert ended.code == 0, ended.err
    sending.check_complete()


# f. a sender is stopped past its lease


@pytest.mark.parametrize(("point", "late"), [("built", False), ("submitted", True)])
def test_a_sender_stopped_past_its_lease_overwrites_nothing(sending: Sending, point: str, late: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A sender that wakes up before submitting must not submit; one that wakes up later must not change the ledger."""
    one_thread = ("--in-flight", "1")  # nobody else of its threads is in a transaction, which would lock everybody out
    child = sending.start_command(*SEND, *one_thread, stop=[point, 3], host="elsewhere", lease=1)
    wait_until_stopped(child)
    time.sleep(1.2)
    other = sending.run(*DISPATCH)
    assert other.code in {0, 1}, other.err
    before = {state: sending.list_addresses(state) for state in ("accepted", "in_doubt", "held", "ready")}
    assert not sending.list_addresses("claimed") | before["ready"]
    child.send_signal(signal.SIGCONT)
    sending.finish_command(child)
    sending.check_ledger()
    assert before == {state: sending.list_addresses(state) for state in before}
    assert bool(before["in_doubt"]) is not late
    if not late:
        assert sending.run("campaigns", "resolve", "1", "--chunk", "2", "--again", "--yes").code == 0
        assert sending.run(*DISPATCH).code == 0
    sending.check_complete()


def wait_until_stopped(child: Process) -> None:
    for _ in range(600):
        if Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.05)
    raise AssertionError("it was not stopped")


# g. somebody wants it to stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_send_between_chunks_and_says_how_to_go_on(sending: Sending, number: signal.Signals) -> None:
    sending.fake.script(*SLOW)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(100)
    child.send_signal(number)
    ended = sending.finish_command(child)
    assert ended.code == 130
    assert "newsletter dispatch --once" in ended.err
    sending.check_ledger()
    assert 100 <= len(sending.count_by_address()) < PEOPLE
    assert not sending.list_addresses("claimed") | sending.list_addresses("in_doubt")
    again = sending.run(*DISPATCH)
    assert again.code == 0, again.err
    sending.check_complete()


def test_second_ctrl_c_ends_send_at_once_and_lists_recipients_in_doubt(sending: Sending) -> None:
    sending.fake.script(*SLOW[:4], *[{"seconds": 12}] * 2)
    child = sending.start_command(*SEND)
    sending.wait_for_messages(200)
    time.sleep(0.5)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    ended = sending.finish_command(child)
    assert ended.code == 130
    assert time.monotonic() - began < 5
    assert len(sending.count_by_address()) == 200
    assert len(sending.list_addresses("in_doubt")) == 100
    shown = json.loads(sending.run("campaigns", "show", "1", "--format", "json").out)
    assert [chunk["recipients"] for chunk in shown["unsure"]] == [50, 50]
    sending.wait_for_messages(300)
    again = sending.run(*DISPATCH)
    assert again.code == 0, again.err
    sending.check_complete()
