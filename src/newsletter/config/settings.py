"""The settings of a publication as one frozen object.

Settings come from newsletter.toml, .env and NEWSLETTER_* variables. A variable overrides .env, and .env overrides
newsletter.toml. A wrong or unknown setting raises a SettingsError that names the setting, its source and the allowed
values. Secrets are `SecretStr`, which does not print its value.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError as PydanticSettingsError,
)

from newsletter.config.types import (
    Address,
    FilesSettings,
    Language,
    Line,
    Link,
    ListId,
    MaybeAddress,
    SenderSettings,
    SendgridSettings,
    SmtpSettings,
    Url,
    expected,
)
from newsletter.errors import InputError, SettingsError
from newsletter.model.publication import Publication, Sender
from newsletter.system.toml_files import read_toml

FILE = "newsletter.toml"
ENV_FILE = ".env"
PREFIX = "NEWSLETTER_"
DELIMITER = "__"
DEFAULT_SALUTATION = "Chères lectrices, chers lecteurs,"
MIN_KEY = 16


class _OurDotEnv(DotEnvSettingsSource):
    """The `.env` file without the variables of other programs, which `extra="forbid"` would refuse."""

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        variables = super()._read_env_file(file_path)
        return {name: value for name, value in variables.items() if name.upper().startswith(PREFIX)}


class Settings(BaseSettings):
    """All settings of a publication. docs/reference.md is generated from the descriptions."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True, env_file_encoding="utf-8"
    )

    name: Line = Field(min_length=1, description="Name of the publication, as readers know it.")
    sender: SenderSettings = Field(description="Who the mail comes from: `email`, `name`.")
    reply_to: SenderSettings | None = Field(default=None, description="Where answers go, if not to the sender.")
    list_id: ListId = Field(description="RFC 2919 List-Id. Never change it: the database is stamped with it.")
    base_url: Url = Field(description="Where images, unsubscribe and read-online pages answer.")
    unsubscribe_mailto: MaybeAddress = Field(
        default="", description="Address for unsubscribing by mail; default: the sender's."
    )
    unsubscribe: Literal["page", "mail"] = Field(
        default="page", description="How readers leave: a page of `newsletter serve` and one click, or by mail only."
    )
    postal_address: Line = Field(default="", description="Postal address in the footer.")
    legal_notice: Line = Field(default="", description="Legal notice in the footer.")
    language: Language = Field(default="fr", description="Language of the issues.")
    lang: Literal["fr", "en"] = Field(default="fr", description="Language the program speaks to its users.")
    timezone: str = Field(default="Europe/Paris", description="Time zone of dates and schedules.")
    salutation: Line = Field(default=DEFAULT_SALUTATION, min_length=1, description="The salutation of every issue.")
    typography: Literal["normal", "fine", "off"] = Field(
        default="normal", description="French typography: with no-break spaces, with fine ones in the HTML, or none."
    )
    proofread: bool = Field(default=False, description="Whether check asks Grammalecte, where it is installed.")
    editor: Link = Field(
        default="vscode://file/{path}:{line}:{column}", description="What the desk opens to edit a line of an issue."
    )
    require_approval: bool = Field(default=False, description="Whether `send` wants `newsletter approve` first.")
    test_recipients: tuple[Address, ...] = Field(
        default=(), description="Addresses that a test may be sent to, and no others."
    )
    operator: MaybeAddress = Field(
        default="", description="Who is told by mail when a campaign is finished, or waits for them; default: nobody."
    )
    daily_cap: int = Field(
        default=0, ge=0, description="People a day over all campaigns, while a new sender becomes known; 0: no limit."
    )
    grace_hours: int = Field(
        default=12,
        ge=1,
        description="A sending that is late by more hours waits for your confirmation: the database may be a copy.",
    )
    provider: Literal["outbox", "smtp", "sendgrid"] = Field(default="outbox", description="What sends.")
    database_url: str = Field(
        default="", description="sqlite:///FILE or postgresql://USER@HOST/NAME; default: newsletter.db in the folder."
    )
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="Keys that sign links, newest first; several are separated by commas."
    )
    suppression_key: SecretStr = Field(
        default=SecretStr(""), description="Key that hashes suppressed addresses. Never change or lose it."
    )
    sendgrid: SendgridSettings = Field(
        default=SendgridSettings(),
        description="`api_key`; `host` (https://api.eu.sendgrid.com for the EU); `subuser`; `sandbox` (all is"
        " validated, nothing sent); `categories`, 10 at most; `webhook_key`, the public key that signs events.",
    )
    smtp: SmtpSettings = Field(
        default=SmtpSettings(), description="`host`, `port`, `username`, `password`, `security`."
    )
    files: FilesSettings = Field(
        default=FilesSettings(),
        description="`group`: `true` lets the group's accounts read and write what holds addresses (0660, 0770)"
        " instead of the owner alone (0600, 0700).",
    )
    theme: Mapping[str, str] = Field(default={}, description="`name` of the theme, and its options.")

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return [key.strip() for key in value.split(",") if key.strip()] if isinstance(value, str) else value

    @field_validator("secret_keys")
    @classmethod
    def _long_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < MIN_KEY for key in keys):
            raise ValueError(f"{'x' * MIN_KEY}… (≥ {MIN_KEY})")
        return keys

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("Europe/Paris") from error
        return name

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature of pydantic-settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first. `load` passes newsletter.toml as the arguments (`init_settings`)."""
        ours = _OurDotEnv(settings_cls, env_file=getattr(dotenv_settings, "env_file", None))
        return env_settings, ours, init_settings

    def publication(self) -> Publication:
        """Return the settings that shape what readers receive."""
        return Publication(
            name=self.name,
            sender=Sender(self.sender.email, self.sender.name),
            reply_to=Sender(self.reply_to.email, self.reply_to.name) if self.reply_to else None,
            list_id=self.list_id,
            base_url=self.base_url.rstrip("/"),
            unsubscribe_mailto=self.unsubscribe_mailto or (self.reply_to or self.sender).email,
            postal_address=self.postal_address,
            legal_notice=self.legal_notice,
            language=self.language,
            timezone=self.timezone,
            salutation=self.salutation,
            typography=self.typography,
            theme={"name": "default", **self.theme},
            leaves_by=self.unsubscribe,
        )

    def keys(self) -> list[str]:
        """Return the keys that sign links, newest first. Raise SettingsError if there is none."""
        if not self.secret_keys:
            raise SettingsError("setting_missing", name="secret_keys", where=ENV_FILE)
        return [key.get_secret_value() for key in self.secret_keys]

    def suppression(self) -> str:
        """Return the key that hashes suppressed addresses. Raise SettingsError if there is none."""
        if not self.suppression_key.get_secret_value():
            raise SettingsError("setting_missing", name="suppression_key", where=ENV_FILE)
        return self.suppression_key.get_secret_value()


def find_folder(start: Path) -> Path:
    """Return `start` or its nearest parent folder that is a publication. Raise InputError if there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise InputError("no_publication", folder=start, file=FILE)


