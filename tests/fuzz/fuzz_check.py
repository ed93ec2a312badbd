"""`make fuzz`: coverage-guided bytes for read, compose and check, which may raise nothing.

Arguments are libFuzzer's, `-max_total_time=60` for a minute; an input that fails is kept as `crash-…`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["newsletter"]):
    from newsletter import checks, i18n
    from newsletter.app import open_app
    from newsletter.content.convert.converter import ConvertOptions, convert
    from newsletter.content.reader import read
    from newsletter.editorial.apply_fixes import apply_fixes
    from newsletter.errors import InputError
    from newsletter.rendering.compose import compose

ROOT = Path(__file__).parents[2]
APP = open_app(ROOT, ROOT)
THEME, PUBLICATION = APP.theme(), APP.publication
FOLDER = Path(tempfile.mkdtemp()) / "2026-11-22-essai"
HEAD = b'---\nobjet: "Un objet"\ndate: 2026-11-22\nauteur: A B\n---\n\n'


def one_input(data: bytes) -> None:
    """The first byte chooses: a whole file, a body under sound front matter, or a text to convert."""
    kind, rest = data[:1], data[1:]
    if kind == b"c":
        try:
            rest = convert(rest, ConvertOptions("0", PUBLICATION.salutation)).text.encode()
        except InputError:
            return
    path = FOLDER / "index.md"
    path.write_bytes(HEAD + rest if kind == b"b" else rest)
    issue = read(path, PUBLICATION)
    found = checks.check(issue, compose(issue, THEME, PUBLICATION), PUBLICATION)
    for one in found:
        if not i18n.finding("fr", one) or one.place.line > max(1, len(issue.lines)):
            raise AssertionError(one)
    if not any(one.code in {"F01", "F04"} for one in found):
        apply_fixes(path.read_bytes(), found)


def main() -> None:
    """Begins with the sample issues, as whole files and as bodies."""
    FOLDER.mkdir()
    corpus = Path(tempfile.mkdtemp())
    for number, path in enumerate(sorted((ROOT / "issues").glob("*/index.md"))):
        text = path.read_bytes()
        (corpus / f"{number}a").write_bytes(b"a" + text)
        (corpus / f"{number}b").write_bytes(b"b" + text.split(b"---\n", 2)[2])
        (corpus / f"{number}c").write_bytes(b"c" + text)
    atheris.Setup([*sys.argv, str(corpus), f"-artifact_prefix={tempfile.gettempdir()}/", "-max_len=4096"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
