"""A server that has imported the whole program and forks it for each command: `commands` is its client.

A request comes on a connection of its own: its length in 4 bytes, JSON, and three file descriptors for stdin, stdout
and stderr. The answers are lines: the process id, and once it has ended its return code as `subprocess` gives it. The
server ends when its stdin is closed.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import gc
import importlib
import io
import json
import os
import pkgutil
import random
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import quick_database

import newsletter

READY = b"ready\n"
LENGTH = 4
STREAMS = (("stdin", "r", "strict"), ("stdout", "w", "strict"), ("stderr", "w", "backslashreplace"))


def main(path: str) -> None:
    """Listen on the Unix socket `path` and fork a child for each request."""
    import_program()
    quick_database.install()
    warm()
    gc.collect()
    gc.freeze()  # a child's collector would copy the pages of everything
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    waiting: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for source in (listening, woken, 0):
            selector.register(source, selectors.EVENT_READ)
        os.write(1, READY)
        while True:
            for key, _ in selector.select():
                if key.fileobj == 0:
                    return
                if key.fileobj is listening:
                    connection, _address = listening.accept()
                    start(connection, waiting, (listening.fileno(), woken, wake, selector.fileno()))
                else:
                    os.read(woken, 4096)
                    reap(waiting)


def import_program() -> None:
    """Import every module of the program, and what its tests' servers need."""
    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    for name in ("premailer", "mjml", "sqlalchemy.dialects.sqlite", "psycopg", "babel.dates", "PIL.Image", "uvicorn"):
        importlib.import_module(name)


WARMING = (
    ("subscribers", "import", "abonnes.csv", "--list", "tous"),
    ("lists", "show"),
    ("send", "bienvenue", "--list", "tous", "--yes"),
    ("campaigns", "list"),
    ("campaigns", "show", "1"),
    ("dispatch", "--once"),
)


def warm() -> None:
    """Run some commands, so that a child finds in memory what depends on no publication: locales, CSS, statements."""
    from newsletter.editorial.new_publication import NewPublication, create_publication

    with tempfile.TemporaryDirectory() as folder:
        create_publication(NewPublication(Path(folder) / "warm", "Warm", dt.date(2026, 11, 22)))
        with contextlib.chdir(Path(folder) / "warm"):
            for command in WARMING:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
                    code = call({"argv": ["newsletter", *command]})
                assert code == 0, errors.getvalue()
    assert threading.active_count() == 1
    for number in (signal.SIGHUP, signal.SIGTERM):  # the commands took them; and pytest may run under nohup
        signal.signal(number, signal.SIG_DFL)


def start(connection: socket.socket, waiting: dict[int, socket.socket], own: tuple[int, ...]) -> None:
    """Fork the child of a request, and answer with its process id. `own` are the server's descriptors."""
    request, streams = receive(connection)
    pid = os.fork()
    if pid == 0:
        for descriptor in (*own, connection.fileno(), *(other.fileno() for other in waiting.values())):
            os.close(descriptor)
        run(request, streams)
    for descriptor in streams:
        os.close(descriptor)
    waiting[pid] = connection
    connection.sendall(b"%d\n" % pid)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Read one request and its file descriptors."""
    data, streams, _flags, _address = socket.recv_fds(connection, LENGTH, 3)
    size = int.from_bytes(data, "big")
    text = b""
    while len(text) < size:
        text += connection.recv(size - len(text))
    return json.loads(text), streams


def reap(waiting: dict[int, socket.socket]) -> None:
    """Tell the client of every child that has ended."""
    while waiting:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with contextlib.suppress(OSError), waiting.pop(pid) as connection:
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def run(request: dict[str, Any], streams: list[int]) -> None:
    """Become the requested command, and never return."""
    code = 1
    try:
        prepare(request, streams)
        code = call(request)
    except BaseException:  # noqa: BLE001 - what the interpreter prints before it ends
        traceback.print_exc()
    finally:
        os._exit(finish(code))


def prepare(request: dict[str, Any], streams: list[int]) -> None:
    """Give the process its streams, folder, environment, mask and arguments."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for target, descriptor in enumerate(streams):
        os.dup2(descriptor, target)
        os.close(descriptor)
    for target, (name, mode, errors) in enumerate(STREAMS):
        buffering = 1 if name == "stderr" or os.isatty(target) else -1
        stream = os.fdopen(target, mode, buffering, "utf-8", errors)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.chdir(request["cwd"])
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    random.seed()
    if request["user"] is not None:
        os.setgroups([])
        os.setgid(request["user"])
        os.setuid(request["user"])
    sys.argv = request["argv"]


def call(request: dict[str, Any]) -> int:
    """Run the program, a script or code, and return the exit code."""
    try:
        if "code" in request:
            exec(compile(request["code"], "<string>", "exec"), {"__name__": "__main__"})
        elif "script" in request:
            sys.path.insert(0, str(Path(request["script"]).parent))
            runpy.run_path(request["script"], run_name="__main__")
        else:
            from newsletter.cli import main as program

            program(request["argv"][1:])
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            return 1
        return int(stop.code or 0)
    return 0


def finish(code: int) -> int:
    """Do what the interpreter does at its end; return the exit code."""
    threading._shutdown()  # type: ignore[attr-defined] # waits for the threads, as the interpreter does
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        return code or 120
    return code


if __name__ == "__main__":
    main(sys.argv[1])
