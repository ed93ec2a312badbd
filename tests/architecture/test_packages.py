"""A package's docstring lists each of its modules on a line, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from newsletter.cli import COMMANDS

SOURCE = Path(__file__).parents[2] / "src/newsletter"
PACKAGES = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)
LISTED_ELSEWHERE = {"cli/subscribers", "storage/migrations", "storage/migrations/versions"}
"""Subcommands are in their group; Alembic finds migrations by itself."""


def list_parts(package: Path) -> set[str]:
    """Return modules and packages in a package, without the commands, which `COMMANDS` lists."""
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    found = modules | {path.parent.name for path in package.glob("*/__init__.py")}
    return found - set(COMMANDS) if package.name == "cli" else found


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_package_docstring_lists_its_modules(package: Path) -> None:
    if package.relative_to(SOURCE).as_posix() in LISTED_ELSEWHERE:
        return
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    named = set(re.findall(r"(?<![\w.`])[a-z_]+(?![\w`])", text))
    assert list_parts(package) - named == set(), "these have no line in the docstring"
    first_words = re.findall(r"^([a-z_]+)(?:, [a-z_]+)*  +\S", text, re.MULTILINE)
    assert set(first_words) - list_parts(package) == set(), "these are listed, and not there"
