"""Markdown as issues use it: CommonMark, merge tags, and a position for every inline token.

markdown-it gives lines for blocks and nothing for inline text; recording the parser's own position
when a token is pushed gives line and column for a few lines of code and no measurable time.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers as builtin_helpers
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from newsletter import mergetags

MAX_NESTING = 20
"""Quotes and lists inside one another; markdown-it leaves out whatever is nested deeper."""


def tokens(text: str) -> list[Token]:
    """The block tokens of `text`; an inline token's children carry `meta["pos"]`, an offset in its content."""
    return _parser().parse(text)


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("strikethrough")
    inline = _PositionedInline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    inline.add_terminator_char("{")
    inline.ruler.before("escape", "merge_tag", _merge_tag)
    md.inline = inline
    plain_normalize = md.normalizeLink
    md.helpers = SimpleNamespace(  # type: ignore[assignment] # upstream's is a module; only these three are called
        parseLinkLabel=builtin_helpers.parseLinkLabel,
        parseLinkTitle=builtin_helpers.parseLinkTitle,
        parseLinkDestination=_link_destination,
    )
    md.normalizeLink = (  # type: ignore[method-assign] # markdown-it documents it as replaceable
        lambda url: url if url.startswith("{{") else plain_normalize(url)
    )
    return md


class _PositionedState(StateInline):
    """Notes on every token where in the inline content the parser stood."""

    def push(self, ttype: str, tag: str, nesting: Any) -> Token:  # noqa: ANN401 - upstream's Literal
        token = super().push(ttype, tag, nesting)
        token.meta["pos"] = self.pos - 1 if ttype == "link_open" else self.pos
        return token

    def pushPending(self) -> Token:  # noqa: N802 - upstream's name
        start = self.pos - len(self.pending)
        token = super().pushPending()
        token.meta["pos"] = max(0, start)
        return token


class _PositionedInline(ParserInline):
    """The inline parser, on a state that knows positions."""

    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        state = _PositionedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _merge_tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's rule signature
    if not state.src.startswith("{{", state.pos):
        return False
    written = mergetags.parse(state.src, state.pos)
    if written is None or written.end > state.posMax:
        return False
    if not silent:
        token = state.push("merge_tag", "", 0)
        token.content = written.typed
        token.meta |= {"name": written.name, "default": written.default}
    state.pos = written.end
    return True


def _link_destination(string: str, pos: int, maximum: int) -> Any:  # noqa: ANN401 - upstream's private result type
    """A link's address; `{{ unsubscribe_url }}` counts as one in spite of its spaces."""
    result = builtin_helpers.parseLinkDestination(string, pos, maximum)
    written = mergetags.parse(string, pos) if string.startswith("{{", pos) else None
    if written is not None and written.end <= maximum:
        result.ok, result.pos = True, written.end
        result.str = f"{{{{{written.name or written.typed}}}}}"
    return result
