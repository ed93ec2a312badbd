"""The documents agree with the program: commands, settings, merge tags and findings."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

from newsletter.cli import COMMANDS, contents
from newsletter.config.settings import Settings
from newsletter.model.finding import SEVERITIES
from newsletter.personalization import merge_tags

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))


def list_commands() -> dict[str, click.Command]:
    """Return every command and subcommand by its name."""
    found: dict[str, click.Command] = {}
    context = click.Context(contents)
    for name in COMMANDS:
        command = contents.get_command(context, name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {sub}": inner for sub, inner in command.commands.items()}
            del found[name]
    return found


def render_reference() -> str:
    """Return the text of docs/reference.md, generated from the program."""
    out = [
        "# Reference",
        "",
        "Generated from the program; a test compares them (`make test` says how to renew it).",
        "",
        "## Commands",
        "",
    ]
    for name, command in list_commands().items():
        usage = command.get_usage(click.Context(command, info_name=f"newsletter {name}")).removeprefix("Usage: ")
        out += [f"### `{' '.join(usage.split())}`", "", inspect.cleandoc(command.help or ""), ""]
        for option in command.params:
            if isinstance(option, click.Option):
                out.append(f"- `{', '.join(option.opts)}`: {option.help}")
        out.append("")
    out += ["## Settings", "", "| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        required = field.is_required()
        default = (
            "required" if required else f"`{field.default}`" if field.default and isinstance(field.default, str) else ""
        )
        out.append(f"| `{name}` | {default} | {field.description} |")
    out += ["", "## Merge tags", "", "| tag | also | where |", "|---|---|---|"]
    for tags, where in ((merge_tags.VALUE_TAGS, "in text"), (merge_tags.URL_TAGS, "in text and as a link's address")):
        out += [
            f"| `{{{{ {tag} }}}}` | {', '.join(f'`{alias}`' for alias in also)} | {where} |"
            for tag, also in tags.items()
        ]
    return "\n".join(out) + "\n"


def test_the_reference_matches_the_program(pytestconfig: pytest.Config) -> None:
    path = DOCS / "reference.md"
    if pytestconfig.getoption("--update-goldens"):
        path.write_text(render_reference(), "utf-8")
    assert path.read_text("utf-8").split("\n") == render_reference().split("\n"), (
        "renew it with: pytest tests/architecture --update-goldens"
    )


@pytest.mark.parametrize("code", SEVERITIES)
def test_every_finding_is_documented_with_a_paragraph_and_an_example(code: str) -> None:
    text = (DOCS / "findings.md").read_text("utf-8")
    found = re.search(rf"^### {code} · {SEVERITIES[code]} · .+\n\n(?:.+\n)+\n```\n(?:.*\n)+?```$", text, re.MULTILINE)
    assert found, f"{code} needs « ### {code} · {SEVERITIES[code]} · title », a paragraph and an example"


def test_every_documented_finding_exists() -> None:
    codes = re.findall(r"^### ([A-Z]\d\d) ", (DOCS / "findings.md").read_text("utf-8"), re.MULTILINE)
    assert codes == sorted(SEVERITIES)


def test_every_command_in_the_documents_exists() -> None:
    known = {name.split()[0] for name in list_commands()}
    for path in DOCUMENTS:
        for used in re.findall(r"^\s*(?:\$ )?newsletter ([a-z]+)", path.read_text("utf-8"), re.MULTILINE):
            assert used in known, f"{path.name}: newsletter {used}"


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        for used in re.findall(r"`make ([a-z]+)`", path.read_text("utf-8")):
            assert used in targets, f"{path.name}: make {used}"


def test_every_link_between_documents_leads_to_a_file() -> None:
    for path in DOCUMENTS:
        prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
            assert (path.parent / target).exists(), f"{path.name} → {target}"


def test_the_readme_is_short_and_begins_with_make_demo_and_make_test() -> None:
    assert README.index("make demo") < README.index("make test") < README.index("## Install")
    assert len(README.split()) <= 700


def test_the_readme_gives_the_right_number_of_findings() -> None:
    assert f"{len(SEVERITIES)} [findings]" in README


def test_no_document_or_module_refers_to_the_shared_folder() -> None:
    for path in (*DOCUMENTS, *(ROOT / "src").rglob("*.py")):
        assert "../shared" not in path.read_text("utf-8")
