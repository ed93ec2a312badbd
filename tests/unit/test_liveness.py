from __future__ import annotations

import socket
import subprocess
import sys

from newsletter.liveness import is_dead, this_process


def test_this_process_lives() -> None:
    assert is_dead(this_process()) is False


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.run(
        [sys.executable, "-c", "from newsletter.liveness import this_process; print(this_process())"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert is_dead(child.stdout.strip()) is True


def test_a_number_used_again_is_not_the_same_process() -> None:
    host, pid, _ = this_process().rsplit(":", 2)
    assert is_dead(f"{host}:{pid}:12345.00") is True


def test_of_another_host_nothing_is_known() -> None:
    assert is_dead(f"not-{socket.gethostname()}:1:0.00") is None
