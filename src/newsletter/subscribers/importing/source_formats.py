"""Detect which program exported a table, and map its columns and states to ours.

A table is recognised by its columns, or by its file name if two programs have the same columns. A person who
unsubscribed, bounced or complained there is suppressed here; for an unknown person only the hash of the address is
stored. A missing state column is not a consent: it says nothing, and the operator's `--list` decides.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.model.subscribers import Status, SuppressionReason
from newsletter.subscribers import addresses

Cells = Mapping[str, str]
"""Folded column name → cell."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of a person in a table; `status` is None if the table does not say."""

    status: Status | None = None
    suppressed: SuppressionReason | None = None
    is_clear: bool = True
    """False if the table gives an unknown state: the row is refused."""


NO_STATE = State()
_PENDING = State(Status.PENDING)
_CONFIRMED = State(Status.CONFIRMED)
_LEFT = State(Status.UNSUBSCRIBED, SuppressionReason.UNSUBSCRIBED_ALL)
_BOUNCED = State(Status.UNSUBSCRIBED, SuppressionReason.BOUNCE)
_COMPLAINED = State(Status.UNSUBSCRIBED, SuppressionReason.COMPLAINT)
_INVALID = State(Status.UNSUBSCRIBED, SuppressionReason.INVALID)
_BLOCKED = State(Status.UNSUBSCRIBED, SuppressionReason.MANUAL)
_UNCLEAR = State(is_clear=False)

