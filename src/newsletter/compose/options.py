"""theme.toml: what a theme lets a publication choose, and what the publication chose.

A theme that names another as its `base` has that one's files, options and texts wherever it has none of its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.colours import CONTRAST, contrast, parse
from newsletter.errors import TemplateError

FILE = "theme.toml"
_KINDS = (re.compile(r"\d{1,4}px"), re.compile(r"#[0-9a-fA-F]{6}"), re.compile(r"(?!\d+px$|#)[^<>{};]*"))
"""An option is a length, a colour or a font's name, as its default is."""


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


def load(folder: Path, chosen: Mapping[str, str]) -> Options:
    """The options of the theme in `folder`, with those of newsletter.toml; TemplateError names a wrong one."""
    chain = _chain(folder)
    looks, texts, pairs = ({k: v for _, toml in reversed(chain) for k, v in _part(toml, name)} for name in _PARTS)
    for name, value in chosen.items():
        if name not in looks and name not in texts:
            raise TemplateError(
                "theme_option_unknown", name=name, theme=folder.name, allowed=", ".join([*looks, *texts])
            )
        if name in looks and not any(kind.fullmatch(value) for kind in _KINDS if kind.fullmatch(looks[name])):
            raise TemplateError("theme_option_wrong", name=name, theme=folder.name, value=value, allowed=looks[name])
    values = {name: str(value) for name, value in (looks | texts | dict(chosen)).items()}
    return Options(values, tuple(at for at, _ in chain), _faint(values, pairs))


_PARTS = ("", "texts", "contrast")
"""Tables of theme.toml: the options at its top, free texts, and which colours must be told apart."""


def _part(toml: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    if name:
        return list(toml.get(name, {}).items())
    return [(key, value) for key, value in toml.items() if isinstance(value, str) and key != "base"]


def _chain(folder: Path) -> list[tuple[Path, Mapping[str, Any]]]:
    """A theme, its base, the base of that one: folder and theme.toml of each."""
    chain: list[tuple[Path, Mapping[str, Any]]] = []
    while True:
        path = folder / FILE
        try:
            toml = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise TemplateError("theme_options", at=path, reason=str(error)) from error
        chain.append((folder, toml))
        if "base" not in toml:
            return chain
        folder = folder.parent / str(toml["base"])
        if folder in [at for at, _ in chain]:
            raise TemplateError("theme_options", at=path, reason=f"base = {toml['base']!r}")


def _faint(values: Mapping[str, str], pairs: Mapping[str, list[str]]) -> tuple[Faint, ...]:
    """Every pair of the theme's `[contrast]` table that WCAG finds too close."""
    measured = (
        Faint(option, ground, contrast(one, other))
        for option, grounds in pairs.items()
        for ground in grounds
        if (one := parse(values[option])) and (other := parse(values[ground]))
    )
    return tuple(pair for pair in measured if pair.ratio < CONTRAST)
