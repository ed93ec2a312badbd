"""Other accounts of the machine read no address, whatever the umask, and a web server reads what is published."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import commands
import pytest
from commands import Program
from project import Project

from newsletter.app import open_app
from newsletter.providers.outbox import Outbox
from newsletter.system import files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="mode bits are POSIX's")
PUBLISHED = {"newsletter.toml", ".gitignore", ".newsletter-sent"}
UMASKS = [0o000, 0o077, 0o177]


def read_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], None]]:
    """A function that sets the umask of this process and of its commands."""
    before = os.umask(0o022)
    yield lambda wanted: (os.umask(wanted), None)[1]
    os.umask(before)


def run_without_traceback(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = project.run(*arguments)
    assert "Traceback" not in done.stderr
    return done


def write_private_files(project: Project) -> None:
    """Run every command that writes addresses or tokens into the publication."""
    (project.folder / "people.csv").write_text("email,prenom\nzoe@example.org,Zoé\nnobody,X\n", "utf-8")
    assert run_without_traceback(project, "subscribers", "import", "people.csv", "--list", "tous").returncode == 1
    assert run_without_traceback(project, "send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    assert run_without_traceback(project, "subscribers", "export", "all.jsonl").returncode == 0
    assert run_without_traceback(project, "subscribers", "export", "exports.csv").returncode == 0
    assert run_without_traceback(project, "db", "backup", "copy.db").returncode == 0
    assert run_without_traceback(project, "render", "bienvenue", "--as", "zoe@example.org").returncode == 0


def list_private_paths(project: Project) -> list[Path]:
    folder = project.folder
    found = [folder / name for name in ("newsletter.db", "all.jsonl", "exports.csv", "copy.db", ".env", "abonnes.csv")]
    for tree in ("outbox", "rendered"):
        found += [folder / tree, *(folder / tree).rglob("*")]
    return [*found, *folder.glob("*.rejects.csv")]


@pytest.mark.parametrize("wanted", UMASKS, ids=oct)
def test_files_with_addresses_are_private_for_every_umask(
    tmp_path: Path, found_project: Callable[[Path], Project], umask: Callable[[int], None], wanted: int
) -> None:
    umask(wanted & ~0o100)  # a folder that its owner cannot enter is nobody's
    project = found_project(tmp_path)
    write_private_files(project)
    found = {
        path.name: oct(read_mode(path))
        for path in list_private_paths(project)
        if read_mode(path) != (0o700 if path.is_dir() else 0o600)
    }
    assert found == {}
    assert any(path.suffix == ".eml" for path in list_private_paths(project))


def test_the_files_beside_an_open_database_are_private(project: Project, umask: Callable[[int], None]) -> None:
    umask(0o000)
    store = open_app(project.folder, project.folder).store()
    with store.events.write() as tx:
        tx.exec_driver_sql("SELECT 1")
    beside = {path.name: oct(read_mode(path)) for path in project.folder.glob("newsletter*.db*")}
    store.close()
    assert len(beside) == 6
    assert set(beside.values()) == {"0o600"}


def test_the_group_setting_lets_the_group_read_and_write(project: Project, umask: Callable[[int], None]) -> None:
    umask(0o077)
    settings = project.folder / "newsletter.toml"
    settings.write_text(settings.read_text("utf-8") + "\n[files]\ngroup = true\n", "utf-8")
    write_private_files(project)
    private = {path.name: oct(read_mode(path)) for path in list_private_paths(project) if path.name != "abonnes.csv"}
    assert {name: bits for name, bits in private.items() if bits not in {"0o660", "0o770"}} == {}
    before = {path: read_mode(path) for path in list_private_paths(project)}
    assert "Droits" not in run_without_traceback(project, "lists", "show").stderr
    assert {path: read_mode(path) for path in list_private_paths(project)} == before


def test_permissions_that_are_too_open_are_restricted_and_reported_once(project: Project) -> None:
    assert run_without_traceback(project, "subscribers", "import", "abonnes.csv", "--list", "tous").returncode == 0
    assert run_without_traceback(project, "send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    for path in (project.folder / "newsletter.db", *(project.folder / "outbox").rglob("*.eml")):
        path.chmod(0o644)
    for path in (project.folder / "outbox", *(project.folder / "outbox").iterdir()):
        path.chmod(0o755)
    told = run_without_traceback(project, "lists", "show")
    assert "newsletter.db" in told.stderr
    assert "outbox" in told.stderr
    assert "group = true" in told.stderr
    assert "example.org" not in told.stderr
    trees = [project.folder / "newsletter.db", project.folder / "outbox", *(project.folder / "outbox").rglob("*")]
    assert [path for path in trees if read_mode(path) & 0o077] == []
    assert "Droits" not in run_without_traceback(project, "lists", "show").stderr


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///a\0b", "nonsense", "postgresql://nobody@/x"])
def test_an_invalid_database_url_does_not_stop_restrict_files(project: Project, url: str) -> None:
    settings = project.folder / "newsletter.toml"
    written = url.replace("\0", "\\u0000")
    settings.write_text(f'database_url = "{written}"\n' + settings.read_text("utf-8"), "utf-8")
    (project.folder / ".env").chmod(0o644)
    assert open_app(project.folder, project.folder).restrict_files() == [project.folder / ".env"]


def test_a_setgid_folder_keeps_its_setgid_bit(project: Project) -> None:
    (project.folder / "outbox").mkdir()
    (project.folder / "outbox").chmod(0o2755)
    assert open_app(project.folder, project.folder).restrict_files() == [project.folder / "outbox"]
    assert read_mode(project.folder / "outbox") == 0o2700


def test_published_files_stay_readable_for_everybody(project: Project, umask: Callable[[int], None]) -> None:
    umask(0o077)
    assert run_without_traceback(project, "assets", "export", "www/site", "bienvenue").returncode == 0
    site = [project.folder / "www", *(project.folder / "www").rglob("*")]
    assert {oct(read_mode(path)) for path in site if path.is_file()} == {"0o644"}
    assert {oct(read_mode(path)) for path in site if path.is_dir()} == {"0o755"}


def test_assets_export_follows_no_symbolic_link_out_of_the_site(project: Project, tmp_path: Path) -> None:
    (project.folder / "site").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (project.folder / "site" / "n").symlink_to(tmp_path / "elsewhere")
    done = run_without_traceback(project, "assets", "export", "site", "bienvenue")
    assert done.returncode == 3
    assert "site/n" in done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_fmt_keeps_the_mode_of_an_issue(project: Project) -> None:
    issue = next((project.folder / "issues").glob("*/index.md"))
    issue.write_text(issue.read_text("utf-8") + "\nUn coeur neuf.\n", "utf-8")
    issue.chmod(0o664)
    run_without_traceback(project, "fmt", "bienvenue", "--write")
    assert "cœur" in issue.read_text("utf-8")
    assert read_mode(issue) == 0o664


WATCHING_OPEN_FILES = """
import os, stat, sys
from newsletter.cli import main
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & os.O_CREAT:
        made.append(os.fsdecode(arguments[0]))
    if event in {"os.rename", "os.chmod", "sqlite3.connect"}:
        for path in made:
            if os.path.isfile(path) and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
                print("OPEN", path, file=sys.stderr)
