"""Application of the fixes of findings to an issue's file; all other lines stay the same, byte for byte."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from newsletter.model.finding import Finding

_LINE_END = re.compile(r"(\r\n|\r|\n)")
_BOM = "\ufeff"


def apply_fixes(raw: bytes, findings: Iterable[Finding]) -> bytes:
    """Return the file with every fix applied. Raise UnicodeDecodeError if the file is not UTF-8."""
    text = raw.decode("utf-8")
    mark = _BOM if text.startswith(_BOM) else ""
    pieces = _LINE_END.split(text.removeprefix(_BOM))
    fixes = {(finding.place.line, finding.place.column): finding.fix for finding in findings if finding.fix}
    for (number, column), fix in sorted(fixes.items(), reverse=True):
        line = unicodedata.normalize("NFC", pieces[2 * (number - 1)])  # columns count composed characters
        before, after = line[: column - 1], line[column - 1 :]
        if after.startswith(fix.typed):
            pieces[2 * (number - 1)] = before + fix.wanted + after.removeprefix(fix.typed)
    return (mark + "".join(pieces)).encode()
