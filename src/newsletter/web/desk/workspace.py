"""The publication as it stands while the desk is open: each issue's last good reading, and what is wrong since."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app import App
from newsletter.config.settings import ENV_FILE, FILE
from newsletter.content.issue_names import INDEX
from newsletter.errors import InputError
from newsletter.i18n import say
from newsletter.i18n.exceptions import explained
from newsletter.model.edition import Image
from newsletter.model.subscribers import Subscriber
from newsletter.web.desk.sample_recipients import ORDINARY, SAMPLES

if TYPE_CHECKING:
    from newsletter.checks.external.link_prober import Answer
    from newsletter.editorial.review import Reading
    from newsletter.rendering.theme import Theme
    from newsletter.storage.database import Store

KEPT = 48
"""Issues whose readings are kept, pictures and all; the others are read again when they are looked at."""
CLOCK_SECONDS = 0.1
"""By how much a file's time may lag behind the clock."""


@dataclass(frozen=True, slots=True)
class View:
    """What is known of an issue: its last good reading, and why there is no newer one."""

    name: str
    """The issue's folder."""
    reading: Reading | None
    trouble: str
    age: tuple[int, int]
    """Changes of everything, and of this issue, that were counted when it was read."""


class Desk:
    """An open desk. Every request has a thread of its own; one at a time reads and composes."""

    def __init__(self, app: App, reopen: Callable[[], App], language: str | None) -> None:
        self.app = app
        self._opened = time.time()
        self.boot = f"{self._opened:.6f}"
        self._reopen = reopen
        self._chosen_language = language
        self._lock = threading.RLock()
        self._views: dict[str, View] = {}
        self._era = 0
        self._changes: dict[str, int] = {}
        self._theme: Theme | None = None
        self._store: Store | None = None
        self.answers: dict[str, Answer] = {}
        self.trouble = ""

    @property
    def language(self) -> str:
        """What is spoken: the command line's choice, or the settings'."""
        return self._chosen_language or self.app.settings.lang

    def say(self, key: str, **facts: object) -> str:
        """A sentence of the catalogue."""
        return say(self.language, key, **facts)

    def names(self) -> list[str]:
        """Folders of every issue, the newest first."""
        from newsletter.content import issue_files  # noqa: PLC0415 - heavy, and the first page must come at once

        names = (path.parent.name for path in reversed(list(issue_files.paths(self.app.issues))))
        return [name for name in names if name.isprintable()]  # one that is no UTF-8 has no address

    def require(self, name: str) -> Path:
        """The file of the issue in the folder `name`; InputError where there is none, and was none before."""
        path = self.app.issues / name / INDEX
        is_inside = Path(name).name == name and name != ".." and "\0" not in name  # whatever an address may say
        if not is_inside or (name not in self._views and not path.is_file()):
            raise InputError("issue_unknown", name=name, near="", folder=self.app.issues)
        return path

    def view(self, name: str) -> View:
        """The issue in the folder `name`, as it is now; InputError where there never was one."""
        with self._lock:
            kept = self._views.get(name)
            age = (self._era, self._changes.get(name, 0))
            if kept is None or kept.age != age:
                kept = self._looked_at(name, kept, age)
            self._views.pop(name, None)
            self._views[name] = kept  # last: the one that nobody asked for longest is first
            for oldest in list(self._views)[:-KEPT]:
                del self._views[oldest]
            return kept

    def _looked_at(self, name: str, before: View | None, age: tuple[int, int]) -> View:
        """A new reading; where there can be none, the one before and a sentence."""
        from newsletter.editorial.review import examine  # noqa: PLC0415 - as above

        path = self.require(name)
        try:
            reading = examine(path, self.app.publication, self.theme())
        except Exception as error:  # noqa: BLE001 - whatever it is, the page says it, over what was good before
            return View(name, before.reading if before else None, explained(error, self.language)[0], age)
        return View(name, reading, "", age)

    def image(self, name: str) -> Image | None:
        """A picture of an issue that was looked at."""
        with self._lock:
            readings = [view.reading for view in self._views.values() if view.reading]
        return next((image for reading in readings for image in reading.edition.images if image.name == name), None)

    def theme(self) -> Theme:
        """The theme, compiled once for all issues until it changes."""
        with self._lock:
            if self._theme is None:
                self._theme = self.app.theme()
            return self._theme

    def changed(self, files: set[Path]) -> list[str]:
        """Takes note of changed files; gives the issues they belong to, or nothing where it may be all of them."""
        with self._lock:
            parts = [path.relative_to(self.app.folder).parts for path in files if path.is_relative_to(self.app.folder)]
            names = {part[1] for part in parts if len(part) > 2 and part[0] == self.app.issues.name}  # noqa: PLR2004 - issues/name/file
            if len(names) < len({part[:2] for part in parts}):
                self._open_anew()
                return []
            for name in names:
                self._changes[name] = self._changes.get(name, 0) + 1
            has_gone = any(not (self.app.issues / name / INDEX).is_file() for name in names)
            return [] if has_gone else sorted(names)

    def changed_since_opened(self) -> set[Path]:
        """Files that are younger than the desk."""
        folder = self.app.folder
        roots = (self.app.issues, folder / "templates")
        files = [folder / FILE, folder / ENV_FILE, *(path for root in roots for path in root.rglob("*.*"))]
        return {path for path in files if _changed_at(path) > self._opened - CLOCK_SECONDS}

    def _open_anew(self) -> None:
        """Settings, templates, words: everything may be different. Settings that are wrong leave the old ones."""
        self._era += 1
        self._theme = None
        try:
            app = self._reopen()
        except Exception as error:  # noqa: BLE001 - as above
            self.trouble = explained(error, self.language)[0]
            return
        if self.trouble or app.settings != self.app.settings:
            self.close()
        self.app, self.trouble = app, ""

    def store(self) -> Store | None:
        """The publication's database, open; None where there is none, or where it cannot be: the page says why."""
        with self._lock:
            if self._store is None and not self.trouble:
                try:
                    self._store = self.app.store() if self.app.has_store() else None
                except Exception as error:  # noqa: BLE001 - as above: a letter can be read without a database
                    self.trouble = explained(error, self.language)[0]
            return self._store

    def make_store(self) -> Store:
        """The database, made where there was none; whatever stands against it is raised."""
        with self._lock:
            self._store = self._store or self.app.store()
            return self._store

    def person(self, key: str) -> Subscriber:
        """A sample, or the subscriber of that number; somebody ordinary where the key means nobody."""
        if key.isascii() and key.isdigit() and (store := self.store()):
            from newsletter.storage.subscribers import subscribers  # noqa: PLC0415 - as above

            with store.read() as tx:
                found = subscribers.by_id(tx, int(key[:15]))
            return found or SAMPLES[ORDINARY]
        return SAMPLES.get(key, SAMPLES[ORDINARY])

    def close(self) -> None:
        """Gives back the database."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _changed_at(path: Path) -> float:
    """When a file was changed; long ago, where it has gone meanwhile."""
    try:
        return path.stat().st_mtime if path.is_file() else 0
    except OSError:
        return 0
