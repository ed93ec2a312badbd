"""The command line as editors and operators meet it: real processes, exit codes, what is printed where."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from commands import PIPE
from PIL import Image
from project import Project


def find_issue(project: Project) -> Path:
    (path,) = (project.folder / "issues").glob("*-bienvenue/index.md")
    return path


def test_a_new_publication_works_at_once(project: Project) -> None:
    checked = project.run("check")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert "rien à signaler" in checked.stderr
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "essai").returncode == 0
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert sent.returncode == 0, sent.stderr
    assert len(project.messages()) == 3
    assert "3 remis sur 3" in sent.stdout


def test_sending_again_changes_nothing(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    project.run("send", "bienvenue", "--list", "essai", "--yes")
    before = {path: path.stat().st_mtime_ns for path in project.messages()}
    again = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert again.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in project.messages()} == before


def test_private_files_are_ignored_by_git(project: Project) -> None:
    ignored = (project.folder / ".gitignore").read_text().split()
    assert {".env", "*.db", "outbox/", "rendered/", "*.rejects*.csv", "*.rejects*.jsonl"} <= set(ignored)
    assert (project.folder / ".env").stat().st_mode & 0o077 == 0


def test_a_second_init_changes_nothing(project: Project) -> None:
    before = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    assert project.run("init", ".").returncode == 0
    assert {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()} == before


def test_check_prints_positions_and_json(project: Project) -> None:
    path = find_issue(project)
    path.write_text(path.read_text("utf-8").replace("Chères lectrices", "Chère lectrices"), "utf-8")
    text = project.run("check", "bienvenue")
    assert text.returncode == 1
    assert re.match(r"issues/\S+/index\.md:13:1: erreur S02 ", text.stdout)
    found = json.loads(project.run("check", "--format", "json", "--lang", "en").stdout)
    assert [set(finding) for finding in found] == [{"path", "line", "column", "code", "severity", "message"}]
    assert found[0]["message"].startswith("Salutation")


def test_language_comes_from_option_then_environment_then_settings(project: Project) -> None:
    assert "nothing to report" in project.run("check", "--lang", "en").stderr
    assert "nothing to report" in project.run("check", NEWSLETTER_LANG="en").stderr
    assert "rien à signaler" in project.run("check", "--lang", "fr", NEWSLETTER_LANG="en").stderr
    toml = project.folder / "newsletter.toml"
    toml.write_text('lang = "en"\n' + toml.read_text("utf-8"), "utf-8")
    assert "nothing to report" in project.run("check").stderr


def test_an_issue_is_named_by_slug_folder_or_file(project: Project) -> None:
    path = find_issue(project)
    for name in ("bienvenue", path.parent.name, str(path.parent), str(path), str(path.relative_to(project.folder))):
        assert project.run("check", name).returncode == 0, name


def test_an_issue_with_errors_is_not_sent(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    find_issue(project).write_text("rien", "utf-8")
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert sent.returncode == 1
    assert "M00" in sent.stderr
    assert project.messages() == []


def test_an_issue_without_id_gets_a_new_id(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    path = find_issue(project)
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"id: .*\n", "", text), "utf-8")
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert sent.returncode == 0, sent.stderr
    assert re.sub(r"id: [0-9a-f]{16}\n", "", path.read_text("utf-8")) == re.sub(r"id: .*\n", "", text)


@pytest.mark.parametrize("line", ["id:", "id: ''", "id: []"])
def test_an_empty_id_is_filled_in(project: Project, line: str) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    path = find_issue(project)
    text = re.sub(r"id: .*", line, path.read_text("utf-8"), count=1)
    path.write_bytes(text.replace("\n", "\r").encode() if line == "id:" else text.encode())
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert sent.returncode == 0, sent.stderr
    assert len(re.findall(rb"id: [0-9a-f]{16}", path.read_bytes())) == 1
    assert len(path.read_bytes().splitlines()) == len(text.splitlines())


def test_a_sent_issue_that_lost_its_id_is_refused_with_the_old_id(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    project.run("send", "bienvenue", "--list", "essai", "--yes")
    path = find_issue(project)
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"id: .*\n", "", text, count=1), "utf-8")
    again = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert again.returncode == 3
    assert re.findall(r"id: [0-9a-f]{16}", text)[0] in again.stderr
    assert len(project.messages()) == 3


def test_a_body_line_that_begins_with_id_is_not_changed(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    path = find_issue(project)
    text = re.sub(r"id: .*\n", "", path.read_text("utf-8"), count=1) + "\nid: mes mots\n\nLa rédaction\n"
    path.write_text(text, "utf-8")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 0
    assert re.sub(r"id: [0-9a-f]{16}\n", "", path.read_text("utf-8"), count=1) == text


def test_errors_made_after_planning_do_not_stop_the_campaign(project: Project) -> None:
    import sqlite3

    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    project.run("send", "bienvenue", "--list", "essai", "--yes")
    for path in project.messages():
        path.unlink()
    with sqlite3.connect(project.folder / "newsletter.db") as database:
        database.execute("UPDATE chunk SET state = 'ready'")
    database.close()
    find_issue(project).write_text(find_issue(project).read_text("utf-8") + "\nTODO\n", "utf-8")
    (project.folder / "templates/default/issue.mjml.j2").write_text("<mjml><mj-foo/></mjml>")
    again = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert again.returncode == 0, again.stderr
    assert len(project.messages()) == 3


def test_a_copied_issue_is_not_sent(project: Project) -> None:
    import shutil

    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    project.run("send", "bienvenue", "--list", "essai", "--yes")
    shutil.copytree(find_issue(project).parent, project.folder / "issues/2027-01-01-copie")
    sent = project.run("send", "copie", "--list", "essai", "--yes")
    assert sent.returncode == 1
    assert "M12" in sent.stderr


def test_an_invalid_sender_is_refused_before_the_edition_is_frozen(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    toml = project.folder / "newsletter.toml"
    good = toml.read_text("utf-8")
    toml.write_text(good.replace("bonjour@lettre", "rédaction@lettre"), "utf-8")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 2
    toml.write_text(good, "utf-8")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 0
    assert len(project.messages()) == 3


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "<&-", "| head -c 1"])
def test_a_closed_stream_causes_no_error(project: Project, closed: str) -> None:
    import sys

    command = f"{sys.executable} -m newsletter subscribers import abonnes.csv --list essai --format json {closed}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=project.folder, check=False, capture_output=True
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///x.db?timeout=abc", "mysql://a/b", "x"])
def test_an_unusable_database_url_is_reported(project: Project, url: str) -> None:
    done = project.run("subscribers", "import", "abonnes.csv", "--list", "essai", NEWSLETTER_DATABASE_URL=url)
    assert done.returncode == 2
    assert "database_url" in done.stderr or "SQLite" in done.stderr


def test_a_relative_database_url_starts_at_the_publication_folder(project: Project) -> None:
    environment = {"NEWSLETTER_DATABASE_URL": "sqlite:///data/a.db"}
    arguments = ("subscribers", "import", "../abonnes.csv", "--list", "essai", "--project", "..")
    (project.folder / "deep").mkdir()
    inside = replace(project, folder=project.folder / "deep")
    assert inside.run(*arguments, **environment).returncode == 0
    assert (project.folder / "data/a.db").is_file()


def test_send_without_terminal_and_without_yes_is_refused(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    sent = project.run("send", "bienvenue", "--list", "essai")
    assert sent.returncode == 3
    assert "--yes" in sent.stderr
    assert project.messages() == []


@pytest.mark.parametrize(
    ("typed", "code", "messages"), [("3", 0, 3), (" 3 ", 0, 3), ("", 3, 0), ("o", 3, 0), ("4", 3, 0), ("-3", 3, 0)]
)
def test_at_a_terminal_send_asks_for_the_number_of_recipients(
    project: Project, typed: str, code: int, messages: int
) -> None:
    import os
    import pty

    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    terminal, other_end = pty.openpty()
    child = project.start("send", "bienvenue", "--list", "essai", stdin=other_end, stdout=PIPE, stderr=PIPE)
    os.write(terminal, f"{typed}\n".encode())
    _, complaint = child.communicate(timeout=120)
    os.close(terminal)
    os.close(other_end)
    assert child.returncode == code, complaint
    assert "tapez le nombre de destinataires" in complaint
    assert len(project.messages()) == messages


def test_an_interrupted_send_can_be_continued_without_loss(project: Project) -> None:
    import signal

    rows = "".join(f"p{number}@exemple.fr\n" for number in range(6000))
    (project.folder / "tous.csv").write_text("email\n" + rows)
    project.run("subscribers", "import", "tous.csv", "--list", "tous")
    child = project.start("send", "bienvenue", "--list", "tous", "--yes", stdout=PIPE, stderr=PIPE)
    while child.poll() is None and not project.messages():
        pass
    child.send_signal(signal.SIGINT)
    _, complaint = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "Arrêt après les requêtes en cours" in complaint
    assert complaint.rstrip().endswith("newsletter dispatch --once, ou la même commande.")
    assert project.run("send", "bienvenue", "--list", "tous", "--yes").returncode == 0
    assert len(project.messages()) == 6000


def test_rendering_writes_three_files_and_their_pictures(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    done = project.run("render", "bienvenue", "--out", "vu", "--as", "Camille.Martin@example.org")
    assert done.stdout.split() == ["vu/bienvenue.html", "vu/bienvenue.txt", "vu/bienvenue.json"]
    html = (project.folder / "vu/bienvenue.html").read_text("utf-8")
    assert "Bonjour Camille" in html
    assert "-nl." not in html
    picture = re.search(r'src="(images/[0-9a-f]{64}\.jpg)"', html)
    assert picture
    with Image.open(project.folder / "vu" / picture[1]) as shown:
        assert shown.size == (1200, 675)
    facts = json.loads((project.folder / "vu/bienvenue.json").read_text("utf-8"))
    assert facts["subject"] == "Bienvenue dans votre lettre"
    assert [tag["name"] for tag in facts["merge_tags"]] == ["first_name", "token"]
    assert len(facts["digest"]) == 64


def test_rendering_without_a_person_keeps_the_merge_tags(project: Project) -> None:
    project.run("render", "bienvenue")
    assert "-nl.h.first_name." in (project.folder / "rendered/bienvenue.html").read_text("utf-8")


def remove_personal_parts(html: str) -> str:
    """Replace the token and the addresses of pictures, which differ between mail and file."""
    return re.sub(r"/u/\w+|cid:\w+@newsletter|images/\w+\.jpg", "*", html).replace("\r\n", "\n").strip()


def test_the_mailed_html_equals_the_rendered_html(project: Project) -> None:
    """The file and the mail contain the same edition, filled for the same person."""
    import email
    import email.policy

    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    project.run("render", "bienvenue", "--as", "camille.martin@example.org")
    project.run("send", "bienvenue", "--list", "essai", "--yes")
    raw = next(path.read_bytes() for path in project.messages() if b"To: camille" in path.read_bytes())
    body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("html",))
    assert body is not None
    assert remove_personal_parts(body.get_content()) == remove_personal_parts(
        (project.folder / "rendered/bienvenue.html").read_text("utf-8")
    )


def test_a_new_issue_has_findings_for_missing_parts_and_is_never_overwritten(project: Project) -> None:
    made = project.run("new", "L’été, déjà : œuvres & jeux !")
    assert made.returncode == 0
    assert re.fullmatch(r"issues/\d{4}-\d\d-\d\d-lete-deja-oeuvres-jeux/index\.md\n", made.stdout)
    codes = {
        finding["code"]
        for finding in json.loads(project.run("check", "lete-deja-oeuvres-jeux", "--format", "json").stdout)
    }
    assert {"T01", "I02"} <= codes
    again = project.run("new", "L’été, déjà : œuvres & jeux !")
    assert again.returncode == 3
    assert "existe déjà" in again.stderr


def test_convert_makes_an_issue_and_lists_what_is_left_to_do(project: Project) -> None:
    raw = project.folder / "brut.txt"
    raw.write_text(
        "Chères lectrices, chers lecteurs,\n\nUn chapô.\n\nUn titre\n\n" + "Une phrase. " * 20 + "\n\nJeanne\n", "utf-8"
    )
    done = project.run("convert", "brut.txt", "--out", "issues/2026-01-01-brut")
    assert (done.returncode, done.stdout) == (0, "issues/2026-01-01-brut/index.md\n")
    assert "M05" in done.stderr
    assert project.run("convert", "brut.txt", "--out", "issues/2026-01-01-brut").returncode == 3


def test_help_groups_the_commands_in_chapters(project: Project) -> None:
    text = project.run("--help", NEWSLETTER_LANG="en").stdout
    assert all(f"\n{chapter}:\n" in text for chapter in ("Start", "Write", "See", "People", "Send", "Run", "Comfort"))
    for command in ("init", "new", "convert", "check", "render", "subscribers", "send", "completion"):
        assert project.run(command, "--help").returncode == 0


def test_completion_is_printed(project: Project) -> None:
    assert "_NEWSLETTER_COMPLETE" in project.run("completion", "bash").stdout


Breakage = Callable[[Project], None]


def no_publication(project: Project) -> None:
    (project.folder / "newsletter.toml").unlink()


def broken_settings(project: Project) -> None:
    (project.folder / "newsletter.toml").write_text("name = ")


def lost_keys(project: Project) -> None:
    (project.folder / ".env").unlink()


def other_provider(project: Project) -> None:
    with (project.folder / ".env").open("a") as file:
        file.write("NEWSLETTER_PROVIDER=smtp\n")


def broken_theme(project: Project) -> None:
    (project.folder / "templates/default/issue.mjml.j2").write_text("<mjml><mj-foo/></mjml>")


def no_theme(project: Project) -> None:
    (project.folder / "templates/default/theme.toml").unlink()


def outbox_in_the_way(project: Project) -> None:
    (project.folder / "outbox").write_text("a file")


def database_of_noise(project: Project) -> None:
    for path in project.folder.glob("newsletter.db*"):
        path.unlink()
    (project.folder / "newsletter.db").write_bytes(b"noise" * 1000)


def database_is_a_folder(project: Project) -> None:
    for path in project.folder.glob("newsletter.db*"):
        path.unlink()
    (project.folder / "newsletter.db").mkdir()


def other_list_id(project: Project) -> None:
    path = project.folder / "newsletter.toml"
    path.write_text(re.sub(r'list_id = "[^"]*"', 'list_id = "autre.example.org"', path.read_text("utf-8")), "utf-8")


def other_suppression_key(project: Project) -> None:
    path = project.folder / ".env"
    path.write_text(re.sub(r"(SUPPRESSION_KEY)=.*", r"\1=another-key-than-before", path.read_text()))


BREAKAGES: list[tuple[Breakage, int, str]] = [
    (no_publication, 2, "newsletter init"),
    (broken_settings, 2, "newsletter.toml"),
    (lost_keys, 2, "suppression_key"),
    (other_provider, 4, "smtp"),
    (broken_theme, 2, "issue.mjml.j2:1"),
    (no_theme, 2, "Pas de thème"),
    (outbox_in_the_way, 4, "outbox"),
    (database_of_noise, 2, "base de données"),
    (database_is_a_folder, 3, "base de données"),
    (other_list_id, 3, "autre publication"),
    (other_suppression_key, 3, "suppression_key"),
]


@pytest.mark.parametrize(("break_publication", "code", "word"), BREAKAGES, ids=[case[0].__name__ for case in BREAKAGES])
def test_every_broken_publication_gives_one_sentence_and_an_exit_code(
    project: Project, break_publication: Breakage, code: int, word: str
) -> None:
    assert project.run("subscribers", "import", "abonnes.csv", "--list", "essai").returncode == 0
    break_publication(project)
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert sent.returncode == code, sent.stderr
    assert "Traceback" not in sent.stderr
    assert word in sent.stderr.split("\n")[-2]
    assert project.messages() == []


def test_send_reaches_everybody_after_an_unusable_outbox_is_repaired(project: Project) -> None:
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    outbox_in_the_way(project)
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 4
    (project.folder / "outbox").unlink()
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 0
    assert len(project.messages()) == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "nulle-part"), 2),
        (("send", "bienvenue", "--list", "nulle", "--yes"), 2),
        (("render", "bienvenue", "--as", "personne@exemple.fr"), 2),
        (("render", "bienvenue", "--as", "personne"), 2),
        (("subscribers", "import", "newsletter.toml", "--list", "x"), 2),
        (("convert", "issues"), 2),
        (("chek",), 2),
        (("check", "--project", "/nonexistent"), 2),
    ],
)
def test_unusable_input_is_reported(project: Project, arguments: tuple[str, ...], code: int) -> None:
    done = project.run(*arguments)
    assert done.returncode == code
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_approval_becomes_invalid_when_the_issue_changes(project: Project) -> None:
    path = find_issue(project)
    settings = project.folder / "newsletter.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("require_approval = false", "require_approval = true"), "utf-8"
    )
    project.run("subscribers", "import", "abonnes.csv", "--list", "essai")
    assert project.run("send", "bienvenue", "--list", "essai", "--yes").returncode == 3
    given = project.run("approve", "bienvenue", "--by", "Hélène Vasseur")
    assert re.fullmatch(r"[0-9a-f]{64}\n", given.stdout)
    good = path.read_text("utf-8")
    path.write_text(good.replace("Bienvenue", "Bonjour"), "utf-8")
    refused = project.run("send", "bienvenue", "--list", "essai", "--yes")
    assert refused.returncode == 3
    assert "Hélène Vasseur" in refused.stderr
    assert project.messages() == []
    path.write_text(good, "utf-8")
    sent = project.run("send", "bienvenue", "--list", "essai", "--yes", "--format", "json")
    assert json.loads(sent.stdout)["approved_by"] == ["Hélène Vasseur"]
    assert "Accord   Hélène Vasseur" in sent.stderr
    assert len(project.messages()) == 3


def test_an_issue_with_errors_cannot_be_approved(project: Project) -> None:
    path = find_issue(project)
    path.write_text(path.read_text("utf-8").replace("une section", "une section TODO"), "utf-8")
    refused = project.run("approve", "bienvenue", "--by", "Hélène")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "T01" in refused.stderr
    assert project.run("approve", "bienvenue", "--by", " ").returncode in {1, 2}