def load(folder: Path) -> Settings:
    """Load the settings of the publication in `folder`.

    Raise InputError if the folder is not a publication, SettingsError if a setting is wrong, unknown or missing.
    """
    if not (folder / FILE).is_file():
        raise InputError("no_publication", folder=folder, file=FILE)
    try:
        _refuse_unknown_variables()
        tables = read_toml(folder / FILE, SettingsError)
        _refuse_unknown_keys(tables, folder / FILE)
        return Settings(_env_file=folder / ENV_FILE, **tables)  # type: ignore[call-arg] # pydantic-settings' own
    except ValidationError as error:
        raise _explain(error, _origins(folder, tables)) from None
    except PydanticSettingsError as error:
        raise SettingsError("settings_unreadable", where=f"{ENV_FILE}, environment", reason=str(error)) from None
    except UnicodeDecodeError:
        raise SettingsError("file_not_utf8", at=folder / ENV_FILE) from None


def _origins(folder: Path, tables: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return source name → its settings, the strongest source first; the names are shown in messages."""
    return {
        "environment": EnvSettingsSource(Settings)(),
        str(folder / ENV_FILE): _OurDotEnv(Settings, env_file=folder / ENV_FILE)(),
        str(folder / FILE): tables,
    }


def _refuse_unknown_variables() -> None:
    """Raise SettingsError for an unknown NEWSLETTER_* variable: pydantic-settings would ignore a misspelt one."""
    known = {*Settings.model_fields, "debug"}  # `i18n.exceptions` reads NEWSLETTER_DEBUG, which must always work
    for variable in os.environ:
        name = variable.removeprefix(PREFIX).split(DELIMITER)[0].lower()
        if variable.startswith(PREFIX) and name not in known:
            raise SettingsError("setting_unknown", name=variable, where="environment", allowed=_nearest(name, known))


def _refuse_unknown_keys(tables: Mapping[str, Any], where: Path) -> None:
    """Raise SettingsError for an unknown key, before keys become arguments.

    Otherwise a key such as `_env_file` would be an option of pydantic-settings.
    """
    for name in tables:
        if name not in Settings.model_fields:
            raise SettingsError(
                "setting_unknown", name=name, where=where, allowed=_nearest(name, {*Settings.model_fields})
            )


def _explain(error: ValidationError, origins: Mapping[str, Mapping[str, Any]]) -> SettingsError:
    """Return a SettingsError for the first mistake, with the setting's name, its source and the allowed values."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    name = ".".join(path)
    where = _origin(path, origins)
    if len(path) > 1 and path[-1] in Settings.model_fields and path[-1] not in _siblings(path):
        return SettingsError("setting_misplaced", name=path[-1], table=path[0], where=where)
    match first["type"]:
        case "missing":
            return SettingsError("setting_missing", name=name, where=where)
        case "extra_forbidden":
            return SettingsError("setting_unknown", name=name, where=where, allowed=_nearest(path[-1], _siblings(path)))
        case _:
            return SettingsError("setting_wrong", name=name, where=where, allowed=expected(first))


def _origin(path: list[str], origins: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the source of a setting; newsletter.toml if no source sets it."""
    for where, tables in origins.items():
        value: Any = tables
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return where
    return list(origins)[-1]


def _siblings(path: list[str]) -> set[str]:
    """Return the names that are allowed at the position of an unknown setting."""
    if len(path) == 1:
        return set(Settings.model_fields)
    part = Settings.model_fields[path[0]].annotation
    models = [part, *getattr(part, "__args__", ())]
    return {name for model in models for name in getattr(model, "model_fields", {})}


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return close[0] if close else ", ".join(sorted(known))
