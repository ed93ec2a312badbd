"""What an editor types: check in all its forms, fmt, convert, as real processes."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import commands
import pytest
from commands import PIPE, Program
from project import Project


@pytest.fixture
def path(project: Project) -> Path:
    (found,) = (project.folder / "issues").glob("*-bienvenue/index.md")
    return found


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_check_accepts_a_folder_or_several_issues(project: Project, path: Path) -> None:
    other = project.folder / "issues" / "2027-01-05-second" / "index.md"
    other.parent.mkdir()
    text = re.sub(r"id: .*\n", "", path.read_text("utf-8")).replace("ouverture.jpg", "../x.jpg")
    other.write_text(re.sub(r"date: .*", "date: 2027-01-05", text), "utf-8")
    for arguments in ([], ["issues"], [str(project.folder / "issues")], ["bienvenue", "second"]):
        done = project.run("check", *arguments)
        assert done.returncode == 1
        assert "2 numéros relus : 1 erreur".replace(" : ", "\u00a0: ") in done.stderr
        assert done.stdout.startswith("issues/2027-01-05-second/index.md:")


def test_check_prints_findings_as_github_annotations(project: Project, path: Path) -> None:
    replace_text(path, "Chères lectrices", "Chère 100% lectrices")
    done = project.run("check", "--format", "github")
    assert done.returncode == 1
    assert re.match(
        r"::error file=issues/\S+/index\.md,line=13,col=1,title=S02::Salutation «\u00a0Chère 100%25 ", done.stdout
    )


def test_fmt_proposes_fixes_and_writes_them_on_request(project: Project, path: Path) -> None:
    replace_text(path, "Un paragraphe", "Un coup de coeur pour la 2ème fois : un paragraphe")
    before = path.read_bytes()
    shown = project.run("fmt", "bienvenue")
    assert (shown.returncode, path.read_bytes()) == (1, before)
    assert re.search(r"index\.md:19:12: T05 «\u00a0coeur\u00a0» devient «\u00a0cœur\u00a0»", shown.stdout)
    assert "2 corrections proposées" in shown.stderr
    assert project.run("fmt", "--write").returncode == 0
    assert "Un coup de cœur pour la 2e fois : un paragraphe" in path.read_text("utf-8")
    assert project.run("fmt").returncode == 0


def test_check_online_reports_private_addresses_without_requesting_them(project: Project, path: Path) -> None:
    replace_text(path, "https://www.markdownguide.org/fr/", "http://127.0.0.1:9/x")
    done = project.run("check", "--online")
    assert re.search(r"index\.md:19:\d+: attention O03 http://127\.0\.0\.1:9/x", done.stdout)
    assert done.returncode == 1  # an error too, L03: no reader can reach it


def test_a_missing_proofreader_is_reported_and_check_goes_on(project: Project) -> None:
    done = project.run("check", "--proofread", PATH="/nowhere")
    assert done.returncode == 0
    assert "Grammalecte n’est pas installé" in done.stderr


def test_schema_prints_the_same_schema_that_init_wrote(project: Project) -> None:
    printed = json.loads(project.run("schema").stdout)
    assert printed == json.loads((project.folder / ".vscode/front-matter.schema.json").read_text("utf-8"))
    assert {"objet", "subject", "apercu", "date", "auteur"} <= set(printed["properties"])


def test_editor_files_are_json_and_the_task_matches_the_output_of_check(project: Project) -> None:
    folder = project.folder / ".vscode"
    snippets = json.loads((folder / "newsletter.code-snippets").read_text("utf-8"))
    task = json.loads((folder / "tasks.json").read_text("utf-8"))["tasks"][0]
    assert {"numero", "encadre", "bouton", "tableau", "note"} <= {snippet["prefix"] for snippet in snippets.values()}
    pattern = re.compile(task["problemMatcher"]["pattern"]["regexp"])
    assert pattern.match("issues/2026-11-22-x/index.md:13:1: erreur S02 Salutation")


def test_the_issue_snippet_passes_the_check(project: Project, path: Path) -> None:
    snippets = json.loads((project.folder / ".vscode/newsletter.code-snippets").read_text("utf-8"))
    body = "\n".join(snippets["Numéro"]["body"]).replace(
        "$0", "Le texte de la section, qui dit ce que le titre promet."
    )
    dated = body.replace("${CURRENT_YEAR}-${CURRENT_MONTH}-${CURRENT_DATE}", path.parent.name[:10])
    path.write_text(re.sub(r"\$\{\d+:([^}]*)\}", r"\1", dated), "utf-8")
    assert project.run("check").stdout == ""


def test_convert_puts_a_documents_pictures_beside_the_issue(project: Project) -> None:
    docx = pytest.importorskip("docx")
    from PIL import Image

    word = docx.Document()
    for line in ("Chères lectrices, chers lecteurs,", "Un chapô qui dit pourquoi il faut lire la suite de la lettre."):
        word.add_paragraph(line)
    Image.new("RGB", (40, 20), "teal").save(project.folder / "p.png")
    word.add_picture(str(project.folder / "p.png"))
    word.save(str(project.folder / "Ma lettre.docx"))
    done = project.run("convert", "Ma lettre.docx")
    assert done.returncode == 0, done.stderr
    written = project.folder / done.stdout.strip()
    assert (written.parent / "image-1.png").is_file()
    assert "(image-1.png)" in written.read_text("utf-8")
    again = project.run("convert", "Ma lettre.docx")
    assert (again.returncode, "existe déjà" in again.stderr) == (3, True)


class CheckWatch:
    """`check --watch` as a process; collects what it prints."""

    def __init__(self, folder: Path) -> None:
        watch = Program(("check", "--watch"))
        self.process = commands.start(watch, cwd=folder, environment={"COLUMNS": "60"}, stdout=PIPE)
        self.lines: list[str] = []
        self.grown = threading.Condition()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        for line in self.process.stdout or ():
            with self.grown:
                self.lines.append(line)
                self.grown.notify_all()

    def wait_for_text(self, text: str, after: int = 0) -> int:
        """Wait until `text` is printed after line `after`, and return the number of lines."""
        with self.grown:
            assert self.grown.wait_for(lambda: any(text in line for line in self.lines[after:]), timeout=30), self.lines
            return len(self.lines)


@pytest.fixture
def watch(project: Project) -> Iterator[CheckWatch]:
    running = CheckWatch(project.folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.wait()
    if running.process.stdout:
        running.process.stdout.close()


INTERRUPTED_CHECK = """
import os, signal, sys
from newsletter.cli import check_watch, main
check_watch.check_issues = lambda *_arguments, **_options: os.kill(os.getpid(), signal.SIGINT)
main(["check", "--watch"])
"""


def test_ctrl_c_ends_check_watch_even_during_a_check(project: Project) -> None:
    done = commands.run(Program((), code=INTERRUPTED_CHECK), cwd=project.folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_watch_checks_again_after_every_change(watch: CheckWatch, project: Project, path: Path) -> None:
    seen = watch.wait_for_text("rien à signaler")
    replace_text(path, "Chères lectrices", "Chère lectrices")
    seen = watch.wait_for_text("S02", seen)
    replace_text(path, "Chère lectrices", "Chères lectrices")
    seen = watch.wait_for_text("rien à signaler", seen)
    (project.folder / "newsletter.toml").write_text("name = ", "utf-8")
    watch.wait_for_text("newsletter.toml", seen)
    wide = [line for line in watch.lines if len(line.rstrip("\n")) > 60]
    assert [line for line in wide if " " in line.strip()] == []  # only an address or a path is wider than the window
    watch.process.send_signal(signal.SIGINT)
    assert watch.process.wait(timeout=20) == 0
