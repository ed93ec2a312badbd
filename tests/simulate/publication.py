"""A publication on disk, the real commands run in it, and a clock that the simulation moves.

Commands run in this process, so that they share the clock; only what is killed runs as a child. `newsletter serve`
answers in a thread. What left is read from the outbox and from the lying SendGrid.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.policy
import io
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import commands
import time_machine
import uvicorn
from commands import Program
from model import DifferenceError, Message
from postgresql import create_database
from sendgrid_fake import KEY, FakeSendGrid, run_fake_sendgrid
from serving import Served, free_port

from newsletter.app import App, open_app
from newsletter.cli import campaign_progress, main
from newsletter.providers.outbox import Outbox
from newsletter.providers.sendgrid.provider import SendGrid
from newsletter.web.public.server import make_application, make_logger

CHUNK = 4
BEGIN = dt.datetime(2027, 1, 4, 9, tzinfo=dt.UTC)
CHILD = Path(__file__).parent / "child.py"
DATABASE = re.compile(r"^NEWSLETTER_DATABASE_URL=.*\n", re.MULTILINE)
MARK = re.compile(r"\bXk(\d+)\b")
"""A word in every issue that says which one it is."""


def shorten_chunks() -> None:
    """Put few people into a chunk, so that a short list has many; and let nothing wait at the terminal."""
    campaign_progress.PATIENCE_SECONDS = 0.0
    Outbox.caps = replace(Outbox.caps, chunk_size=CHUNK)
    SendGrid.caps = replace(SendGrid.caps, chunk_size=CHUNK)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command answered."""

    code: int
    out: str
    complaints: str

    def json(self) -> Any:
        """Read what it printed."""
        return json.loads(self.out)


