"""The composition root: settings → collaborators, each made when it is asked for, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
import time
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
from newsletter.system import files
from newsletter.system.files import Permissions

SUBMISSIONS = ".newsletter-submissions"
"""How far requests came, see `campaigns.sending.submission_log`."""

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
    from newsletter.subscribers.confirmation_mail import Notifier


@dataclass(frozen=True, slots=True)
class App:
    """A publication's folder and settings, and what can be made of them."""

    folder: Path
    settings: Settings
    on_recovered: Callable[[Recovered], None] = lambda _recovered: None
    """Called where the folder knew more than the database, which was then brought up to date."""
    on_waiting: Callable[[Exception], None] = lambda _error: None
    """Called where the database is away, and waited for."""
    opened: list[Store] = field(default_factory=list, compare=False)
    """Every store that was opened, for `close`."""

    def close(self) -> None:
        """Close every store that was opened."""
        while self.opened:
            self.opened.pop().close()

    @property
    def publication(self) -> Publication:
        """Who publishes."""
        return self.settings.publication()

    @property
    def issues(self) -> Path:
        """Where issues are."""
        return self.folder / "issues"

    def theme(self) -> Theme:
        """The publication's theme, compiled."""
        from newsletter.rendering import theme

        return theme.load(self.folder / "templates", self.publication.theme)

    def look(self) -> Mapping[str, str]:
        """The theme's options, without its templates: colours and letters for pages and short messages."""
        from newsletter.rendering import theme_options

        chosen = {name: value for name, value in self.publication.theme.items() if name != "name"}
        return theme_options.load(self.folder / "templates" / self.publication.theme["name"], chosen).values

    @property
    def permissions(self) -> Permissions:
        """Who may read and write what holds addresses or tokens."""
        return files.SHARED if self.settings.files.group else files.PRIVATE

    @property
    def private_paths(self) -> list[Path]:
        """Files and folders of the publication that hold addresses, tokens or keys."""
        try:
            file = self._database_file()
        except (InputError, ValueError):  # an address of none: whoever opens the database is told
            file = None
        databases = [file, file.with_name(f"{file.stem}-events{file.suffix}")] if file else []
        beside = [one.with_name(one.name + ending) for one in databases for ending in ("", "-wal", "-shm", "-journal")]
        names = (settings_.ENV_FILE, "outbox", "rendered", files.MEMORY, SUBMISSIONS)
        return [*beside, *(self.folder / name for name in names)]

    def restrict_files(self) -> list[Path]:
        """Take from others what they may do with the private files; give those that were too open."""
        return files.restrict(self.private_paths, self.permissions)

    def store(self) -> Store:
        """The publication's database, open, and brought up to what the folder remembers."""
        from newsletter.storage import database, host_memory

        self._create_database()
        remembered = host_memory.Memory(self.folder / files.MEMORY, self.permissions.file)
        store = database.open_store(self.database_url(), self._stamp(), int(time.time() * 1000), remembered)
        self.opened.append(store)
        store.on_recovered, store.on_waiting = self.on_recovered, self.on_waiting
        store.recover()
        return store

    def upgrade(self) -> tuple[str | None, str]:
        """Brings the database to this program's revision; from which, to which."""
        from newsletter.storage import database

        self._create_database()
        return database.upgrade_store(self.database_url(), self._stamp(), int(time.time() * 1000))

    def _create_database(self) -> None:
        """Make the file of a new database, so that SQLite takes over its mode for everything beside it."""
        if file := self._database_file():
            with suppress(OSError):  # the store says why, to all who open it
                files.create_missing(file, self.permissions)

    def _stamp(self) -> PublicationIdentity:
        from newsletter.storage import address_hash, database

        return database.PublicationIdentity(
            self.publication.list_id, address_hash.fingerprint(self.settings.suppression())
        )

    def has_store(self) -> bool:
        """Whether there is a database already: whoever only looks must not make one."""
        file = self._database_file()
        return file is None or file.is_file()

    def matters(self, path: Path) -> bool:
        """Whether a change of that file may change an issue: not the database's, nor what is only passing."""
        file = self._database_file()
        is_database = (
            file is not None
            and path.name.startswith(file.stem)
            and path.suffix.startswith(file.suffix)
            and path.parent.resolve() == file.parent
        )
        return not is_database and files.matters(Path(os.path.relpath(path, self.folder)))

    def _database_file(self) -> Path | None:
        """Where the database is, if it is a file."""
        scheme, _, path = self.database_url().partition(":///")
        return Path(path).resolve() if scheme == "sqlite" else None

    def database_url(self) -> str:
        """Where the database is. A SQLite file's path counts from the publication, wherever the command is run."""
        url = self.settings.database_url or "sqlite:///newsletter.db"
        scheme, _, path = url.partition(":///")
        if url.startswith("sqlite:") and path in {"", ":memory:"}:
            raise InputError("database_in_memory")
        return f"sqlite:///{self.folder / path}" if scheme == "sqlite" else url

    def notifier(self, now: dt.datetime) -> Notifier:
        """Who sends the mails that somebody asked for."""
        from newsletter.subscribers.confirmation_mail import Notifier

        return Notifier(self.provider(), self.publication, self.look(), self.settings.keys()[0], now)

    def worker(self, **given: Any) -> Worker:  # noqa: ANN401 - a Worker's own fields
        """Who dispatches."""
        from newsletter.campaigns.sending import SubmissionLog, Worker

        settings = self.settings
        if hasattr(os, "pwrite"):  # not on Windows: what a killed process had under way is in doubt there
            given["submissions"] = SubmissionLog(self.folder / SUBMISSIONS, self.permissions)
        zone = ZoneInfo(settings.timezone)
        return Worker(settings.keys()[0], daily_cap=settings.daily_cap, zone=zone, **given)

    def send_context(self) -> SendContext:
        """What a sending works with, and a database open for it."""
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
        """Who is told what becomes of campaigns; None where nobody is named."""
        from newsletter.campaigns.operator_alerts import Operator

        settings = self.settings
        if not settings.operator:
            return None
        return Operator(settings.operator, settings.lang, provider, self.publication, self.look(), now)

    def provider(self) -> Provider:
        """What sends."""
        if self.settings.provider == "sendgrid":
            return self.sendgrid()
        if self.settings.provider == "smtp":
            return self.smtp()
        from newsletter.providers.outbox import Outbox

        return Outbox(self.folder / "outbox", self.permissions)

    def smtp(self) -> Smtp:
        """The mail relay; it is greeted with the sender's domain, which a relay can look up."""
        from newsletter.providers.smtp.connection import Relay
        from newsletter.providers.smtp.provider import Smtp

        chosen, hello = self.settings.smtp, self.publication.sender.domain
        password = chosen.password.get_secret_value()
        return Smtp(Relay(chosen.host, chosen.port, chosen.username, password, chosen.security, hello))

    def sendgrid(self) -> SendGrid:
        """The SendGrid account."""
        from newsletter.providers.sendgrid.client import Account
        from newsletter.providers.sendgrid.provider import SendGrid

        chosen = self.settings.sendgrid
        key = chosen.api_key.get_secret_value()
        if not key:
            raise SettingsError("setting_missing", name="sendgrid.api_key", where=settings_.ENV_FILE)
        return SendGrid(Account(key, chosen.host.rstrip("/"), chosen.subuser, chosen.sandbox, chosen.categories))


def open_app(folder: Path | None, start: Path) -> App:
    """The publication in `folder`, or the nearest one upwards from `start`."""
    found = folder.resolve() if folder else settings_.find_folder(start.resolve())
    return App(found, settings_.load(found))
