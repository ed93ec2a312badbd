"""Themes: Jinja2 → MJML → mrml → premailer → our serializer. No other module imports mrml or premailer.

A theme is a folder with `theme.toml` (`options`), `issue.mjml.j2` and `content.css.j2` (CSS rules for running text,
which premailer writes into style attributes). Files that a theme lacks come from its base. Web pages have their own
Jinja environment, in `web`.
"""

from __future__ import annotations

import ctypes
import logging
import re
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import jinja2
from jinja2.ext import Extension
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from newsletter.errors import TemplateError
from newsletter.rendering import mjml_validation, theme_options
from newsletter.rendering.html_serializer import to_html
from newsletter.rendering.theme_options import Options

TEMPLATE = "issue.mjml.j2"
CONTENT_CSS = "content.css.j2"
MAX_RENDER_SECONDS = 5.0
"""Time limit in seconds; a template that takes longer is treated as an endless loop."""
MAX_PRODUCT = 100_000
"""Largest absolute value of an integer operand of `*` or `**` in a template."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme ready to render; loaded once, used for every issue."""

    name: str
    options: Options
    environment: SandboxedEnvironment
    content_css: str
    logo: Path | None = None
    """The picture shown in place of the publication's name."""

    @property
    def width(self) -> int:
        """Return the width of the whole letter in CSS pixels."""
        return self.options.pixels("width")

    @property
    def column(self) -> int:
        """Return the width of the text column in CSS pixels."""
        return self.width - 2 * self.options.pixels("gutter")


def load(templates: Path, settings: Mapping[str, str]) -> Theme:
    """Load the theme `settings["name"]` from a publication's templates folder; the other settings are its options.

    Raise TemplateError if the theme, one of its options or its logo is not valid.
    """
    name = settings.get("name", "default")
    folder = templates / name
    if Path(name).name != name or not (folder / theme_options.FILE).is_file():  # a plain name, so no other folder
        known = ", ".join(sorted(path.parent.name for path in templates.glob(f"*/{theme_options.FILE}"))) or "—"
        raise TemplateError("theme_missing", name=name, folder=templates, known=known)
    chosen = theme_options.load(folder, {key: value for key, value in settings.items() if key != "name"})
    environment = _environment([*chosen.folders, templates], templates)
    css = _render_template(environment, CONTENT_CSS, {"options": chosen.values})
    return Theme(
        name=name,
        options=chosen,
        environment=environment,
        content_css=css,
        logo=_logo(templates.parent, chosen.values.get("logo", "")),
    )


def _logo(publication: Path, name: str) -> Path | None:
    if not name:
        return None
    path = publication / name
    is_ours = "\0" not in name and path.is_file() and path.resolve().is_relative_to(publication.resolve())
    if not is_ours:
        raise TemplateError("theme_logo", at=path)
    return path


def render_page(theme: Theme, context: Mapping[str, object]) -> str:
    """Render the whole HTML document for `context`."""
    source = _render_template(theme.environment, TEMPLATE, {**context, "options": theme.options.values})
    tree = mjml_validation.parse_and_validate(source)
    document = _compile_mjml(mjml_validation.to_mrml_source(tree))
    _inline_css(document, theme.content_css)
    _remove_invalid_attributes(document)
    return to_html(document)


class _Environment(SandboxedEnvironment):
    """Jinja's sandbox with limited integer operands: it refuses `"x" * 10 ** 9`, which would take a gigabyte."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = [value for value in (left, right) if isinstance(value, int)]
        if any(abs(number) > MAX_PRODUCT for number in numbers):
            raise OverflowError(f"{operator} beyond {MAX_PRODUCT}")
        return super().call_binop(context, operator, left, right)


class _LineMarkers(Extension):
    """A Jinja extension that marks MJML tags with their line, so that a mistake can be reported with it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return mjml_validation.add_line_markers(source, _template_name(filename or name or "?"))


class _InsideLoader(jinja2.FileSystemLoader):
    """A loader that refuses symbolic links out of the folder: they would put a foreign file into every mail."""

    def __init__(self, folders: list[Path], root: Path) -> None:
        super().__init__(folders)
        self._root = root

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        source = super().get_source(environment, template)
        theme_options.require_inside(Path(source[1]), self._root)
        return source


def _environment(folders: list[Path], root: Path) -> SandboxedEnvironment:
    environment = _Environment(
        loader=_InsideLoader(folders, root),
        autoescape=lambda name: name is not None and name.endswith(".mjml.j2"),  # CSS has no character references
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_LineMarkers],
        auto_reload=False,
    )
    environment.intercepted_binops = _Environment.intercepted_binops
    return environment


