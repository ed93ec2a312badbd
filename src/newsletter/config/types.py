"""The types of settings, each with an example for error messages, and the tables of settings."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _matches(pattern: str, example: str) -> AfterValidator:
    """Return a validator for text that matches `pattern` as a whole. Its error message is the `example`."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(example)
        return value

    return AfterValidator(check)


def _printable(value: SecretStr) -> SecretStr:
    """Check that a key is one word of printable ASCII. Strip the newline that a secrets file ends with."""
    stripped = value.get_secret_value().strip()
    if not re.fullmatch(r"[\x21-\x7e]*", stripped):
        raise ValueError("SG.aB3-_9…")
    return SecretStr(stripped)


_ADDRESS = r"[A-Za-z0-9_%+'-]+(\.[A-Za-z0-9_%+'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
Address = Annotated[str, _matches(_ADDRESS, "bonjour@example.org")]
MaybeAddress = Annotated[str, _matches(f"({_ADDRESS})?", "bonjour@example.org")]
Line = Annotated[
    str,
    _matches(
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]*",
        "une ligne de texte · one line of text",
    ),
]
ListId = Annotated[str, _matches(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", "lettre.example.org")]
Secret = Annotated[SecretStr, AfterValidator(_printable)]
Host = Annotated[
    str,
    _matches(
        r"https://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}(:[0-9]{1,5})?/?"
        r"|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/?",
        "https://api.sendgrid.com",
    ),
]
"""URL of a host that receives an API key: over TLS, or on this machine for a test."""
Subuser = Annotated[str, _matches(r"[\x21-\x7e]*", "filiale")]
Category = Annotated[str, _matches(r"[\x21-\x7e][\x20-\x7e]{0,254}", "newsletter")]
Url = Annotated[str, _matches(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", "https://lettre.example.org")]
Link = Annotated[
    str, _matches(r"[a-z][a-z0-9+.-]*:[^{}]*\{path\}([^{}]|\{line\}|\{column\})*", "zed://file/{path}:{line}")
]
Language = Annotated[str, _matches(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "fr, en, fr-CA")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSettings(_Table):
    """The sender of the messages."""

    email: Address
    name: Line = ""


class SendgridSettings(_Table):
    """The settings of a SendGrid account."""

    api_key: Secret = SecretStr("")
    host: Host = "https://api.sendgrid.com"
    subuser: Subuser = ""
    sandbox: bool = False
    categories: tuple[Category, ...] = Field(default=("newsletter",), max_length=10)
    webhook_key: Line = ""


class FilesSettings(_Table):
    """The permissions of the files that the program writes."""

    group: bool = False


class SmtpSettings(_Table):
    """The settings of a mail relay."""

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
"""Examples of values for a setting of the wrong type, by pydantic's name of the type."""


def expected(mistake: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return what pydantic expected in place of a mistake: a rule, a limit or an example, in no particular language."""
    context = mistake.get("ctx", {})
    rule = context.get("expected") or context.get("pattern") or context.get("error")
    limits = [f"{_LIMITS[name]} {value}" for name, value in context.items() if name in _LIMITS]
    return str(rule or " ".join(limits) or _EXAMPLES.get(mistake["type"].split("_")[0]) or mistake["msg"])
