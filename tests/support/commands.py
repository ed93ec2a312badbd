"""Run the program in a process that starts at once: it is forked from a server that has imported everything.

The process is a real one: its own pid, signals, memory and files. Only the start of the interpreter is not its own: a
test about that (closed streams, options of `python`, imports) uses `subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fork_server

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
Stream = int | IO[Any] | None
TIMEOUT = 120
"""Seconds after which `run` gives up."""


@dataclass(frozen=True)
class Program:
    """What a process runs: the `newsletter` command, or a script or Python code that changes it first."""

    arguments: tuple[str, ...]
    script: str = ""
    code: str = ""

    def request(self) -> dict[str, Any]:
        """Return the part of a request that says what to run."""
        wanted = {"script": self.script} if self.script else {"code": self.code} if self.code else {}
        return {"argv": [self.script or ("-c" if self.code else "newsletter"), *self.arguments], **wanted}


class Process:
    """A running command, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, connection: socket.socket, streams: Mapping[str, IO[Any]]) -> None:
        self._connection, self._lock = connection, threading.Lock()
        self.stdin, self.stdout, self.stderr = (streams.get(name) for name in ("stdin", "stdout", "stderr"))
        self.pid = self._read_number()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code. Raise subprocess.TimeoutExpired after `timeout` seconds."""
        with self._lock:
            if self.returncode is None:
                if not select.select([self._connection], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("newsletter", timeout or 0)
                self.returncode = self._read_number()
                self._connection.close()
            return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """Read stdout and stderr to their ends, wait for the process, and return what was read."""
        if self.stdin:
            self.stdin.close()
        found: dict[str, Any] = {"stdout": None, "stderr": None}

        def read(name: str, stream: IO[Any]) -> None:
            with stream:
                found[name] = stream.read()

        streams = {name: stream for name in found if (stream := getattr(self, name))}
        readers = [threading.Thread(target=read, args=pair, daemon=True) for pair in streams.items()]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return found["stdout"], found["stderr"]

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _read_number(self) -> int:
        line = b""
        while not line.endswith(b"\n"):
            line += self._connection.recv(1) or b"-9\n"  # the server is gone, and its children with it
        return int(line)


def start(
    program: Program,
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    user: int | None = None,
    stdin: Stream = DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
    text: bool = True,
) -> Process:
    """Start a command. The streams are as for `subprocess.Popen`, except that stdin is empty by default."""
    opened: dict[str, IO[Any]] = {}
    given: list[int] = []
    with contextlib.ExitStack() as stack:
        for number, (name, stream) in enumerate((("stdin", stdin), ("stdout", stdout), ("stderr", stderr))):
            given.append(_descriptor(name, number, stream, opened, stack, text=text))
        if stderr == subprocess.STDOUT:
            given[2] = given[1]
        request = program.request() | {"cwd": str(cwd), "umask": _umask(), "user": user}
        request["env"] = {**os.environ, **(environment or {})}
        return Process(_submit(request, given), opened)


def run(
    program: Program, *, cwd: Path, environment: Mapping[str, str] | None = None, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as the account `user` if given; return its exit code and what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(program, cwd=cwd, environment=environment, user=user, stdout=out, stderr=err)
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read().decode("utf-8").replace("\r\n", "\n"))
    return subprocess.CompletedProcess(["newsletter", *program.arguments], process.wait(), *printed)


def _descriptor(
    name: str, number: int, stream: Stream, opened: dict[str, IO[Any]], stack: contextlib.ExitStack, *, text: bool
) -> int:
    """Return the descriptor that the child gets; for PIPE put the other end into `opened`."""
    if stream is None:
        return number
    if stream == DEVNULL:
        return stack.enter_context(Path(os.devnull).open("r+b")).fileno()
    if stream == PIPE:
        reading, writing = os.pipe()
        ours, theirs = (writing, reading) if name == "stdin" else (reading, writing)
        opened[name] = os.fdopen(ours, ("w" if name == "stdin" else "r") + ("" if text else "b"))
        stack.callback(os.close, theirs)
        return theirs
    return stream if isinstance(stream, int) else stream.fileno()


def _submit(request: dict[str, Any], streams: list[int]) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server(os.getpid()))
    text = json.dumps(request).encode()
    socket.send_fds(connection, [len(text).to_bytes(fork_server.LENGTH, "big")], streams)
    connection.sendall(text)
    return connection


def _umask() -> int:
    """Return this process's mask without changing it, which other threads would see."""
    found = re.search(r"^Umask:\s*(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1], 8) if found else 0o022


@functools.cache
def _server(_pid: int) -> str:
    """Start this process's server, and return the path of its socket. It ends with this process."""
    path = str(Path(tempfile.mkdtemp(prefix="fork-server-")) / "socket")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    command = [sys.executable, fork_server.__file__, path]
    stdin, kept_open = os.pipe()
    server = subprocess.Popen(command, stdin=stdin, stdout=PIPE, env=environment, start_new_session=True)
    os.close(stdin)
    assert server.stdout
    with server.stdout:
        assert server.stdout.readline() == fork_server.READY

    def end() -> None:
        os.close(kept_open)
        server.wait()
        shutil.rmtree(Path(path).parent)

    atexit.register(end)
    return path
