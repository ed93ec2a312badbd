"""A folder in which nothing can be written is called that, by every command that needs it, and nothing half-written stays."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import commands
import pytest
from commands import Program
from project import Project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="mode bits are POSIX's")
NOBODY = 65_534
COMMANDS = [
    ("lists", "show"),
    ("subscribers", "export", "x.csv"),
    ("send", "bienvenue", "--list", "tous", "--yes"),
    ("campaigns", "list"),
    ("db", "backup", "copy.db"),
    ("db", "upgrade"),
    ("render", "bienvenue"),
    ("assets", "export", "site"),
]


def open_parent_folders(project: Project) -> None:
    """Open pytest's own folders, one more for each process of several, to the account that the command runs under."""
    for parent in project.folder.parents:
        if parent == Path(tempfile.gettempdir()):
            return
        parent.chmod(0o755)


@pytest.fixture
def read_only(project: Project) -> Project:
    """A publication that belongs to an account which cannot write into its folder."""
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "tous").returncode == 0
    open_parent_folders(project)
    for path in [project.folder, *project.folder.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    project.folder.chmod(0o555)
    return project


def run_as_nobody(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As an account that is not root, which may write everywhere."""
    return commands.run(Program(arguments), cwd=project.folder, user=NOBODY if os.geteuid() == 0 else None)


def test_every_command_says_that_the_folder_cannot_be_written(read_only: Project) -> None:
    for command in COMMANDS:
        done = run_as_nobody(read_only, *command)
        assert done.returncode in {2, 3}, command
        assert "lecture seule" in done.stderr, command
        assert str(read_only.folder) in done.stderr, command
        assert "unable to open" not in done.stderr
    assert {path.name for path in read_only.folder.glob("*.tmp")} == set()


def test_doctor_reports_a_read_only_folder_and_goes_on(read_only: Project) -> None:
    done = run_as_nobody(read_only, "doctor")
    assert done.returncode == 1
    assert f"base {read_only.folder}/newsletter.db" in done.stdout
    assert "rien ne quitte cette machine" in done.stdout


def test_a_new_database_in_a_read_only_folder_is_reported(project: Project) -> None:
    locked = project.folder / "locked"
    locked.mkdir()
    if os.geteuid() == 0:
        os.chown(project.folder / ".env", NOBODY, NOBODY)
    open_parent_folders(project)
    settings = project.folder / "newsletter.toml"
    settings.write_text('database_url = "sqlite:///locked/deep/x.db"\n' + settings.read_text("utf-8"), "utf-8")
    locked.chmod(0o555)
    done = run_as_nobody(project, "lists", "show")
    assert done.returncode == 3
    assert "locked/deep" in done.stderr


def test_doctor_reports_a_broken_database_and_goes_on(project: Project) -> None:
    (project.folder / "newsletter.db").write_bytes(b"no database at all" * 100)
    done = project.run("doctor")
    assert done.returncode == 1
    assert "file is not a database" in done.stdout
    assert "rien ne quitte cette machine" in done.stdout


INTERRUPTED = """
import os, signal, sys
from newsletter.cli import main
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, os.PathLike)) and str(arguments[0]).endswith(".tmp"):
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
sys.addaudithook(watch)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("subscribers", "export", "x.jsonl"),
        ("subscribers", "import", "bad.csv", "--list", "tous"),
        ("render", "bienvenue"),
    ],
)
def test_a_command_stopped_by_a_signal_leaves_no_temporary_file(
    project: Project, number: str, arguments: tuple[str, ...]
) -> None:
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "tous").returncode == 0
    (project.folder / "bad.csv").write_text("email\nnobody\n")
    done = commands.run(Program((number, *arguments), code=INTERRUPTED), cwd=project.folder)
    assert (done.returncode, "Traceback" in done.stderr) == (130, False)
    assert [path for path in Path(project.folder).rglob("*") if path.name.endswith(".tmp")] == []
    assert not (project.folder / "x.jsonl").exists()
