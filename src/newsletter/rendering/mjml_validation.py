r"""Validation of a theme's MJML before mrml renders it: mrml accepts invalid MJML silently and damages some values.

`add_line_markers`    add to every MJML tag of a template its line in that template
`parse_and_validate`  parse the rendered MJML, validate it against `mjml_schema.json` (the components, attributes and
                      children that MJML 4 defines and mrml renders correctly), report a mistake with its line
`to_mrml_source`      write the tree in the form that mrml needs

mrml writes attributes with Rust's `{:?}`: a no-break space in an alt becomes `\u{a0}`, a quotation mark `\"`. Numeric
references pass unchanged. mrml does not understand a padding of `0` without a unit, and makes Outlook's columns too
wide.
"""

from __future__ import annotations

import difflib
import html
import html.entities
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lxml import etree

from newsletter.errors import TemplateError

MARKER = "nl-at"
_JINJA_OR_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<(mj(?:ml|-[a-z-]+))(?=[\s/>])", re.DOTALL)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_CORRECTIONS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    # mrml copies the title into aria-label, and writes it like every attribute
    ('"', re.compile(r"<mj-title>[^<]*"), lambda match: match[0].replace('"', "&quot;").replace("\\", "&#92;")),
    ("\\", re.compile(r'="[^"<]*\\[^"<]*"'), lambda match: match[0].replace("\\", "&#92;")),
    # CSS has no character references: `a &gt; b` would select nothing
    ("&", re.compile(r"<mj-style>[^<]*"), lambda m: html.unescape(m[0])),
)
"""Corrections (sign, pattern, replacement), applied only to a text that contains the sign."""
_EVERYWHERE = frozenset(("css-class", "mj-class", MARKER))
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "wbr", "col", "area"))
_TYPES: dict[str, re.Pattern[str]] = {
    "boolean": re.compile(r"true|false"),
    "integer": re.compile(r"-?\d+"),
    "color": re.compile(r"#[0-9a-f]{3,8}|[a-z]+|(?:rgb|hsl)a?\([^()]+\)", re.IGNORECASE),
    "string": re.compile(r".*", re.DOTALL),
}


