"""A real PostgreSQL for the tests: its own folder, its own socket, gone afterwards. Works as root too."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
"""For tests. A bench keeps the defaults, as an operator would."""


def find_programs() -> Path | None:
    """Return the folder with the newest initdb and postgres, or None."""
    found = shutil.which("initdb")
    installed = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    return next(iter([*([Path(found).parent] if found else []), *installed]), None)


@dataclass(frozen=True)
class Server:
    """A server that a test may stop and start again."""

    folder: Path
    user: str | None
    where: Path
    options: str

    @property
    def address(self) -> str:
        return f"postgresql://tester@/{{}}?host={self.folder}"

    def start(self) -> None:
        begin: list[str | Path] = [
            "-o",
            f"-k {self.folder} -c listen_addresses='' -c max_connections=50 {self.options}",
            "-l",
            self.folder / "log",
        ]
        _run(self.user, [self.where / "pg_ctl", "-D", self.folder / "data", "-w", *begin, "start"])

    def stop(self) -> None:
        """Stop the server at once, as a power cut does."""
        _run(self.user, [self.where / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop"])


@contextmanager
def run_server(options: str = FAST) -> Iterator[str]:
    """Run a server on a socket in its own folder; yield the address of its databases, without a name."""
    with run_restartable_server(options) as server:
        yield server.address


@contextmanager
def run_restartable_server(options: str = FAST) -> Iterator[Server]:
    """Run a server that can be stopped and started again; it must run when the block ends."""
    where = find_programs()
    assert where
    with tempfile.TemporaryDirectory(prefix="newsletter-pg-") as name:
        folder = Path(name)
        user = _give_away(folder)
        _run(user, [where / "initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"])
        server = Server(folder, user, where, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _give_away(folder: Path) -> str | None:
    """Give the folder to another account if this one is root, which PostgreSQL refuses; return that account."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    return user


def _run(user: str | None, command: Sequence[str | Path]) -> None:
    become: list[str] = (
        ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"] if user else []
    )
    environment = os.environ | {"HOME": "/", "LC_ALL": "C.UTF-8", "USER": user or getpass.getuser()}
    done = subprocess.run(
        [*become, *command], cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def create_database(address: str, name: str, template: str = "template1") -> str:
    """Create a database with this name; return its address."""
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return address.format(name)


def drop_database(address: str, name: str) -> None:
    """Drop the database, whoever is connected to it."""
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
