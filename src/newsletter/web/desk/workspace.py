"""The publication while the desk is open: the last valid reading of each issue, and the error since then."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app import App
from newsletter.config.settings import ENV_FILE, FILE
from newsletter.content.issue_names import INDEX
from newsletter.i18n import say
from newsletter.i18n.exceptions import explained
from newsletter.model.edition import Image
from newsletter.model.subscribers import Subscriber
from newsletter.web.desk.sample_recipients import ORDINARY, SAMPLES

if TYPE_CHECKING:
    from newsletter.checks.external.link_prober import LinkResult
    from newsletter.editorial.review import Reading
    from newsletter.rendering.theme import Theme
    from newsletter.storage.database import Store

MAX_VIEWS = 48
"""Maximum number of readings in the cache, pictures included; other issues are read again when they are requested."""
CLOCK_SECONDS = 0.1
"""Tolerance in seconds: the time of a file may be that much behind the clock."""


@dataclass(frozen=True, slots=True)
class View:
    """The last valid reading of an issue, and the error that prevents a newer reading."""

    name: str
    """Name of the issue's folder."""
    reading: Reading | None
    trouble: str
    version: tuple[int, int]
    """Number of changes of the whole publication and of this issue, counted before the reading."""


class Desk:
    """State of an open desk. Each request runs in its own thread; a lock lets only one thread read and compose."""

    def __init__(self, app: App, reopen: Callable[[], App], language: str | None) -> None:
        self.app = app
        self._opened = time.time()
        self.boot = f"{self._opened:.6f}"
        self._reopen = reopen
        self._chosen_language = language
        self._lock = threading.RLock()
        self._views: dict[str, View] = {}
        self._global_changes = 0
        self._issue_changes: dict[str, int] = {}
        self._theme: Theme | None = None
        self._store: Store | None = None
        self.answers: dict[str, LinkResult] = {}
        self.trouble = ""

    @property
    def language(self) -> str:
        """Return the language chosen on the command line, or else the language in the settings."""
        return self._chosen_language or self.app.settings.lang

    def say(self, key: str, **facts: object) -> str:
        """Return a sentence of the message catalogue."""
        return say(self.language, key, **facts)

    def names(self) -> list[str]:
        """Return the folder names of all issues, newest first."""
        from newsletter.content import issue_files

        names = (path.parent.name for path in reversed(list(issue_files.list_paths(self.app.issues))))
        return [name for name in names if name.isprintable()]  # a name that is not UTF-8 cannot be in an address

    def require(self, name: str) -> Path:
        """Return the file of the issue in the folder `name`. Raise InputError if it does not exist and never did."""
        from newsletter.content import issue_files

        path = self.app.issues / name / INDEX
        is_inside = Path(name).name == name and name != ".." and "\0" not in name  # no path traversal
        if not is_inside or (name not in self._views and not path.is_file()):
            raise issue_files.unknown_issue(self.app.issues, name)
        return path

    def view(self, name: str) -> View:
        """Return the current view of the issue in the folder `name`. Raise InputError if the issue never existed."""
        with self._lock:
            view = self._views.get(name)
            version = (self._global_changes, self._issue_changes.get(name, 0))
            if view is None or view.version != version:
                view = self._read_again(name, view, version)
            self._views.pop(name, None)
            self._views[name] = view  # moved to the end: the least recently used view is first
            for oldest in list(self._views)[:-MAX_VIEWS]:
                del self._views[oldest]
            return view

    def prepare(self, name: str) -> None:
        """Read and compose the issue now, so that the next request for it does not wait."""
        with contextlib.suppress(Exception):  # the page reports the error when it is requested
            self.view(name)

    def _read_again(self, name: str, previous: View | None, version: tuple[int, int]) -> View:
        """Read the issue again; if that fails, return the previous reading and a sentence about the error."""
        from newsletter.editorial.review import examine

        path = self.require(name)
        try:
            reading = examine(path, self.app.publication, self.theme())
        except Exception as error:  # noqa: BLE001 - the page shows any error above the last valid reading
            return View(
                name=name,
                reading=previous.reading if previous else None,
                trouble=explained(error, self.language)[0],
                version=version,
            )
        return View(name=name, reading=reading, trouble="", version=version)

    def image(self, name: str) -> Image | None:
        """Return a picture by its name, from the readings in the cache; None if it is not there."""
        with self._lock:
            readings = [view.reading for view in self._views.values() if view.reading]
        return next((image for reading in readings for image in reading.edition.images if image.name == name), None)

    def theme(self) -> Theme:
        """Return the theme, compiled once for all issues until a file of it changes."""
        with self._lock:
            if self._theme is None:
                self._theme = self.app.theme()
            return self._theme

    def record_changes(self, files: set[Path]) -> list[str]:
        """Record changed files; return the names of their issues, or an empty list if all issues may have changed."""
        with self._lock:
            parts = [path.relative_to(self.app.folder).parts for path in files if path.is_relative_to(self.app.folder)]
            names = {part[1] for part in parts if len(part) > 2 and part[0] == self.app.issues.name}  # noqa: PLR2004 - the path has three parts: issues/name/file
            if len(names) < len({part[:2] for part in parts}):
                self._reload()
                return []
            for name in names:
                self._issue_changes[name] = self._issue_changes.get(name, 0) + 1
            has_gone = any(not (self.app.issues / name / INDEX).is_file() for name in names)
            return [] if has_gone else sorted(names)

    def changed_since_opened(self) -> set[Path]:
        """Return the files that changed after the desk was opened."""
        folder = self.app.folder
        roots = (self.app.issues, folder / "templates")
        files = [folder / FILE, folder / ENV_FILE, *(path for root in roots for path in root.rglob("*.*"))]
        return {path for path in files if _modified_at(path) > self._opened - CLOCK_SECONDS}

    def _reload(self) -> None:
        """Reload settings and theme, because anything may have changed; invalid new settings leave the old in use."""
        self._global_changes += 1
        self._theme = None
        try:
            app = self._reopen()
        except Exception as error:  # noqa: BLE001 - the page shows any error
            self.trouble = explained(error, self.language)[0]
            return
        if self.trouble or app.settings != self.app.settings:
            self.close()
        self.app, self.trouble = app, ""

    def store(self) -> Store | None:
        """Return the open database; None if there is none or it cannot be opened, in which case `trouble` says why."""
        with self._lock:
            if self._store is None and not self.trouble:
                try:
                    self._store = self.app.store() if self.app.has_store() else None
                except Exception as error:  # noqa: BLE001 - the page shows the error; an issue can be read without a database
                    self.trouble = explained(error, self.language)[0]
            return self._store

    def make_store(self) -> Store:
        """Return the open database, created if there was none; errors are raised."""
        with self._lock:
            self._store = self._store or self.app.store()
            return self._store

    def person(self, key: str) -> Subscriber:
        """Return the sample person or the subscriber id that `key` names; the ordinary sample by default."""
        if key.isascii() and key.isdigit() and (store := self.store()):
            from newsletter.storage.subscribers import subscribers

            with store.read() as tx:
                subscriber = subscribers.find_by_id(tx, int(key[:15]))
            return subscriber or SAMPLES[ORDINARY]
        return SAMPLES.get(key, SAMPLES[ORDINARY])

    def close(self) -> None:
        """Close the database."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _modified_at(path: Path) -> float:
    """Return the modification time of a file in Unix seconds, or 0 if the file no longer exists."""
    try:
        return path.stat().st_mtime if path.is_file() else 0
    except OSError:
        return 0
