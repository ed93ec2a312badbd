"""Rules of this code base that no linter checks: sizes, reasons for dependencies, no TODO comments."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/newsletter"
MODULES = sorted(SOURCE.rglob("*.py"))
PROSE = {"i18n", "migrations"}
"""Catalogues and migrations may be long."""


def measure_functions() -> Iterator[tuple[str, int]]:
    """Yield name and number of lines of every function, without its docstring."""
    for path in MODULES:
        if PROSE & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                yield f"{path.relative_to(SOURCE)}:{node.name}", length


def test_functions_are_short() -> None:
    lengths = dict(measure_functions())
    ordered = sorted(lengths.values())
    assert statistics.median(ordered) <= 9
    assert ordered[int(len(ordered) * 0.9)] <= 30
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_modules_are_short() -> None:
    sizes = {path.relative_to(SOURCE).as_posix(): len(path.read_text("utf-8").split("\n")) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > 300 and not PROSE & set(name.split("/"))} == {}


def test_the_code_has_no_todo_comments() -> None:
    left = re.compile(r"#.*\b(?:TODO|FIXME|XXX)\b|NotImplementedError")
    assert [path.name for path in MODULES if not PROSE & set(path.parts) and left.search(path.read_text("utf-8"))] == []


def test_no_module_has_a_meaningless_name() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "helpers", "common", "misc"}


def test_every_lint_exception_has_a_code_and_a_reason() -> None:
    bare = re.compile(
        r"#\s*noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* - (?!as above)\S)|#\s*type:\s*ignore(?!\[[a-z-]+(?:, ?[a-z-]+)*\] # \S)"
    )
    assert [
        f"{path.name}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if bare.search(line)
    ] == []


def test_every_dependency_has_a_reason_in_the_decisions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = [
        *project["project"]["dependencies"],
        *(requirement for extra in project["project"]["optional-dependencies"].values() for requirement in extra),
        *(requirement for group in project["dependency-groups"].values() for requirement in group),
    ]
    decisions = (ROOT / "docs/decisions.md").read_text("utf-8")
    names = [re.split(r"[<>=\[]", requirement)[0] for requirement in declared]
    assert [name for name in names if f"**{name}**" not in decisions] == []


WATCHED = """
import importlib, pkgutil, sys
import newsletter
def watch(event, arguments):
    if event in {"socket.connect", "subprocess.Popen", "os.mkdir", "os.remove", "sqlite3.connect"}:
        raise SystemExit(f"importing did {event} {arguments}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"importing opened {arguments}")
sys.addaudithook(watch)
for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
    if not module.name.endswith(("__main__", "migrations.env")):
        importlib.import_module(module.name)
"""


def test_importing_a_module_has_no_side_effect() -> None:
    done = subprocess.run([sys.executable, "-B", "-c", WATCHED], check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
