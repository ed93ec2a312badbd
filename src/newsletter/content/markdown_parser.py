"""Markdown parser for issues: CommonMark with tables, footnotes, `:::` blocks, `{.bouton}` and merge tags.

markdown-it gives line numbers for blocks but no positions for inline text. This module records the parser's position
when a token is pushed. That gives line and column, takes a few lines of code, and costs no measurable time.
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
"""Maximum depth of quotes and lists inside one another; markdown-it drops anything nested deeper."""
ATTRIBUTES = ("class", "width")
"""Attributes allowed in the braces after a link or an image; others are recorded in `meta["insecure_attrs"]`."""
LEADING = ("video", "bouton", "button")
"""The `:::` blocks that link to an address, which is typed before their title."""
_DEFINITIONS = "note_definitions"
_ADDRESS = re.compile(r"<?(?P<address>\{\{[^}]*\}\}|(?:[a-z][a-z0-9+.-]*:|www\.|/)[^\s<>]*)>?(?:\s+|$)", re.IGNORECASE)


def tokens(text: str) -> tuple[list[Token], Mapping[str, list[int]]]:
    """Return the block tokens of `text`, and for each footnote label the lines (from 0) that define it.

    The children of an inline token carry `meta["pos"]`, their offset in its content.
    """
    env: dict[str, Any] = {_DEFINITIONS: {}}
    return _parser().parse(text, env), env[_DEFINITIONS]


def inline(text: str) -> Token:
    """Parse one line of text and return its inline token."""
    return _parser().parseInline(text, {_DEFINITIONS: {}})[0]


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["strikethrough", "table"])
    footnote_plugin(md, inline=False)
    attrs_plugin(md, after=("image", "link_close"), allowed=ATTRIBUTES)
    container_plugin(md, "box", validate=lambda params, _markup: bool(params.strip()))
    md.core.ruler.before("footnote_tail", "note_definitions", _note_definitions)
    md.core.ruler.before("inline", "box_titles", _box_titles)
    md.core.ruler.disable("text_join")  # keep escapes and entities separate: they are longer in the source
    inline = _PositionedInline()
    inline.ruler, inline.ruler2 = md.inline.ruler, md.inline.ruler2
    inline.ruler2.at("fragments_join", lambda _state: None)  # it would keep the position of the last fragment
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
    """Parse the text after the name of each `:::` block: store a leading address in `meta`, add an inline token.

    Only the blocks in `LEADING` take an address; the inline token holds the title.
    """
    for index in range(len(state.tokens) - 1, -1, -1):
        token = state.tokens[index]
        if token.type != "container_box_open" or not token.map:
            continue
        rest = token.info.strip().partition(" ")[2].strip()
        address = _ADDRESS.match(rest)
        if address and token.info.split()[0] in LEADING:
            token.meta["address"] = _normalize_address(state.md, address["address"])
            rest = rest[address.end() :]
        if rest:
            title = Token("inline", "", 0, content=rest, children=[], level=token.level + 1)
            title.map = [token.map[0], token.map[0] + 1]
            state.tokens.insert(index + 1, title)


def _normalize_address(md: MarkdownIt, typed: str) -> str:
    """Normalise an address as in a Markdown link; leave an unsafe address (`javascript:`) unchanged for the checks."""
    merge_tag = merge_tags.parse(typed)
    if merge_tag is not None:
        return f"{{{{{merge_tag.name or merge_tag.typed}}}}}"
    return md.normalizeLink(typed) if md.validateLink(typed) else typed


def _note_definitions(state: StateCore) -> None:
    """Record the lines that define each footnote, before the plugin moves definitions to the end.

    The plugin also drops footnotes that the text does not call.
    """
    for token in state.tokens:
        if token.type == "footnote_reference_open" and token.map:
            state.env[_DEFINITIONS].setdefault(token.meta["label"], []).append(token.map[0])


class _PositionedState(StateInline):
    """An inline parser state that stores the parser's position on every token."""

    def push(self, ttype: str, tag: str, nesting: Any) -> Token:
        token = super().push(ttype, tag, nesting)
        # The parser is after the `[` of a link, but still before the `<` of an autolink.
        passed = ttype == "link_open" and self.src[self.pos - 1 : self.pos] == "["
        token.meta["pos"] = self.pos - 1 if passed else self.pos
        return token

    def pushPending(self) -> Token:  # noqa: N802 - upstream's name
        start = self.src.rfind(self.pending, 0, self.pos)  # trailing spaces are already removed
        token = super().pushPending()
        token.meta["pos"] = max(0, start)
        return token


class _PositionedInline(ParserInline):
    """An inline parser that uses `_PositionedState`."""

    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        state = _PositionedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _merge_tag(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's rule signature
    if not state.src.startswith("{{", state.pos):
        return False
    merge_tag = merge_tags.parse(state.src, state.pos)
    if merge_tag is None or merge_tag.end > state.posMax:
        return False
    if not silent:
        token = state.push("merge_tag", "", 0)
        token.content = merge_tag.typed
        token.meta |= {"name": merge_tag.name, "default": merge_tag.default}
    state.pos = merge_tag.end
    return True


def _link_destination(string: str, pos: int, maximum: int) -> Any:
    """Parse the address of a link; accept a merge tag such as `{{ unsubscribe_url }}` although it contains spaces."""
    result = builtin_helpers.parseLinkDestination(string, pos, maximum)
    merge_tag = merge_tags.parse(string, pos) if string.startswith("{{", pos) else None
    if merge_tag is not None and merge_tag.end <= maximum:
        result.ok, result.pos = True, merge_tag.end
        result.str = f"{{{{{merge_tag.name or merge_tag.typed}}}}}"
    return result