def _render_template(environment: SandboxedEnvironment, name: str, context: Mapping[str, object]) -> str:
    try:
        template = environment.get_template(name)
        with _time_limit(MAX_RENDER_SECONDS):
            return template.render(context)
    except TemplateError:
        raise
    except jinja2.TemplateNotFound as error:
        raise TemplateError("template_missing", at=name, name=error.name) from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            "template_broken",
            at=f"{_template_name(error.filename or error.name or name)}:{error.lineno}",
            reason=error.message,
        ) from error
    except _TooSlow as error:
        raise TemplateError(
            "template_loops", at=_error_location(error, name), seconds=int(MAX_RENDER_SECONDS)
        ) from error
    except Exception as error:  # the expressions of a template may raise anything
        reason = str(error) or type(error).__name__
        raise TemplateError("template_broken", at=_error_location(error, name), reason=reason) from error


def _error_location(error: BaseException, name: str) -> str:
    """Return template and line of an error; Jinja puts the template's own lines into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{_template_name(frames[-1].filename)}:{frames[-1].lineno}" if frames else name


def _template_name(file: str) -> str:
    """Return a template's name with its theme before it: the base theme may have a template of the same name."""
    return "/".join(Path(file).parts[-2:])


class _TooSlow(BaseException):
    """An exception raised inside a template that loops; a BaseException, so that no template code catches it."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise _TooSlow in this thread if the block takes longer; works in any thread, on any system."""
    thread = threading.get_ident()
    lock, is_done = threading.Lock(), False

    def interrupt() -> None:
        with lock:
            if not is_done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_TooSlow))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            is_done = True
        timer.cancel()


def _compile_mjml(source: str) -> etree._Element:
    """Render MJML with mrml, and return the HTML tree. Raise TemplateError if mrml refuses the MJML.

    The default of `fonts` adds a Google Fonts link, which would send the reader's IP address to Google.
    """
    from mjml import mjml2html

    try:
        document = mjml2html(source, fonts={}, social_icon_origin=None)
    except ValueError as error:
        raise TemplateError("mjml_refused", at=TEMPLATE, reason=str(error)) from error
    return etree.fromstring(document, etree.HTMLParser(huge_tree=True))


def _inline_css(document: etree._Element, css: str) -> None:
    """Write the content rules into style attributes, and change nothing else.

    By default premailer drops the doctype and every `!important` of the dark-mode rules, and fetches stylesheets.
    The `<style>` elements are marked as ignored, so premailer does not change them.
    """
    styles = list(document.iter("style"))
    for style in styles:
        style.set("data-premailer", "ignore")
    _premailer()(
        document,
        css_text=css,
        allow_network=False,
        strip_important=False,
        disable_validation=True,
        align_floating_images=False,
        disable_leftover_css=True,
        cache_css_parsing=True,
        disable_basic_attributes=["align", "valign", "bgcolor", "width", "height"],
    ).transform()
    for style in styles:
        style.attrib.pop("data-premailer", None)  # premailer keeps it on styles with media=


@cache
def _premailer() -> Any:
    import cssutils
    from premailer import Premailer, merge_style

    cssutils.log.setLevel(logging.CRITICAL)
    # Even with allow_network=False, cssutils opens `@import url(...)`, for http and file:// addresses.
    cssutils.util._defaultFetcher = lambda _url: None  # noqa: SLF001 - there is no public way

    # In spite of disable_validation, merging validates style attributes: 90 ms of regexes, only for a log.
    pairs = merge_style.csstext_to_pairs
    merge_style.csstext_to_pairs = partial(pairs, validate=False)
    merge_style.csstext_to_pairs._lock = pairs._lock  # noqa: SLF001 - the function looks up its lock as an attribute of its name

    class Inliner(Premailer):  # type: ignore[misc] # untyped
        """Premailer that parses a theme's rules once instead of for every edition, which halves its time."""

        parsed: ClassVar[dict[tuple[str, int], Any]] = {}

        def _parse_style_rules(self, css: str, index: int) -> Any:
            if (css, index) not in self.parsed:
                self.parsed[css, index] = super()._parse_style_rules(css, index)
            rules, leftover = self.parsed[css, index]
            present = _names_in(self.html)
            return [rule for rule in rules if present.issuperset(_NAMES.findall(rule[1]))], leftover

    return Inliner


_NAMES = re.compile(r"[A-Za-z][\w-]*")


def _names_in(document: etree._Element) -> set[str]:
    """Return every element name and class of a document; a rule that needs another name cannot match."""
    names: set[str] = set()
    for element in document.iter(etree.Element):
        names.add(element.tag)
        names.update(element.get("class", "").split())
    return names


def _remove_invalid_attributes(document: etree._Element) -> None:
    """Remove attributes that mrml writes and HTML does not have; give each image an alt."""
    for cell in document.iter("td"):
        cell.attrib.pop("vertical-align", None)
    for image in document.iter("img"):
        if image.get("height") == "auto":
            del image.attrib["height"]
        if image.get("alt") is None:
            image.set("alt", "")
