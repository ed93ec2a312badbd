from __future__ import annotations

import os
import socket
import subprocess
import sys

import psutil
import pytest

from newsletter.system.processes import is_dead, this_process


def test_the_running_process_is_not_dead() -> None:
    assert is_dead(this_process()) is False


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.run(
        [sys.executable, "-c", "from newsletter.system.processes import this_process; print(this_process())"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert is_dead(child.stdout.strip()) is True


def test_a_process_is_dead_if_its_pid_belongs_to_another_process() -> None:
    host, pid, _ = this_process().rsplit(":", 2)
    assert is_dead(f"{host}:{pid}:12345.00") is True


def test_a_zombie_process_is_dead() -> None:
    """In a container without an init process, a zombie is never removed."""
    child = subprocess.Popen(
        [sys.executable, "-c", "from newsletter.system.processes import this_process; print(this_process())"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout
    name = child.stdout.readline().strip()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, and is not reaped
    assert is_dead(name) is True
    child.communicate()


def test_a_changed_system_clock_does_not_make_a_running_process_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    name, boot = this_process(), psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: boot - 7200)
    assert is_dead(name) is False


def test_a_process_from_before_a_reboot_is_dead() -> None:
    host, pid, began = this_process().rsplit(":", 2)
    assert is_dead(f"{host}:{pid}:00000000-{began.rpartition('-')[2]}") is True


def test_the_state_of_a_process_on_another_host_is_unknown() -> None:
    assert is_dead(f"not-{socket.gethostname()}:1:0.00") is None
