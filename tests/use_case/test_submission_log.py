"""The submission log of a killed worker: what it proves, and when it proves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.campaigns.sending import submission, submission_log
from newsletter.campaigns.sending.submission_log import SubmissionLog, Submitted
from newsletter.model.campaign import ChunkState
from newsletter.system import processes

IDS = [3, 5, 2**40, 11, 12, 13, 14]
TOKEN = "0123456789abcdef"


@pytest.fixture
def log(tmp_path: Path) -> SubmissionLog:
    return SubmissionLog(tmp_path / "submissions")


def begin_file(log: SubmissionLog, *, size: int = 1) -> submission_log.SubmissionFile:
    file = log.begin(TOKEN)
    file.complete(IDS, size)
    return file


def test_only_the_owner_can_read_the_submission_log(log: SubmissionLog, tmp_path: Path) -> None:
    begin_file(log)
    folder = tmp_path / "submissions"
    assert (folder.stat().st_mode & 0o777, (folder / TOKEN).stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(("size", "accepted", "unknown"), [(1, (3,), (5,)), (3, (3, 5, 2**40), (11, 12, 13))])
def test_a_taken_over_file_lists_accepted_and_unknown_ids(
    log: SubmissionLog, size: int, accepted: tuple[int, ...], unknown: tuple[int, ...]
) -> None:
    file = begin_file(log, size=size)
    assert file.commit(0)
    file.record_outcome(0, accepted=True)
    assert file.commit(1)
    if size == 1:
        assert file.commit(2)
        file.record_outcome(2, accepted=False)
    assert log.take_over(TOKEN) == Submitted(accepted, unknown)


def test_an_incomplete_file_proves_that_nothing_was_submitted(log: SubmissionLog) -> None:
    log.begin(TOKEN)
    assert log.take_over(TOKEN) == Submitted((), ())


def test_a_worker_cannot_commit_after_a_takeover(log: SubmissionLog) -> None:
    """A stopped worker goes on after its lease has ended: it must notice that its file was taken over."""
    file = begin_file(log)
    assert log.take_over(TOKEN) == Submitted((), ())
    assert not file.commit(0)


def damage_file(path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = path.read_bytes()
    if how == "boot id changed":
        boot = path.parent / "boot"
        boot.write_text("ffffffff-0000")
        monkeypatch.setattr(processes, "_BOOT_ID_FILE", boot)
    elif how == "boot without a name":
        monkeypatch.setattr(processes, "_BOOT_ID_FILE", path.parent / "nowhere")
    elif how == "another host":
        monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    elif how == "file deleted":
        path.unlink()
    elif how == "something appended":
        path.write_bytes(data + b"\0")
    else:
        path.write_bytes(data[: int(how.rpartition(" ")[2])])


DAMAGES = ["boot id changed", "boot without a name", "another host", "file deleted", "something appended"]
CUT_OFF = [f"cut off at {place}" for place in (0, 1, 255, 256, 257, 258, 265, 266, 270, 273, 280, 328)]


@pytest.mark.parametrize("how", [*DAMAGES, *CUT_OFF])
def test_a_damaged_or_foreign_file_proves_nothing(
    log: SubmissionLog, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_file(log)
    assert len((tmp_path / "submissions" / TOKEN).read_bytes()) == 329
    damage_file(tmp_path / "submissions" / TOKEN, how, monkeypatch)
    assert log.take_over(TOKEN) is None


def test_an_abandoned_chunk_is_split_by_the_submission_log() -> None:
    parts = submission.split_abandoned(Submitted((3,), (5,)), [3, 5, 7, 9])
    assert [(part.state, part.ids) for part in parts] == [
        (ChunkState.ACCEPTED, (3,)),
        (ChunkState.IN_DOUBT, (5,)),
        (ChunkState.READY, (7, 9)),
    ]
    assert [part.state for part in submission.split_abandoned(Submitted((), ()), [])] == [ChunkState.READY]


CHILD = """
import os, signal, sys
from pathlib import Path
from newsletter.campaigns.sending.submission_log import SubmissionLog
file = SubmissionLog(Path(sys.argv[1])).begin(sys.argv[2])
file.complete([1, 2, 3, 4], 1)
file.commit(0); file.record_outcome(0, accepted=True); file.commit(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_submission_log_survives_a_killed_process(log: SubmissionLog, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path / "submissions"), TOKEN]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert log.take_over(TOKEN) == Submitted((1,), (2,))


def test_discard_deletes_named_and_old_files(log: SubmissionLog, tmp_path: Path) -> None:
    begin_file(log).close()
    other = log.begin("feed")
    old = log.begin("cafe")
    os.utime(tmp_path / "submissions" / "cafe", (0, 0))
    log.discard(["feed", ""])
    assert [*(tmp_path / "submissions").iterdir()] == []
    other.close()
    old.close()
