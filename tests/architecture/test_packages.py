"""A package's docstring lists its modules, each with a line, and nothing that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/newsletter"
PACKAGES = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)
LISTED_ELSEWHERE = {"cli", "cli/subscribers", "storage/migrations", "storage/migrations/versions"}
"""Commands are in `cli.COMMANDS`, each in a module of its name; Alembic finds migrations by itself."""


def parts(package: Path) -> set[str]:
    """Modules and packages in a package."""
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in package.glob("*/__init__.py")}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_package_lists_its_modules(package: Path) -> None:
    if package.relative_to(SOURCE).as_posix() in LISTED_ELSEWHERE:
        return
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    named = set(re.findall(r"(?<![\w.`])[a-z_]+(?![\w`])", text))
    assert parts(package) - named == set(), "these have no line in the docstring"
    first_words = re.findall(r"^([a-z_]+)(?:, [a-z_]+)*  +\S", text, re.MULTILINE)
    assert set(first_words) - parts(package) == set(), "these are listed, and not there"
