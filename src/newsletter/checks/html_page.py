"""The HTML of an edition as readers see it: every text with its visible style, in light and in dark mode.

Only inline styles and attributes count, because the least capable mail programs keep nothing else. The head counts
for dark mode only, because only the head can define a dark mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from lxml import etree

from newsletter.rendering import contrast
from newsletter.rendering.contrast import BLACK, WHITE, Colour

Styles = Mapping[str, str]
_PX = re.compile(r"(\d+(?:\.\d+)?)px")
_NAME = re.compile(r"[A-Za-z][\w-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BOLD_TAGS = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4"))
_INVISIBLE_TAGS = frozenset(("head", "style", "script", "title"))


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The visible style of a text: `size` in CSS pixels, `leading` is the line height divided by the size."""

    colour: Colour = BLACK
    background: Colour = WHITE
    size: float = 16
    leading: float = 1.2
    bold: bool = False
    align: str = ""
    family: str = ""
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text directly inside an element, and its style."""

    words: str
    element: Any
    link: Any
    """The `a` element around the text, or None."""
    look: TextStyle


class Page:
    """The HTML of an edition, parsed once for all rules."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree: Any = etree.fromstring(source.encode(), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
        self.css = "\n".join(style.text or "" for style in self.tree.iter("style"))
        self.texts = _texts(self.tree, {})

    def dark(self) -> list[Text]:
        """Return the same texts with the styles of the theme's dark mode."""
        return _texts(self.tree, _dark_overrides(self.css, self.tree))

    def elements(self, *tags: str) -> Iterator[Any]:
        """Iterate over the elements with these tag names, in document order."""
        return iter(self.tree.iter(*tags))

    def parents(self, element: Any) -> Iterator[Any]:
        """Iterate over the ancestors of an element, nearest first."""
        return iter(element.iterancestors())


@lru_cache(maxsize=4096)
def parse_declarations(style: str) -> Styles:
    """Return the declarations of a style attribute; property names are in lower case."""
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value}


@lru_cache(maxsize=1024)
def _colour(value: str) -> Colour | None:
    return contrast.parse(value)


def _texts(tree: Any, overrides: Mapping[Any, Styles]) -> list[Text]:
    """Return every text of a page, depth first; the tail of an element belongs to its parent."""
    texts: list[Text] = []
    looks: dict[tuple[object, ...], TextStyle] = {}  # a cache: a mail has hundreds of elements but few styles

    def collect(node: Any, around: TextStyle, link: Any) -> None:
        styles = parse_declarations(node.get("style") or "")
        if node.tag in _INVISIBLE_TAGS or styles.get("display") == "none":
            return
        override = overrides.get(node)
        key = (node.tag, node.get("style"), node.get("bgcolor"), node.get("align"), id(override), id(around))
        look = looks.get(key) or looks.setdefault(key, _text_style(node, styles, override, around))
        link = node if node.tag == "a" else link
        if node.text and not node.text.isspace():
            texts.append(Text(node.text, node, link, look))
        for child in node:
            if isinstance(child.tag, str):
                collect(child, look, link)
            if child.tail and not child.tail.isspace():
                texts.append(Text(child.tail, node, link, look))

    collect(tree, TextStyle(), None)
    return texts


def _text_style(node: Any, styles: Styles, override: Styles | None, around: TextStyle) -> TextStyle:
    plain = not styles and not override and node.tag not in _BOLD_TAGS and node.tag not in {"a", "u"}
    if plain and node.get("bgcolor") is None and node.get("align") is None:
        return around
    declarations = {**styles, **(override or {})}
    size = _pixels(declarations.get("font-size", ""), around.size)
    return TextStyle(
        colour=_colour(declarations.get("color", "")) or around.colour,
        background=_background(node, declarations) or around.background,
        size=size,
        leading=_leading(declarations.get("line-height", ""), size, around),
        bold=_is_bold(node, declarations, around),
        align=declarations.get("text-align", node.get("align") or around.align),
        family=declarations.get("font-family", around.family),
        underlined=_is_underlined(node, declarations, around),
    )


def _background(node: Any, declarations: Styles) -> Colour | None:
    shorthand = declarations.get("background", "").split(" ", 1)[0]
    return _colour(declarations.get("background-color") or shorthand or node.get("bgcolor") or "")


def _pixels(value: str, otherwise: float) -> float:
    match = _PX.match(value)
    return float(match[1]) if match else otherwise


def _leading(value: str, size: float, around: TextStyle) -> float:
    if match := _PX.match(value):
        return float(match[1]) / size if size else around.leading
    return float(value) if _NUMBER.fullmatch(value) else around.leading


def _is_bold(node: Any, declarations: Styles, around: TextStyle) -> bool:
    weight = declarations.get("font-weight", "")
    return weight in {"bold", "600", "700", "800", "900"} if weight else around.bold or node.tag in _BOLD_TAGS


def _is_underlined(node: Any, declarations: Styles, around: TextStyle) -> bool:
    decoration = declarations.get("text-decoration", "")
    return "underline" in decoration if decoration else around.underlined or node.tag in {"a", "u"}


def _dark_overrides(css: str, tree: Any) -> dict[Any, dict[str, str]]:
    """Return element → dark mode declarations that override its own; the most specific wins, then the last."""
    declarations_by_element: dict[Any, dict[str, str]] = {}
    present = {
        name for element in tree.iter(etree.Element) for name in (element.tag, *element.get("class", "").split())
    }
    for names, find, declarations in _dark_rules(css):
        for element in find(tree) if names <= present else ():
            declarations_by_element.setdefault(element, {}).update(declarations)
    shared: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    return {
        element: shared.setdefault(tuple(declarations.items()), declarations)
        for element, declarations in declarations_by_element.items()
    }


@cache
def _dark_rules(css: str) -> list[tuple[frozenset[str], Any, dict[str, str]]]:
    """Return every dark mode rule, least specific first: required names, selector function, declarations."""
    import cssselect
    import tinycss2
    from lxml.cssselect import CSSSelector

    rules: list[tuple[tuple[int, int, int], Any, dict[str, str]]] = []
    for media in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if media.type != "at-rule" or "dark" not in tinycss2.serialize(media.prelude):
            continue
        for rule in tinycss2.parse_rule_list(media.content or [], skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                continue
            declarations = parse_declarations(tinycss2.serialize(rule.content))
            selectors = cssselect.parse(tinycss2.serialize(rule.prelude))
            rules += [
                (selector.specificity(), CSSSelector(selector.canonical()), dict(declarations))
                for selector in selectors
            ]
    ordered = sorted(rules, key=lambda rule: rule[0])
    return [(frozenset(_NAME.findall(find.css)), find, declarations) for _, find, declarations in ordered]
