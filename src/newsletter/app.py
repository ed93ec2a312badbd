"""Composition root: builds the objects of the program from a publication's settings, each one on request."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newsletter.config import settings as settings_
from newsletter.config.settings import Settings
from newsletter.errors import InputError, SettingsError
from newsletter.model.publication import Publication
from newsletter.system import files, timestamps
from newsletter.system.files import Permissions

SUBMISSIONS = ".newsletter-submissions"
"""Folder of the submission log, see `campaigns.sending.submission_log`."""

if TYPE_CHECKING:
    from newsletter.campaigns.operator_alerts import Operator
    from newsletter.campaigns.send_campaign import SendContext
    from newsletter.campaigns.sending import Worker
    from newsletter.providers.base import Provider
    from newsletter.providers.sendgrid.provider import SendGrid
    from newsletter.providers.smtp.provider import Smtp
    from newsletter.rendering.theme import Theme
    from newsletter.storage.database import PublicationIdentity, Store
    from newsletter.storage.host_recovery import Recovered
    from newsletter.subscribers.confirmation_mail import LinkMailContext


@dataclass(frozen=True, slots=True)
class App:
    """A publication's folder and settings, and the factory of every object that is built from them."""

    folder: Path
    settings: Settings
    on_recovered: Callable[[Recovered], None] = lambda _recovered: None
    """Called after `Store.recover` has added records to the database that only the folder had."""
    on_waiting: Callable[[Exception], None] = lambda _error: None
    """Called each time the database cannot be reached and the work is tried again later."""
    opened: list[Store] = field(default_factory=list, compare=False)
    """The stores that `store` has opened and `close` closes."""

    def close(self) -> None:
        """Close every store that was opened."""
        while self.opened:
            self.opened.pop().close()

    @property
    def publication(self) -> Publication:
        """Return the publication that the settings describe."""
        return self.settings.publication()

    @property
    def issues(self) -> Path:
        """Return the folder that holds the issues."""
        return self.folder / "issues"

    def theme(self) -> Theme:
        """Load and compile the publication's theme."""
        from newsletter.rendering import theme

        return theme.load(self.folder / "templates", self.publication.theme)

    def look(self) -> Mapping[str, str]:
        """Load the theme's options (colours, fonts) without its templates, for web pages and transactional mails."""
        from newsletter.rendering import theme_options

        chosen = {name: value for name, value in self.publication.theme.items() if name != "name"}
        return theme_options.load(self.folder / "templates" / self.publication.theme["name"], chosen).values

    @property
    def permissions(self) -> Permissions:
        """Return the modes of files and folders that hold addresses or tokens."""
        return files.SHARED if self.settings.files.group else files.PRIVATE

    @property
    def private_paths(self) -> list[Path]:
        """Return the files and folders of the publication that hold addresses, tokens or keys."""
        try:
            file = self._database_file()
        except (InputError, ValueError):  # a bad database URL: opening the database reports it
            file = None
        databases = [file, file.with_name(f"{file.stem}-events{file.suffix}")] if file else []
        database_files = [
            database.with_name(database.name + ending)
            for database in databases
            for ending in ("", "-wal", "-shm", "-journal")
        ]
        names = (settings_.ENV_FILE, "outbox", "rendered", files.MEMORY, SUBMISSIONS)
        return [*database_files, *(self.folder / name for name in names)]

    def restrict_files(self) -> list[Path]:
        """Remove other accounts' permissions on the private files; return the paths that were too open."""
        return files.restrict(self.private_paths, self.permissions)

    def store(self) -> Store:
        """Open the publication's database, and add the records that only the folder has."""
        from newsletter.storage import database, host_memory

        self._create_database()
        remembered = host_memory.Memory(self.folder / files.MEMORY, self.permissions.file)
        store = database.open_store(self.database_url(), self._stamp(), timestamps.now_ms(), remembered)
        self.opened.append(store)
        store.on_recovered, store.on_waiting = self.on_recovered, self.on_waiting
        store.recover()
        return store

    def upgrade(self) -> tuple[str | None, str]:
        """Upgrade the database to this program's revision; return the revisions before and after."""
        from newsletter.storage import database

        self._create_database()
        return database.upgrade_store(self.database_url(), self._stamp(), timestamps.now_ms())

    def _create_database(self) -> None:
        """Create the file of a new database, so that SQLite gives its mode to the files that it adds beside it."""
        if file := self._database_file():
            with suppress(OSError):  # opening the store reports the error
                files.create_missing(file, self.permissions)

    def _stamp(self) -> PublicationIdentity:
        from newsletter.storage import address_hash, database

        return database.PublicationIdentity(
            self.publication.list_id, address_hash.fingerprint(self.settings.suppression())
        )

    def has_store(self) -> bool:
        """Return True if the database file exists (or is not a file): a command that only reads must not create it."""
        file = self._database_file()
        return file is None or file.is_file()

    def may_change_issue(self, path: Path) -> bool:
        """Return True if a change of `path` may change an issue; database files and temporary files do not count."""
        file = self._database_file()
        is_database = (
            file is not None
            and path.name.startswith(file.stem)
            and path.suffix.startswith(file.suffix)
            and path.parent.resolve() == file.parent
        )
        return not is_database and files.may_change_issue(Path(os.path.relpath(path, self.folder)))

    def _database_file(self) -> Path | None:
        """Return the path of a SQLite database; None for a database server."""
        scheme, _, path = self.database_url().partition(":///")
        return Path(path).resolve() if scheme == "sqlite" else None

    def database_url(self) -> str:
        """Return the database URL; a relative SQLite path is resolved against the publication's folder.

        Raise InputError for a database in memory.
        """
        url = self.settings.database_url or "sqlite:///newsletter.db"
        scheme, _, path = url.partition(":///")
        if url.startswith("sqlite:") and path in {"", ":memory:"}:
            raise InputError("database_in_memory")
        return f"sqlite:///{self.folder / path}" if scheme == "sqlite" else url

    def notifier(self, now: dt.datetime) -> LinkMailContext:
        """Build the sender of the mails that a subscriber asked for."""
        from newsletter.subscribers.confirmation_mail import LinkMailContext

        return LinkMailContext(
            provider=self.provider(),
            publication=self.publication,
            look=self.look(),
            key=self.settings.keys()[0],
            now=now,
        )

    def worker(self, **given: Any) -> Worker:  # noqa: ANN401 - passed on to the fields of Worker
        """Build the worker that dispatches; `given` sets further fields of `Worker`."""
        from newsletter.campaigns.sending import SubmissionLog, Worker

        settings = self.settings
        if hasattr(os, "pwrite"):  # not on Windows: chunks of a killed process are in doubt there
            given["submissions"] = SubmissionLog(self.folder / SUBMISSIONS, self.permissions)
        zone = ZoneInfo(settings.timezone)
        return Worker(key=settings.keys()[0], daily_cap=settings.daily_cap, zone=zone, **given)

    def send_context(self) -> SendContext:
        """Build the collaborators of a send, with the database opened."""
        from newsletter.campaigns.send_campaign import SendContext

        settings = self.settings
        return SendContext(
            store=self.store(),
            publication=self.publication,
            keys=settings.keys(),
            load_theme=self.theme,
            make_provider=self.provider,
            provider_name=settings.provider,
            requires_approval=settings.require_approval,
        )

    def operator(self, provider: Provider, now: dt.datetime) -> Operator | None:
        """Build the recipient of campaign alerts; None if the settings name no operator."""
        from newsletter.campaigns.operator_alerts import Operator

        settings = self.settings
        if not settings.operator:
            return None
        return Operator(
            address=settings.operator,
            language=settings.lang,
            provider=provider,
            publication=self.publication,
            look=self.look(),
            now=now,
        )

    def provider(self) -> Provider:
        """Build the provider that the settings name."""
        if self.settings.provider == "sendgrid":
            return self.sendgrid()
        if self.settings.provider == "smtp":
            return self.smtp()
        from newsletter.providers.outbox import Outbox

        return Outbox(self.folder / "outbox", self.permissions)

    def smtp(self) -> Smtp:
        """Build the SMTP provider; its EHLO name is the sender's domain, which a relay can look up."""
        from newsletter.providers.smtp.connection import Relay
        from newsletter.providers.smtp.provider import Smtp

        smtp, hello = self.settings.smtp, self.publication.sender.domain
        password = smtp.password.get_secret_value()
        return Smtp(
            Relay(
                host=smtp.host,
                port=smtp.port,
                username=smtp.username,
                password=password,
                security=smtp.security,
                hello=hello,
            )
        )

    def sendgrid(self) -> SendGrid:
        """Build the SendGrid provider; raise SettingsError if the API key is missing."""
        from newsletter.providers.sendgrid.client import Account
        from newsletter.providers.sendgrid.provider import SendGrid

        sendgrid = self.settings.sendgrid
        key = sendgrid.api_key.get_secret_value()
        if not key:
            raise SettingsError("setting_missing", name="sendgrid.api_key", where=settings_.ENV_FILE)
        return SendGrid(
            Account(
                api_key=key,
                host=sendgrid.host.rstrip("/"),
                subuser=sendgrid.subuser,
                sandbox=sendgrid.sandbox,
                categories=sendgrid.categories,
            )
        )


def open_app(folder: Path | None, start: Path) -> App:
    """Open the publication in `folder`, or else the nearest one in `start` and the folders above it."""
    publication_folder = folder.resolve() if folder else settings_.find_folder(start.resolve())
    return App(publication_folder, settings_.load(publication_folder))