@dataclass(slots=True)
class Publication:
    """The folder, the servers beside it, and the clock."""

    folder: Path
    fake: FakeSendGrid
    clock: time_machine.Traveller
    port: int
    postgres: str = ""
    """The address of a PostgreSQL server; empty for SQLite."""
    databases: int = 0
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None
    _log: TextIO | None = None
    _seen: set[str] = field(default_factory=set)
    _fetched: int = 0
    _taken_back: set[int] = field(default_factory=set)
    """Places of SendGrid's messages that were cancelled in time."""

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def wait(self, seconds: float) -> None:
        """Let time pass, here and at SendGrid."""
        self.clock.shift(seconds)
        self.fake.control("advance", seconds)

    def sleep_longer(self, seconds: float) -> None:
        """Stand in for time.sleep: what would take minutes of short naps takes a few."""
        self.wait(20 * seconds)

    def run_in_copy(self, *command: str) -> int:
        """Run a command in a copy of the folder, and throw that away; say how many messages left."""
        copy = self.folder.parent / "copie"
        subprocess.run(["cp", "-a", self.folder, copy], check=True)  # to read it here would drop SQLite's locks
        before = self.fake.count + len([*copy.glob("outbox/*/*.eml")])
        self.run(*command, folder=copy)
        after = self.fake.count + len([*copy.glob("outbox/*/*.eml")])
        shutil.rmtree(copy)
        return after - before

    def run(self, *command: str, folder: Path | None = None) -> CommandResult:
        """Run a command in this process."""
        out, complaints = io.StringIO(), io.StringIO()
        code: object = 0
        there = contextlib.chdir(folder or self.folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaints), there:
            try:
                main(command)
            except SystemExit as end:
                code = end.code
        done = CommandResult(int(str(code or 0)), out.getvalue(), complaints.getvalue())
        if done.code == 70 or "Traceback" in done.complaints:
            raise DifferenceError(f"a defect of the program: {' '.join(command)}: {done.complaints}")
        return done

    def crash(self, when: str, count: int, *command: str) -> CommandResult:
        """Run a command that is killed at a commit; it may end before."""
        arguments = (str(self.now.timestamp()), when, str(count), *command)
        done = commands.run(Program(arguments, script=str(CHILD)), cwd=self.folder)
        if done.returncode == 70 or "Traceback" in done.stderr:
            raise DifferenceError(f"a defect of the program: {' '.join(command)}: {done.stderr}")
        return CommandResult(done.returncode, done.stdout, done.stderr)

    # The public pages

    def serve(self) -> None:
        """Begin to answer the links of messages."""
        if self._log is None:
            self._log = (self.folder.parent / "serve.log").open("a")
        with contextlib.redirect_stderr(self._log):
            log = make_logger()
        self._server = uvicorn.Server(uvicorn.Config(
            make_application(open_app(self.folder, self.folder), log), host="127.0.0.1", port=self.port, log_config=None,
            log_level="critical", access_log=False,
        ))  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            self._thread.join(0.005)

    def stop_serving(self) -> None:
        """Stop gracefully, as SIGTERM does."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(20)
            assert not self._thread.is_alive()
        if self._log:
            self._log.close()
            self._log = None

    def read_errors(self) -> list[str]:
        """Give what the server logged as errors."""
        return [line for line in (self.folder.parent / "serve.log").read_text().splitlines() if '"error"' in line]

    @property
    def pages(self) -> Served:
        """What a reader's browser and mail program talk to."""
        return Served(self.folder, self.port, None, self.folder)  # type: ignore[arg-type] # a thread, no process

    # Messages

    def new_messages(self) -> Iterator[Message]:
        """Give what left since the last look, once each."""
        yield from self._new_files()
        outcomes = self.fake.control("outcomes")["outcomes"]
        self._taken_back.update(place for place, outcome in enumerate(outcomes) if outcome == "cancelled")
        for place, message in enumerate(self.fake.list_messages_since(self._fetched), self._fetched):
            self._fetched = place + 1
            number = int(message["custom_args"]["nl_c"])
            yield self._make_message(number, message["to"], message["text"], message["headers"], place=place)

    def _new_files(self) -> Iterator[Message]:
        for path in sorted((self.folder / "outbox").glob("*/*.eml")):
            name = str(path.relative_to(self.folder))
            if name in self._seen:
                continue
            self._seen.add(name)
            found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = found.get_body(("plain",))
            head = path.parent.name.partition("-")[0]
            headers = {header: str(value) for header, value in found.items()}
            address = str(found["To"].addresses[0].addr_spec)
            yield self._make_message(
                int(head) if head.isdigit() else 0, address, body.get_content() if body else "", headers
            )

    def _make_message(
        self, number: int, address: str, text: str, headers: dict[str, str], *, place: int = -1
    ) -> Message:
        """Make the model's message; one without an issue's mark confirms a subscription."""
        mark = MARK.search(text)
        return Message(
            number=number if mark else 0, address=address, meaning=int(mark[1]) if mark else 0, text=text,
            headers=headers, is_taken_back=lambda: place in self._taken_back, place=place,
        )  # fmt: skip

    # Backups

    def back_up(self, name: str) -> Path:
        """Copy the database as docs/subscribers.md says."""
        target = self.folder.parent / name
        if not self.postgres:
            done = self.run("db", "backup", str(target))
            assert done.code == 0, done.complaints
            return target
        self._run_postgresql("pg_dump", "--format=custom", f"--file={target}", self._read_database())
        return target

    def restore(self, backup: Path) -> None:
        """Put a copy in the database's place as docs/subscribers.md says; nothing runs meanwhile."""
        self.stop_serving()
        if self.postgres:
            self.databases += 1
            self.use_database(create_database(self.postgres, f"simulate{self.databases}"))
            self._run_postgresql("pg_restore", f"--dbname={self._read_database()}", str(backup))
        else:
            for ending in ("", "-wal", "-shm"):
                (self.folder / f"newsletter.db{ending}").unlink(missing_ok=True)
            shutil.copyfile(backup, self.folder / "newsletter.db")
        self.serve()

    def use_database(self, address: str) -> None:
        """Write a database's address into `.env`."""
        env = self.folder / ".env"
        env.write_text(DATABASE.sub("", env.read_text("utf-8")) + f"NEWSLETTER_DATABASE_URL={address}\n", "utf-8")

    def _read_database(self) -> str:
        (line,) = DATABASE.findall((self.folder / ".env").read_text("utf-8"))
        return str(line).partition("=")[2].strip()

    def _run_postgresql(self, program: str, *arguments: str) -> None:
        where = max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), default=Path(program))
        done = subprocess.run([where, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def set_provider(self, name: str) -> None:
        """Choose what sends."""
        path = self.folder / "newsletter.toml"
        path.write_text(re.sub(r'(?m)^provider = "\w+"', f'provider = "{name}"', path.read_text("utf-8")), "utf-8")


@contextlib.contextmanager
def publication(folder: Path, postgres: str = "") -> Iterator[Publication]:
    """Make a publication with everything around it, at the beginning of the simulation's time."""
    shorten_chunks()
    with time_machine.travel(BEGIN, tick=True) as clock, run_fake_sendgrid(free_port()) as fake:
        made = Publication(folder / "lettre", fake, clock, free_port(), postgres)
        fake.control("advance", BEGIN.timestamp() - fake.control("state")["now"])
        fake.control("chaos", {"rate": 0, "seed": 1, "logs": True, "hears": False})
        create_publication(made)
        honest = App.worker
        App.worker = lambda app, **given: honest(app, sleep=made.sleep_longer, **given)  # type: ignore[method-assign] # no waiting
        made.serve()
        try:
            yield made
        finally:
            App.worker = honest  # type: ignore[method-assign] # the real one again
            made.stop_serving()


def create_publication(made: Publication) -> None:
    """Make the folder with `newsletter init`, and its settings."""
    made.run("init", str(made.folder), "--name", "Lettre", folder=made.folder.parent)
    config = made.folder / "newsletter.toml"
    key = made.fake.control("state")["public_key"]
    text = re.sub(r'base_url = "[^"]*"', f'base_url = "http://127.0.0.1:{made.port}"', config.read_text("utf-8"))
    config.write_text(f'{text}\n[sendgrid]\nhost = "{made.fake.url}"\nwebhook_key = "{key}"\n', "utf-8")
    with (made.folder / ".env").open("a") as env:
        env.write(f"NEWSLETTER_SENDGRID__API_KEY={KEY}\n")
    if made.postgres:
        made.use_database(create_database(made.postgres, "simulate0"))
    made.fake.control("webhook", f"http://127.0.0.1:{made.port}/webhooks/sendgrid")
