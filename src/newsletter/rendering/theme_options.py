"""theme.toml: what a theme lets a publication choose, and what the publication chose.

A theme that names another as its `base` has that one's files, options and texts wherever it has none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from newsletter.errors import TemplateError
from newsletter.rendering.contrast import CONTRAST, contrast, parse
from newsletter.system.toml_files import line_of, read_toml

FILE = "theme.toml"
LENGTHS = ("width", "gutter")
"""Options that the program itself counts with."""
LOGO_WIDTH = "180px"
NARROWEST = 200
"""CSS pixels that a column must have for anybody to read it."""
_KINDS = (re.compile(r"[0-9]{1,4}px"), re.compile(r"#[0-9a-fA-F]{6}"), re.compile(r"(?!\d+px$|#)[^<>{};()]*"))
"""An option is a length, a colour or a font's name, as its default is."""
_TYPES = {"dict_type": "theme_needs_table", "list_type": "theme_needs_list"}
"""pydantic's name of a mistake → the key of its sentence; everything else is to be a text."""


@dataclass(frozen=True, slots=True)
class Faint:
    """Two colours of a theme that are too close: text in one cannot be read on the other."""

    option: str
    ground: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Options:
    """A theme's options as the publication set them."""

    values: Mapping[str, str]
    folders: tuple[Path, ...]
    """Where its files are looked for: its own folder, then its base's."""
    faint: tuple[Faint, ...]

    def pixels(self, name: str) -> int:
        """A length, in CSS pixels."""
        return int(self.values[name].removesuffix("px"))


class _File(BaseModel):
    """theme.toml: options at its top, whatever they are called; free texts; which colours must be told apart."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, str]
    base: str = ""
    texts: dict[str, str] = {}
    contrast: dict[str, list[str]] = {}


def load(folder: Path, chosen: Mapping[str, str]) -> Options:
    """The options of the theme in `folder`, with those of newsletter.toml; TemplateError names a wrong one."""
    chain = _chain(folder)
    looks: dict[str, str] = {"logo_width": LOGO_WIDTH}
    texts: dict[str, str] = {}
    pairs: dict[str, list[str]] = {}
    for _, file in reversed(chain):
        looks, texts, pairs = looks | file.__pydantic_extra__, texts | file.texts, pairs | file.contrast
    for name, value in chosen.items():
        if name not in looks and name not in texts:
            known = ", ".join([*looks, *texts])
            raise TemplateError("theme_option_unknown", name=name, theme=folder.name, allowed=known)
        if name in looks and not _is_like(value, looks[name]):
            raise TemplateError("theme_option_wrong", name=name, theme=folder.name, value=value, allowed=looks[name])
    if chosen.get("logo_width") == "0px":
        raise TemplateError("theme_option_wrong", name="logo_width", theme=folder.name, value="0px", allowed=LOGO_WIDTH)
    values = {**looks, **texts, **chosen}
    _whole(folder / FILE, values, pairs)
    return Options(values, tuple(at for at, _ in chain), _faint(values, pairs))


def _is_like(value: str, default: str) -> bool:
    """Whether a value is of its default's kind."""
    return any(kind.fullmatch(value) for kind in _KINDS if kind.fullmatch(default))


def _whole(path: Path, values: Mapping[str, str], pairs: Mapping[str, list[str]]) -> None:
    """Refuses a theme whose lengths are not there, or that compares what is no colour."""
    for name in LENGTHS:
        if not _KINDS[0].fullmatch(values.get(name, "")):
            raise TemplateError("theme_length", at=path, line=line_of(path, name), name=name)
    width, gutter, logo = (int(values[name].removesuffix("px")) for name in (*LENGTHS, "logo_width"))
    if width - 2 * gutter < NARROWEST:
        raise TemplateError("theme_narrow", at=path, column=width - 2 * gutter, least=NARROWEST)
    if not logo:
        raise TemplateError("theme_length", at=path, line=line_of(path, "logo_width"), name="logo_width")
    for name in {*pairs, *(ground for grounds in pairs.values() for ground in grounds)}:
        if parse(values.get(name, "")) is None:
            raise TemplateError("theme_contrast", at=path, line=line_of(path, "contrast"), name=name)


def require_inside(path: Path, root: Path) -> None:
    """TemplateError where a symbolic link leads out of the folder of all themes."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise TemplateError("template_outside", at="/".join(path.parts[-2:]), folder=root)


def _chain(folder: Path) -> list[tuple[Path, _File]]:
    """A theme, its base, the base of that one: folder and theme.toml of each."""
    chain: list[tuple[Path, _File]] = []
    while True:
        toml = _read(folder / FILE)
        chain.append((folder, toml))
        if not toml.base:
            return chain
        below = folder.parent / toml.base
        is_theme = Path(toml.base).name == toml.base and (below / FILE).is_file()
        if not is_theme or below in [at for at, _ in chain]:
            raise TemplateError("theme_base", at=folder / FILE, line=line_of(folder / FILE, "base"), base=toml.base)
        folder = below


def _read(path: Path) -> _File:
    """A theme.toml, or its first mistake with line and name."""
    try:
        require_inside(path, path.parent.parent)
        written = read_toml(path, TemplateError)
        return _File.model_validate(written)
    except OSError as error:
        raise TemplateError("theme_options", at=path, reason=error.strerror or type(error).__name__) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = next(part for part in reversed(first["loc"]) if isinstance(part, str))
        key = _TYPES.get(first["type"], "theme_needs_text")
        raise TemplateError(key, at=path, line=line_of(path, name), name=name) from error


def _faint(values: Mapping[str, str], pairs: Mapping[str, list[str]]) -> tuple[Faint, ...]:
    """Every pair of the theme's `[contrast]` table that WCAG finds too close."""
    measured = (
        Faint(option, ground, contrast(one, other))
        for option, grounds in pairs.items()
        for ground in grounds
        if (one := parse(values[option])) and (other := parse(values[ground]))
    )
    return tuple(pair for pair in measured if pair.ratio < CONTRAST)
