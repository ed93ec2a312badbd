"""Typography of one line of text, applied when an issue is rendered: the source file never changes.

A run of spans is one line of text here. Marks are taken out of the text and kept as positions, so the rules see
« **gras** » as a reader sees it. Code, merge tags, images and passages in another language are single characters in
the line. Addresses, `:emoji:` and smileys are hidden. Each rule is a pattern that matches only the text it replaces,
so no text moves out of the marks around it. A second run changes nothing.

The rules are in `french_rules`. Quotes and dashes come in pairs, and this module handles them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

from newsletter.model.blocks import Mark, Span, Spans, find_foreign
from newsletter.rendering.typography.french_rules import HIDDEN, NBSP, OPAQUE, SPACE, Replacement, Style

_HARD_BREAK = "\v"
_SPAN_SIGNS = "\ue000\ue001\v"
"""Characters that replace a span without text; a hidden passage never extends over them."""
_ADDRESS = rf'[^\s<>«»“”"{_SPAN_SIGNS}]'
_PROTECTED = re.compile(
    rf"""\{{\{{[^{{}}{_SPAN_SIGNS}]*\}}\}} | \*\|[^|*{_SPAN_SIGNS}]*\|\*
      | (?:https?|ftp|mailto):{_ADDRESS}+ | www\.{_ADDRESS}+ | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+
      | (?<![\w.%€-])[\w%€-]+(?:\.[\w-]+)*\.[a-z]{{2,4}}\b(?:/{_ADDRESS}*)? | (?<!\w)[\#@][\w-]+
      | :[+-]?[a-z0-9_][a-z0-9_+-]*:
      | (?:(?<=\s)|^)[:;=]['’]?-?[)(DPpOo/|*\]\[\\]+(?=[\s.,!?]|$)
    """,
    re.VERBOSE,
)
_SIGNS = frozenset(":;=@#{|")
_DOTTED = re.compile(r"\.[a-z]")
"""A line without a match, and without a character of `_SIGNS`, contains nothing protected."""
MAX_PASSES = 5
"""Maximum number of passes over a line; the second pass almost always changes nothing and ends the loop."""


def set_line(text: str, style: Style | None) -> str:
    """Set one line of plain text (a subject, a description); leave `{{ … }}` unchanged."""
    return set_run((Span(Mark.TEXT, text),), style)[0].text if text and style else text


def set_run(run: Spans, style: Style | None) -> Spans:
    """Set the text of a run of spans; keep its marks and positions.

    Repeat until nothing changes: two unpaired quotes may become a pair only after a rule has removed a space.
    """
    if style is None or not run:
        return run
    for _ in range(MAX_PASSES):
        before, run = run, _set_once(run, style)
        if run == before:
            break
    return run


def _set_once(run: Spans, style: Style) -> Spans:
    line = _Line(run)
    if not line.text or any(OPAQUE in span.text or HIDDEN in span.text for span in run):
        return run
    line.hide()
    line.apply(_paired_quotes(line.text))
    line.apply(_inner_spaces(line.text))
    characters = set(line.text)
    for rule in style:
        if rule.concerns(line.text, characters) and rule.pattern.search(line.text):
            line.replace(rule.pattern, rule.replacement)
            characters = set(line.text)
    line.apply(_paired_dashes(line.text))
    return line.spans()


def _visible_text(span: Span) -> str:
    match span.mark:
        case Mark.TEXT:
            return span.text
        case Mark.OPEN | Mark.CLOSE:
            return ""
        case Mark.BREAK:
            return _HARD_BREAK
        case _:
            return OPAQUE


Edit = tuple[int, int, str]
"""Start, end, and the new text between them."""


class _Line:
    """The text of a run without its marks, and the position at which each span begins."""

    def __init__(self, run: Spans) -> None:
        abroad = find_foreign(run, "fr")
        shown = [OPAQUE if index in abroad and span.text else _visible_text(span) for index, span in enumerate(run)]
        self.text = "".join(shown)
        self.run = run
        self.hidden: list[str] = []
        self.starts = [0, *accumulate(map(len, shown[:-1]))]

    def hide(self) -> None:
        """Replace each protected passage by one character for each span, so that no rule changes it."""
        if _SIGNS.isdisjoint(self.text) and not _DOTTED.search(self.text):
            return
        edits: list[Edit] = []
        for match in _PROTECTED.finditer(self.text):
            cuts = [at for at in dict.fromkeys(self.starts) if match.start() < at < match.end()]  # one for each span
            for start, end in pairwise((match.start(), *cuts, match.end())):
                self.hidden.append(self.text[start:end])
                edits.append((start, end, HIDDEN))
        self.apply(edits)

    def replace(self, pattern: re.Pattern[str], replacement: Replacement) -> None:
        """Replace every match of `pattern`."""
        if len(self.run) == 1:
            self.text = pattern.sub(replacement, self.text)
            return
        replace_match = replacement if callable(replacement) else (lambda _match: replacement)
        self.apply([(match.start(), match.end(), replace_match(match)) for match in pattern.finditer(self.text)])

    def apply(self, edits: Sequence[Edit]) -> None:
        """Apply edits, in text order and without overlap, and move the beginnings of the spans accordingly.

        Inserted space goes outside the marks next to it.
        """
        if not edits:
            return
        pieces: list[str] = []
        starts: list[int] = []
        done = grown = 0
        for start, end, written in edits:
            while len(starts) < len(self.starts) and self._lies_before(len(starts), start, end):
                starts.append(self.starts[len(starts)] + grown)
            kept = len(written) == end - start
            while len(starts) < len(self.starts) and start < self.starts[len(starts)] < end:
                at = (
                    self.starts[len(starts)] if kept else start + (len(written) if self._opens_mark(len(starts)) else 0)
                )
                starts.append(at + grown)
            pieces += [self.text[done:start], written]
            done, grown = end, grown + len(written) - (end - start)
        starts += [at + grown for at in self.starts[len(starts) :]]
        self.text = "".join([*pieces, self.text[done:]])
        self.starts = starts

    def _lies_before(self, index: int, start: int, end: int) -> bool:
        """Return True if a span begins before the text that an edit writes.

        An insertion at the beginning of a span comes after it, unless a mark opens there (`_goes_left`).
        """
        at = self.starts[index]
        return at < start or (at == start and (end > start or not self._goes_left(at)))

    def _goes_left(self, at: int) -> bool:
        """Return True if text inserted at `at` belongs to the text in front of it, because a mark opens there."""
        first = bisect_left(self.starts, at)
        return first > 0 and self.run[first - 1].mark is Mark.TEXT and self._opens_mark(first)

    def _opens_mark(self, index: int) -> bool:
        return self.run[index].mark not in {Mark.CLOSE, Mark.TEXT}

    def spans(self) -> Spans:
        """Return the run with its new text."""
        hidden = iter(self.hidden)
        ends = [*self.starts[1:], len(self.text)]
        spans = []
        for span, start, end in zip(self.run, self.starts, ends, strict=True):
            text = self.text[start:end]
            if self.hidden and HIDDEN in text:
                text = re.sub(HIDDEN, lambda _match: next(hidden), text)
            same = span.mark is not Mark.TEXT or text in {span.text, OPAQUE}
            spans.append(span if same else Span(span.mark, text, span.target, span.place))
        return tuple(spans)


def _paired_quotes(text: str) -> list[Edit]:
    """Return edits from `"…"` and “…” to « … », or to “…” inside guillemets; skip a quote without a partner."""
    edits: list[Edit] = []
    opened: list[tuple[int, str]] = []
    depth = 0
    if '"' not in text and "“" not in text:
        return edits
    for match in re.finditer('[«»“”"]', text):
        at, sign = match.start(), match[0]
        if sign in "«»":
            depth = max(0, depth + (1 if sign == "«" else -1))
        elif opened and _is_closing(text, at, sign, opened[-1][1]):
            start, _ = opened.pop()
            left, right = ("“", "”") if depth or opened else ("«", "»")
            edits += [(start, start + 1, left), (at, at + 1, right)]
        elif _is_opening(text, at, sign):
            opened.append((at, sign))
    return sorted(edits)


def _is_closing(text: str, at: int, sign: str, opening: str) -> bool:
    return sign == ("”" if opening == "“" else '"') and at > 0 and not text[at - 1].isspace()


def _is_opening(text: str, at: int, sign: str) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    free = not before or before.isspace() or before in "([’'—–-/«“"
    return bool(after) and not after.isspace() and sign != "”" and (sign != '"' or free)


_INSIDE = re.compile(rf"(?<=«){SPACE}*(?=[^\s»])|(?<=[^\s«]){SPACE}*(?=»)")


def _inner_spaces(text: str) -> list[Edit]:
    return (
        [(match.start(), match.end(), NBSP) for match in _INSIDE.finditer(text)] if "«" in text or "»" in text else []
    )


_DASH = re.compile(rf"(?<=\S){SPACE}([–—]){SPACE}(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…]\s")


def _paired_dashes(text: str) -> list[Edit]:
    """Return edits that put no-break spaces inside a pair of dashes; a pair never extends over a sentence's end."""
    edits: list[Edit] = []
    before: re.Match[str] | None = None
    for dash in _DASH.finditer(text) if "–" in text or "—" in text else ():
        if text[dash.start() - 1].isdigit() and text[dash.end() : dash.end() + 1].isdigit():
            continue  # a range of numbers: 10 – 20
        if before and before[1] == dash[1] and not _SENTENCE_END.search(text, before.end(), dash.start()):
            edits += [(before.end() - 1, before.end(), NBSP), (dash.start(), dash.start() + 1, NBSP)]
            before = None
        else:
            before = dash
    return edits