REASON = "rejected_because"
"""The additional column in a file of rejects."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e_mail", "email_address", "mail", "adresse_email", "adresse_e_mail", "adresse_de_courriel",
              "courriel", "adresse_mail", "adresse_electronique", "contact_email", "user_email", "adresse", "mel",
              "courrier_electronique", "adresse_de_messagerie", "e_mail_1_value", "e_mail_address", "emails"),
    "first_name": ("first_name", "firstname", "prenom", "prenoms", "given_name", "merge_fname", "fname"),
    "last_name": ("last_name", "lastname", "nom", "nom_de_famille", "surname", "family_name", "lname"),
    "name": ("name", "full_name", "fullname", "nom_complet", "display_name", "nom_et_prenom", "prenom_et_nom"),
    "language": ("language", "langue", "lang", "locale"),
    "tags": ("tags", "labels", "etiquettes", "mots_cles"),
    "created_at": ("created_at", "unsub_time", "clean_time", "confirm_time", "optin_time", "added_time",
                   "creation_date", "date_d_inscription",
                   "date_inscription", "inscrit_le", "date_de_creation", "signup_date", "subscribed_at", "created"),
    "attributes": ("attributes", "attribs", "metadata", "attributs"),
    "": (REASON,),
}  # fmt: skip
"""Field → folded names of its column, the surest first; columns of the field "" are ignored."""


def says_nothing(_cells: Cells) -> State:
    """Return the state for an export without states."""
    return NO_STATE


@dataclass(frozen=True, slots=True)
class Origin:
    """A program whose exports can be imported."""

    name: str
    signatures: tuple[frozenset[str], ...] = (frozenset(),)
    """Columns that identify its exports: one set for each kind of export."""
    state: Callable[[Cells], State] = says_nothing
    file_name: str = ""
    """A pattern for the file name, if the columns alone do not identify the export."""
    ignored: re.Pattern[str] = re.compile(r"(?!)")
    """Columns that say nothing about the person, or more than we want to know."""
    only_columns: frozenset[str] = frozenset()
    """The only columns of a suppression list; empty for an export of subscribers."""
    escapes: bool = False
    """True if the program writes an apostrophe before a cell that a spreadsheet would calculate."""


def _mailchimp(cells: Cells) -> State:
    if cells.get("clean_time"):
        return _BOUNCED
    if "unsub_time" in cells:
        return _LEFT
    return _CONFIRMED if cells.get("confirm_time") or cells.get("optin_time") else _UNCLEAR


def _brevo(cells: Cells) -> State:
    if any(_yes(cell) for column, cell in cells.items() if re.fullmatch(r"(e_?mail_)?bl(a|o)c?klist(ed)?", column)):
        return _LEFT
    return _CONFIRMED if _yes(cells.get("double_opt_in", "")) else NO_STATE


def _substack(cells: Cells) -> State:
    return _LEFT if _yes(cells.get("email_disabled", "")) else _CONFIRMED


def _ghost(cells: Cells) -> State:
    if cells.get("deleted_at"):
        return _LEFT
    return _CONFIRMED if _yes(cells.get("subscribed_to_emails", "")) else _LEFT


_BUTTONDOWN = {
    **dict.fromkeys(
        ("regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused", "past_due", "upgraded"),
        _CONFIRMED,
    ),
    "unactivated": _PENDING,
    "unsubscribed": _LEFT,
    "undeliverable": _BOUNCED,
    "complained": _COMPLAINED,
    "spammy": _BLOCKED,
    "disabled": _BLOCKED,
    "removed": _BLOCKED,
    "blocked": _BLOCKED,
    "malformed": _INVALID,
}


def _buttondown(cells: Cells) -> State:
    kind = cells.get("type") or cells.get("subscriber_type") or ""
    return _BUTTONDOWN.get(kind.lower(), _UNCLEAR)


def _listmonk(cells: Cells) -> State:
    states = {"enabled": NO_STATE, "disabled": _LEFT, "blocklisted": _BLOCKED}
    return states.get(cells.get("status", "").lower(), _UNCLEAR)


_TECHNICAL = (
    r"leid|euid|unsub_.*|clean_.*|.*_ip|ip|ip_address|latitude|longitude|gmtoff|dstoff|timezone|cc|region|.*_time"
    r"|last_changed|uuid|id|contact_id|.*_id|updated_at|deleted_at|status|reason|error|alternate_emails|.*_date|type"
    r"|subscriber_type|source|utm_.*|referr.*|risk_score|email_disabled|active_subscription|expiry|prefer_digests"
    r"|.*_payment_at|subscribed_to_emails|double_opt_in|opt_in|.*blacklist.*|member_rating|.*_reason"
)


_SUPPRESSION_COLUMNS = frozenset(("email", "created", "reason", "status", "ip"))


def _make_origin(name: str, state: Callable[[Cells], State], *signatures: str, escapes: bool = False) -> Origin:
    kinds = tuple(frozenset(signature.split()) for signature in signatures)
    return Origin(name, kinds, state, ignored=re.compile(_TECHNICAL), escapes=escapes)


def _make_suppression_origin(name: str, file_name: str, state: State) -> Origin:
    signatures = (frozenset(("email",)),)
    ignored = re.compile("|".join(_SUPPRESSION_COLUMNS - {"email"}))
    return Origin(name, signatures, lambda _cells: state, file_name, ignored, _SUPPRESSION_COLUMNS)


OURS = Origin(
    "newsletter",
    tuple(map(frozenset, (("email", "lists", "suppressed"), ("list", "opt_in"), ("suppressed_hash", "key")))),
    ignored=re.compile(r"lists|suppressed|last_contact_at|public_id|journal"),
    escapes=True,
)
GENERIC = Origin("generic")
_LISTS = r"(^|/)suppression_"
ORIGINS: tuple[Origin, ...] = (
    OURS,
    _make_origin("mailchimp", _mailchimp, "leid euid"),
    _make_origin("ghost", _ghost, "email subscribed_to_emails", escapes=True),
    _make_origin("substack", _substack, "email email_disabled"),
    _make_origin("listmonk", _listmonk, "uuid email attributes status"),
    _make_origin("buttondown", _buttondown, "email_address type creation_date", "email subscriber_type creation_date"),
    _make_origin("brevo", _brevo, "email modified_time", "email email_blacklisted", "contact_id email added_time"),
    _make_origin("sendgrid", says_nothing, "email contact_id state_province_region"),
    _make_suppression_origin("sendgrid-bounces", _LISTS + "bounces", _BOUNCED),
    _make_suppression_origin("sendgrid-blocks", _LISTS + "blocks", NO_STATE),
    _make_suppression_origin("sendgrid-invalid", _LISTS + "invalid_emails", _INVALID),
    _make_suppression_origin("sendgrid-spam", _LISTS + "spam_reports", _COMPLAINED),
    _make_suppression_origin("sendgrid-unsubscribes", r"(^|/)(suppression_unsubscribes|asm_groups)", _LEFT),
)
NAMES = tuple(dict.fromkeys(origin.name for origin in (*ORIGINS, GENERIC)))


def detect_origin(columns: Sequence[str], file_name: str, name: str = "") -> Origin:
    """Return the program that exported a table: `name` if given, else by columns and file name, else GENERIC."""
    folded_columns = frozenset(map(fold, columns)) - {REASON}
    matching = [origin for origin in ORIGINS if origin.name == name] if name else [*ORIGINS]
    for origin in matching:
        named = bool(name) or re.search(origin.file_name, file_name.lower()) is not None
        if named and any(signature <= folded_columns for signature in origin.signatures):
            return origin
    return matching[0] if name and matching else GENERIC


def is_bare_suppression(columns: Sequence[str], origin: Origin) -> bool:
    """Return True if an unknown table looks like a SendGrid suppression list; only the file name says which list."""
    names = frozenset(map(fold, columns)) - {REASON}
    return origin is GENERIC and names <= _SUPPRESSION_COLUMNS and "created" in names


def fold(column: str) -> str:
    """Fold a column's name to lower case without accents and signs: « Adresse e-mail » gives `adresse_e_mail`."""
    seen = addresses.remove_invisible(column)
    letters = unicodedata.normalize("NFD", seen.strip().lower().replace("œ", "oe"))
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def split_tags(cell: str, only: str = "") -> tuple[str, ...]:
    """Split tags at commas or semicolons, or at the sign `only` if given; Mailchimp puts each tag in quotes."""
    delimiter = only or (";" if ";" in cell else ",")
    parts = next(csv.reader([cell.replace("\n", " ")], delimiter=delimiter, skipinitialspace=True), [])
    return tuple(dict.fromkeys(name for part in parts if (name := " ".join(part.split()).strip('"'))))


def _yes(cell: str) -> bool:
    return cell.strip().lower() in {"true", "yes", "1", "oui", "y", "t", "blacklisted", "vrai"}