made = []
os.umask(0)
sys.addaudithook(watch)
sys.exit(main(sys.argv[1:]))
"""


def test_no_private_file_is_readable_by_others_even_for_a_moment(project: Project) -> None:
    (project.folder / "people.csv").write_text("email\nzoe@example.org\nnobody\n", "utf-8")
    for arguments in (
        ["subscribers", "import", "people.csv", "--list", "tous"],
        ["send", "bienvenue", "--list", "tous", "--yes"],
        ["subscribers", "export", "all.jsonl"],
        ["db", "backup", "copy.db"],
        ["render", "bienvenue", "--as", "zoe@example.org"],
    ):
        done = commands.run(Program(tuple(arguments), code=WATCHING_OPEN_FILES), cwd=project.folder)
        opened = [line for line in done.stderr.splitlines() if line.startswith("OPEN")]
        assert [
            line
            for line in opened
            if Path(line[5:]).name not in PUBLISHED and ".newsletter-sent" not in line and "index.md" not in line
        ] == []


def test_a_leftover_temporary_file_with_open_mode_is_not_reused(tmp_path: Path) -> None:
    """A temporary file with the mode of an older version."""
    left = tmp_path / "0000001.eml.tmp"
    left.write_bytes(b"half")
    left.chmod(0o644)
    from newsletter.providers.outbox import _write

    _write(str(tmp_path / "0000001.eml"), b"whole", lambda: True, files.PRIVATE.file)
    assert (tmp_path / "0000001.eml").read_bytes() == b"whole"
    assert read_mode(tmp_path / "0000001.eml") == 0o600
    assert not left.exists()


def test_the_outbox_makes_private_folders(tmp_path: Path, publication: object) -> None:
    outbox = Outbox(tmp_path / "a" / "outbox")
    outbox.check(publication)  # type: ignore[arg-type] # unused by the outbox
    assert [read_mode(tmp_path / "a"), read_mode(tmp_path / "a" / "outbox")] == [0o700, 0o700]


def test_doctor_reports_files_that_others_can_read(tmp_path: Path) -> None:
    from newsletter.diagnostics import environment

    path = tmp_path / "newsletter.db"
    path.touch()
    for bits, permissions, expected in ((0o644, files.PRIVATE, "doctor_too_open"), (0o640, files.PRIVATE, "doctor_too_open"),
                                        (0o640, files.SHARED, "doctor_private"), (0o600, files.PRIVATE, "doctor_private")):  # fmt: skip
        path.chmod(bits)
        assert [probe.key for probe in environment.check_permissions([path], permissions)] == [expected]
