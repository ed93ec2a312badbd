"""HTML and CSS features of an edition that each big mail program does not support, according to caniemail.com.

This is information, never a finding: the theme is designed so that readers do not miss unsupported features.
client_support.json has one letter per mail program for each feature that some program does not support: y (yes),
n (no), a (partly), u (unknown).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from lxml import etree

from newsletter.checks.html_page import parse_declarations

_AT_RULE = re.compile(r"@([a-z-]+)([^{;]*)")
_PROPERTY = re.compile(r"(?:^|[{;])\s*([a-z-]+)\s*:")
_PSEUDO = re.compile(r"::?([a-z-]+)(?=[^;{}]*\{)")
_GROUPS = {"ul": "lists", "ol": "lists", "li": "lists", "a": "", **{f"h{level}": "h1-h6" for level in range(1, 7)}}
_HEAD = "html-style"
_UNSEEN = frozenset(
    [
        "css-border-spacing",
        "css-color-scheme",
        "css-cursor",
        "css-height",
        "css-max-height",
        "css-opacity",
        "css-outline",
        "css-overflow",
        "css-text-wrap",
        "css-word-spacing",
        "html-body",
        "html-role",
        "html-target",
    ]
)
"""Features that no reader misses: they serve the hidden preview line, or the mail has a substitute."""


def unsupported_features(html: str) -> dict[str, list[str]]:
    """Return mail program → slugs of the features of `html` that it does not support.

    If a program drops the head, the features that are only in the head are not listed.
    """
    tree = etree.fromstring(html.encode(), etree.HTMLParser(huge_tree=True, encoding="utf-8"))
    body, head = set(_body_features(tree)), set(_head_features(tree))
    slugs_by_client: dict[str, list[str]] = {}
    for number, name in enumerate(table()["clients"]):
        unsupported = {slug for slug in (body | head) - _UNSEEN if _is_unsupported(slug, number)}
        slugs_by_client[name] = sorted(unsupported - (head - body) if _HEAD in unsupported else unsupported)
    return slugs_by_client


@cache
def table() -> dict[str, Any]:
    """Return client_support.json: `source`, `date`, `clients`, and `features` (slug → title, one letter per client)."""
    loaded: dict[str, Any] = json.loads(
        (resources.files("newsletter") / "checks" / "client_support.json").read_text("utf-8")
    )
    return loaded


def _is_unsupported(slug: str, client: int) -> bool:
    feature = table()["features"].get(slug)
    return feature is not None and feature[1][client] == "n"


def _body_features(tree: Any) -> Iterator[str]:
    for element in tree.iter(etree.Element):
        yield f"html-{_GROUPS.get(element.tag, element.tag)}"
        yield from (f"html-{name}" for name in element.keys())  # noqa: SIM118 - an lxml element is not a mapping
        yield from (slug for name in parse_declarations(element.get("style") or "") for slug in _property_slugs(name))


def _head_features(tree: Any) -> Iterator[str]:
    css = "\n".join(style.text or "" for style in tree.iter("style"))
    for name, prelude in _AT_RULE.findall(css):
        yield f"css-at-{name}"
        yield from (f"css-at-media-{feature}" for feature in re.findall(r"\(([a-z-]+)", prelude))
    yield from (slug for name in _PROPERTY.findall(css) for slug in _property_slugs(name))
    yield from (f"css-pseudo-class-{name}" for name in _PSEUDO.findall(css))


def _property_slugs(name: str) -> tuple[str, str]:
    """Return the slugs of a property and of its shorthand: `padding-left` is listed as `padding`."""
    return f"css-{name}", f"css-{name.partition('-')[0]}"
