"""Options of a theme: the defaults in `theme.toml`, and the values that the publication sets.

A theme may name another theme as its `base`. It takes from its base the files, options and texts that it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from newsletter.errors import TemplateError
from newsletter.rendering.contrast import CONTRAST, contrast, parse
from newsletter.system.toml_files import find_line, read_toml

FILE = "theme.toml"
LENGTHS = ("width", "gutter")
"""Options that the program itself uses for calculations."""
LOGO_WIDTH = "180px"
MIN_COLUMN_PX = 200
"""Minimum width of a readable text column, in CSS pixels."""
_KINDS = (re.compile(r"[0-9]{1,4}px"), re.compile(r"#[0-9a-fA-F]{6}"), re.compile(r"(?!\d+px$|#)[^<>{};()]*"))
"""An option is a length, a colour or a font's name; its default decides which."""
_TYPES = {"dict_type": "theme_needs_table", "list_type": "theme_needs_list"}
"""pydantic's error type → key of the message; for any other type the message asks for a text."""


@dataclass(frozen=True, slots=True)
class LowContrast:
    """Two colours of a theme with too little contrast: text in `option` cannot be read on `ground`."""

    option: str
    ground: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a theme, with the values of the publication."""

    values: Mapping[str, str]
    folders: tuple[Path, ...]
    """Folders of the theme's files, in search order: its own, then that of its base."""
    low_contrast: tuple[LowContrast, ...]

    def pixels(self, name: str) -> int:
        """Return a length in CSS pixels."""
        return int(self.values[name].removesuffix("px"))


class _File(BaseModel):
    """A `theme.toml`: options of any name at the top level, free texts, and pairs of colours that need contrast."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, str]
    base: str = ""
    texts: dict[str, str] = {}
    contrast: dict[str, list[str]] = {}


def load(folder: Path, chosen: Mapping[str, str]) -> Options:
    """Load the options of the theme in `folder`, and apply the values `chosen` in newsletter.toml.

    Raise TemplateError, with the option's name, if an option is unknown or its value is not valid.
    """
    chain = _chain(folder)
    style_options: dict[str, str] = {"logo_width": LOGO_WIDTH}
    texts: dict[str, str] = {}
    pairs: dict[str, list[str]] = {}
    for _, file in reversed(chain):
        style_options, texts, pairs = style_options | file.__pydantic_extra__, texts | file.texts, pairs | file.contrast
    for name, value in chosen.items():
        if name not in style_options and name not in texts:
            known = ", ".join([*style_options, *texts])
            raise TemplateError("theme_option_unknown", name=name, theme=folder.name, allowed=known)
        if name in style_options and not _has_same_kind(value, style_options[name]):
            raise TemplateError(
                "theme_option_wrong", name=name, theme=folder.name, value=value, allowed=style_options[name]
            )
    if chosen.get("logo_width") == "0px":
        raise TemplateError("theme_option_wrong", name="logo_width", theme=folder.name, value="0px", allowed=LOGO_WIDTH)
    values = {**style_options, **texts, **chosen}
    _require_complete(folder / FILE, values, pairs)
    return Options(values=values, folders=tuple(at for at, _ in chain), low_contrast=_find_low_contrast(values, pairs))


def _has_same_kind(value: str, default: str) -> bool:
    """Return True if a value has the same kind (length, colour, font) as the default."""
    return any(kind.fullmatch(value) for kind in _KINDS if kind.fullmatch(default))


def _require_complete(path: Path, values: Mapping[str, str], pairs: Mapping[str, list[str]]) -> None:
    """Raise TemplateError if a length is missing, the column is too narrow, or `[contrast]` names no colour."""
    for name in LENGTHS:
        if not _KINDS[0].fullmatch(values.get(name, "")):
            raise TemplateError("theme_length", at=path, line=find_line(path, name), name=name)
    width, gutter, logo = (int(values[name].removesuffix("px")) for name in (*LENGTHS, "logo_width"))
    if width - 2 * gutter < MIN_COLUMN_PX:
        raise TemplateError("theme_narrow", at=path, column=width - 2 * gutter, least=MIN_COLUMN_PX)
    if not logo:
        raise TemplateError("theme_length", at=path, line=find_line(path, "logo_width"), name="logo_width")
    for name in {*pairs, *(ground for grounds in pairs.values() for ground in grounds)}:
        if parse(values.get(name, "")) is None:
            raise TemplateError("theme_contrast", at=path, line=find_line(path, "contrast"), name=name)


def require_inside(path: Path, root: Path) -> None:
    """Raise TemplateError if a symbolic link leads out of the folder of all themes."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise TemplateError("template_outside", at="/".join(path.parts[-2:]), folder=root)


def _chain(folder: Path) -> list[tuple[Path, _File]]:
    """Return folder and theme.toml of a theme, of its base, of the base's base, and so on."""
    chain: list[tuple[Path, _File]] = []
    while True:
        toml = _read(folder / FILE)
        chain.append((folder, toml))
        if not toml.base:
            return chain
        below = folder.parent / toml.base
        is_theme = Path(toml.base).name == toml.base and (below / FILE).is_file()
        if not is_theme or below in [at for at, _ in chain]:
            raise TemplateError("theme_base", at=folder / FILE, line=find_line(folder / FILE, "base"), base=toml.base)
        folder = below


def _read(path: Path) -> _File:
    """Read a theme.toml. Raise TemplateError with line and name of its first mistake."""
    try:
        require_inside(path, path.parent.parent)
        tables = read_toml(path, TemplateError)
        return _File.model_validate(tables)
    except OSError as error:
        raise TemplateError("theme_options", at=path, reason=error.strerror or type(error).__name__) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = next(part for part in reversed(first["loc"]) if isinstance(part, str))
        key = _TYPES.get(first["type"], "theme_needs_text")
        raise TemplateError(key, at=path, line=find_line(path, name), name=name) from error


def _find_low_contrast(values: Mapping[str, str], pairs: Mapping[str, list[str]]) -> tuple[LowContrast, ...]:
    """Return every pair of the theme's `[contrast]` table with less contrast than WCAG requires."""
    measured = (
        LowContrast(option=option, ground=ground, ratio=contrast(text_colour, ground_colour))
        for option, grounds in pairs.items()
        for ground in grounds
        if (text_colour := parse(values[option])) and (ground_colour := parse(values[ground]))
    )
    return tuple(pair for pair in measured if pair.ratio < CONTRAST)
