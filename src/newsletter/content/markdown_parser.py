"""Markdown as issues use it: CommonMark with tables, footnotes, `:::` blocks, `{.bouton}` and merge tags.

markdown-it gives lines for blocks and nothing for inline text; recording the parser's own position
when a token is pushed gives line and column for a few lines of code and no measurable time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers as builtin_helpers
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

from newsletter.personalization import merge_tags

MAX_NESTING = 20
"""Quotes and lists inside one another; markdown-it leaves out whatever is nested deeper."""
ATTRIBUTES = ("class", "width")
"""What may stand in the braces behind a link or an image; anything else is kept in `meta["insecure_attrs"]`."""
LEADING = ("video", "bouton", "button")
"""The boxes that lead somewhere: an address comes before their words."""
_DEFINITIONS = "note_definitions"
_ADDRESS = re.compile(r"<?(?P<address>\{\{[^}]*\}\}|(?:[a-z][a-z0-9+.-]*:|www\.|/)[^\s<>]*)>?(?:\s+|$)", re.IGNORECASE)


def tokens(text: str) -> tuple[list[Token], Mapping[str, list[int]]]:
    """The block tokens of `text`, and the lines (from 0) on which each footnote is defined.

    An inline token's children carry `meta["pos"]`, an offset in its content.
    """
    env: dict[str, Any] = {_DEFINITIONS: {}}
    return _parser().parse(text, env), env[_DEFINITIONS]


def inline(text: str) -> Token:
    """The inline token of one line."""
    return _parser().parseInline(text, {_DEFINITIONS: {}})[0]


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["strikethrough", "table"])
    footnote_plugin(md, inline=False)
    attrs_plugin(md, after=("image", "link_close"), allowed=ATTRIBUTES)
    container_plugin(md, "box", validate=lambda params, _markup: bool(params.strip()))
    md.core.ruler.before("footnote_tail", "note_definitions", _note_definitions)
    md.core.ruler.before("inline", "box_titles", _box_titles)
    md.core.ruler.disable("text_join")  # escaped signs and entities stay apart, for they are longer where typed
    inline = _PositionedInline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    inline.ruler2.at("fragments_join", lambda _state: None)  # it would keep the last piece's position
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


def _box_titles(state: StateCore) -> None:
    """What stands behind a box's name, as an inline token; an address that comes first, as it is typed."""
    for index in range(len(state.tokens) - 1, -1, -1):
        token = state.tokens[index]
        if token.type != "container_box_open" or not token.map:
            continue
        rest = token.info.strip().partition(" ")[2].strip()
        address = _ADDRESS.match(rest)
        if address and token.info.split()[0] in LEADING:
            token.meta["address"] = _normalised(state.md, address["address"])
            rest = rest[address.end() :]
        if rest:
            title = Token("inline", "", 0, content=rest, children=[], level=token.level + 1)
            title.map = [token.map[0], token.map[0] + 1]
            state.tokens.insert(index + 1, title)


def _normalised(md: MarkdownIt, typed: str) -> str:
    """An address as a link would have it; one that would run something is left to the checks as it is."""
    written = merge_tags.parse(typed)
    if written is not None:
        return f"{{{{{written.name or written.typed}}}}}"
    return md.normalizeLink(typed) if md.validateLink(typed) else typed


def _note_definitions(state: StateCore) -> None:
    """Where each footnote is defined, before the plugin moves them to the end and drops the uncalled ones."""
    for token in state.tokens:
        if token.type == "footnote_reference_open" and token.map:
            state.env[_DEFINITIONS].setdefault(token.meta["label"], []).append(token.map[0])


class _PositionedState(StateInline):
    """Notes on every token where in the inline content the parser stood."""

    def push(self, ttype: str, tag: str, nesting: Any) -> Token:  # noqa: ANN401 - upstream's Literal
        token = super().push(ttype, tag, nesting)
        # A link's `[` is passed already, an autolink's `<` not yet.
        passed = ttype == "link_open" and self.src[self.pos - 1 : self.pos] == "["
        token.meta["pos"] = self.pos - 1 if passed else self.pos
        return token

    def pushPending(self) -> Token:  # noqa: N802 - upstream's name
        start = self.src.rfind(self.pending, 0, self.pos)  # spaces before a line's end have been taken off
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
    written = merge_tags.parse(state.src, state.pos)
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
    written = merge_tags.parse(string, pos) if string.startswith("{{", pos) else None
    if written is not None and written.end <= maximum:
        result.ok, result.pos = True, written.end
        result.str = f"{{{{{written.name or written.typed}}}}}"
    return result
