"""What a setting may hold, each kind with an example for whoever wrote something else; and the tables of settings."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _like(pattern: str, example: str) -> AfterValidator:
    """A text that matches, and an example for whoever wrote one that does not."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(example)
        return value

    return AfterValidator(check)


def _printable(value: SecretStr) -> SecretStr:
    """A key on one line of ASCII, without the line's end that a file of secrets has."""
    stripped = value.get_secret_value().strip()
    if not re.fullmatch(r"[\x21-\x7e]*", stripped):
        raise ValueError("SG.aB3-_9…")
    return SecretStr(stripped)


_ADDRESS = r"[A-Za-z0-9_%+'-]+(\.[A-Za-z0-9_%+'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
Address = Annotated[str, _like(_ADDRESS, "bonjour@example.org")]
MaybeAddress = Annotated[str, _like(f"({_ADDRESS})?", "bonjour@example.org")]
Line = Annotated[
    str,
    _like(
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]*",
        "une ligne de texte · one line of text",
    ),
]
ListId = Annotated[str, _like(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", "lettre.example.org")]
Secret = Annotated[SecretStr, AfterValidator(_printable)]
Host = Annotated[
    str,
    _like(
        r"https://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}(:[0-9]{1,5})?/?"
        r"|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/?",
        "https://api.sendgrid.com",
    ),
]
"""A machine that a key is sent to: over TLS, or on this machine for a test."""
Subuser = Annotated[str, _like(r"[\x21-\x7e]*", "filiale")]
Category = Annotated[str, _like(r"[\x21-\x7e][\x20-\x7e]{0,254}", "newsletter")]
Url = Annotated[str, _like(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", "https://lettre.example.org")]
Link = Annotated[
    str, _like(r"[a-z][a-z0-9+.-]*:[^{}]*\{path\}([^{}]|\{line\}|\{column\})*", "zed://file/{path}:{line}")
]
Language = Annotated[str, _like(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "fr, en, fr-CA")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSettings(_Part):
    """Who the mail comes from."""

    email: Address
    name: Line = ""


class SendgridSettings(_Part):
    """The SendGrid account."""

    api_key: Secret = SecretStr("")
    host: Host = "https://api.sendgrid.com"
    subuser: Subuser = ""
    sandbox: bool = False
    categories: tuple[Category, ...] = Field(default=("newsletter",), max_length=10)
    webhook_key: Line = ""


class FilesSettings(_Part):
    """Who may read what the program writes."""

    group: bool = False


class SmtpSettings(_Part):
    """A mail relay."""

    host: str = "localhost"
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"


_LIMITS = {"ge": "≥", "le": "≤", "max_length": "≤"}
_EXAMPLES = {
    "bool": "true, false",
    "int": "10",
    "string": '"…"',
    "tuple": '["…", "…"]',
    "list": '["…", "…"]',
    "dict": "[…]",
    "model": "[…]",
}
"""What to write where the type is wrong, by pydantic's word for it."""


def expected(mistake: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """What should stand where pydantic found a mistake: a rule, a limit or an example, in no language."""
    context = mistake.get("ctx", {})
    said = context.get("expected") or context.get("pattern") or context.get("error")
    limits = [f"{_LIMITS[name]} {value}" for name, value in context.items() if name in _LIMITS]
    return str(said or " ".join(limits) or _EXAMPLES.get(mistake["type"].split("_")[0]) or mistake["msg"])