def add_line_markers(source: str, name: str) -> str:
    """Return a template's source with its name and the line as an attribute (`MARKER`) on every MJML tag."""

    def add_marker(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        line = source.count("\n", 0, match.start()) + 1
        return f'<{match[1]} {MARKER}="{name}:{line}"'

    return _JINJA_OR_TAG.sub(add_marker, source)


def parse_and_validate(mjml: str) -> etree._Element:
    """Parse and validate a rendered template. Raise TemplateError, with template, line and allowed values."""
    root = _parsed(_ENTITY.sub(_numeric, mjml))
    if root.tag != "mjml":
        raise _mistake(root, "mjml_root", found=str(root.tag))
    _check(root)
    return root


def to_mrml_source(root: etree._Element) -> str:
    """Return the tree as text that mrml renders without damage. Modify the tree in place."""
    etree.strip_attributes(root, MARKER)
    for node in root.iter(etree.Element):
        _make_mrml_safe(node)
    text = str(etree.tostring(root, encoding="us-ascii").decode("ascii"))
    for sign, pattern, correction in _CORRECTIONS:
        text = pattern.sub(correction, text) if sign in text else text
    return text


def _parsed(mjml: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=False)
    try:
        return etree.fromstring(mjml.encode(), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        text_before = "\n".join(mjml.split("\n")[:line])
        at = re.findall(rf'{MARKER}="([^"]+)"', text_before)
        raise TemplateError("template_not_xml", at=at[-1] if at else "?", reason=error.msg) from error


def _numeric(match: re.Match[str]) -> str:
    """Return numeric references for a named character of HTML, which XML does not know."""
    name = match[1]
    points = html.entities.html5.get(f"{name};", "")
    return match[0] if name in _XML_ENTITIES else "".join(f"&#{ord(char)};" for char in points) or match[0]


@dataclass(frozen=True, slots=True)
class _Component:
    children: frozenset[str]
    attributes: dict[str, str]
    holds: str


@cache
def _schema() -> dict[str, _Component]:
    text = resources.files("newsletter.rendering").joinpath("mjml_schema.json").read_text()
    return {name: _component(entry) for name, entry in json.loads(text).items()}


def _component(entry: dict[str, object]) -> _Component:
    typed: dict[str, str] = {}
    for kind, names in dict(entry["attributes"]).items():  # type: ignore[call-overload] # plain JSON
        typed |= dict.fromkeys(names.split(), kind)
    return _Component(children=frozenset(entry["children"]), attributes=typed, holds=str(entry.get("holds", "")))  # type: ignore[call-overload] # plain JSON


def _check(node: etree._Element) -> None:
    component = _schema()[str(node.tag)]
    if node.tag == "mj-attributes":
        _check_defaults(node)
        return
    for name, value in _attributes_of(node):
        _check_attribute(node, component, name, value)
    if component.holds:
        return
    for child in node.iterchildren(etree.Element):
        if child.tag not in component.children:
            allowed = ", ".join(sorted(component.children)) or "—"
            raise _mistake(child, "mjml_child", found=str(child.tag), parent=str(node.tag), allowed=allowed)
        _check(child)


def _check_defaults(node: etree._Element) -> None:
    """Check mj-attributes: mj-all and mj-class take any existing attribute, a component takes its own."""
    everything = _Component(
        children=frozenset(),
        attributes={name: kind for component in _schema().values() for name, kind in component.attributes.items()},
        holds="",
    )
    for child in node.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag == "mj-body" or (tag not in _schema() and tag not in {"mj-all", "mj-class"}) or len(child):
            raise _mistake(child, "mjml_default", found=tag)
        component = everything if tag in {"mj-all", "mj-class"} else _schema()[tag]
        for name, value in _attributes_of(child):
            if (tag, name) != ("mj-class", "name"):
                _check_attribute(child, component, name, value)


def _attributes_of(node: etree._Element) -> Iterator[tuple[str, str]]:
    return ((str(name), str(value)) for name, value in node.attrib.items() if name != MARKER)


def _check_attribute(node: etree._Element, component: _Component, name: str, value: str) -> None:
    if name in _EVERYWHERE:
        if name == "mj-class" and len(value.split()) > 1:
            raise _mistake(node, "mjml_classes", value=value)
        return
    kind = component.attributes.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, component.attributes, n=1)
        hint = near[0] if near else ", ".join(sorted(component.attributes))
        raise _mistake(node, "mjml_attribute", tag=str(node.tag), name=name, allowed=hint)
    if value and not _pattern(kind).fullmatch(value.strip()):
        raise _mistake(node, "mjml_value", tag=str(node.tag), name=name, value=value, allowed=kind)


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return the pattern for the values of an MJML type: `unit(px,%){1,4}`, `enum(left,right)`, `color`."""
    if kind in _TYPES:
        return _TYPES[kind]
    words = kind[kind.index("(") + 1 : kind.index(")")].split(",")
    if kind.startswith("enum"):
        return re.compile("|".join(map(re.escape, words)))
    sign = "-?" if kind.startswith("unitWithNegative") else ""
    units = "|".join(re.escape(word) for word in words if word != "auto")
    value = rf"{sign}(?:0|\d*\.?\d+(?:{units}))" + ("|auto" if "auto" in words else "")
    return re.compile(rf"(?:{value})(?:\s+(?:{value})){{0,3}}" if kind.endswith("{1,4}") else value)


def _mistake(node: etree._Element, key: str, **facts: object) -> TemplateError:
    owner: etree._Element | None = node
    while owner is not None and MARKER not in owner.attrib:
        owner = owner.getparent()
    at = owner.attrib[MARKER] if owner is not None else "?"
    return TemplateError(key, at=at, **facts)


def _make_mrml_safe(node: etree._Element) -> None:
    if node.text is None and not str(node.tag).startswith("mj") and node.tag not in _VOID:
        node.text = ""  # an HTML parser would read `<td/>` as an opening tag
    for name, value in node.attrib.items():
        if "padding" in str(name) and "0" in str(value).split():
            node.set(name, " ".join("0px" if part == "0" else part for part in str(value).split()))
