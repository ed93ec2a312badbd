"""What POST /v3/mail/send refuses, as far as it is documented, and a few rules of our own house. Strict on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_BYTES = 30_000_000
TOP = {"personalizations", "from", "reply_to", "reply_to_list", "subject", "content", "attachments", "template_id", "headers",
       "categories", "custom_args", "send_at", "batch_id", "asm", "ip_pool_name", "mail_settings", "tracking_settings"}  # fmt: skip
PERSONAL = {
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "headers",
    "substitutions",
    "dynamic_template_data",
    "custom_args",
    "send_at",
}
RESERVED = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
            "subject", "reply-to", "cc", "bcc"}  # fmt: skip
ADDRESS = re.compile(r"[^@\s<>\"(),:;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
HOURS_72 = 72 * 3600
Complaint = tuple[str | None, str]
"""Field and message."""


def list_complaints(body: Mapping[str, Any], now: float, batches: set[str]) -> Iterator[Complaint]:
    for name in sorted(body.keys() - TOP):
        yield name, "Additional property is not allowed"
    yield from _check_people(body)
    yield from _check_sender(body)
    yield from _check_content(body)
    yield from _check_headers("headers", body.get("headers"))
    yield from _check_categories(body.get("categories"))
    yield from _check_time(body, now, batches)
    yield from _check_content_rules(body)


def _check_people(body: Mapping[str, Any]) -> Iterator[Complaint]:
    people = body.get("personalizations")
    if not isinstance(people, list) or not 1 <= len(people) <= 1000:
        yield "personalizations", "between 1 and 1000 personalizations are required"
        return
    seen: set[str] = set()
    for number, person in enumerate(people):
        at = f"personalizations.{number}"
        for name in sorted(person.keys() - PERSONAL):
            yield f"{at}.{name}", "Additional property is not allowed"
        to = person.get("to")
        if not isinstance(to, list) or len(to) != 1:  # the house's: several would see one another
            yield f"{at}.to", "exactly one recipient in each personalization"
            continue
        yield from _check_address(f"{at}.to.0", to[0])
        if any(sign in to[0].get("name", "") for sign in ";,"):
            yield f"{at}.to.0.name", "the name may not contain ; or ,"
        if to[0].get("email", "").lower() in seen:
            yield f"{at}.to", "Each email address in the personalization block should be unique"
        seen.add(to[0].get("email", "").lower())
        yield from _check_substitutions(at, person.get("substitutions"))
        yield from _check_headers(f"{at}.headers", person.get("headers"))
        yield from _check_custom(at, person.get("custom_args"), body.get("custom_args"))


def _check_address(at: str, found: object) -> Iterator[Complaint]:
    email = found.get("email") if isinstance(found, dict) else None
    if not isinstance(email, str) or len(email) > 320 or not email.isascii() or not ADDRESS.fullmatch(email):
        yield f"{at}.email", "Does not contain a valid address."


def _check_substitutions(at: str, found: object) -> Iterator[Complaint]:
    if found is None:
        return
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        yield f"{at}.substitutions", "must be an object of strings"
        return
    if len(json.dumps(found, ensure_ascii=False).encode()) > 10_000:
        yield f"{at}.substitutions", "larger than 10,000 bytes"
    for tag in found:
        if not tag or re.search(r"[\s<>&]", tag):
            yield f"{at}.substitutions", f"tag {tag!r}: no spaces, no < > &"
        if any(tag in value for value in found.values()):
            yield f"{at}.substitutions", "substitution tags may not be nested"


def _check_headers(at: str, found: object) -> Iterator[Complaint]:
    if found is None:
        return
    if not isinstance(found, dict) or not found:
        yield at, "must be an object with headers in it"
        return
    if len({name.lower() for name in found}) != len(found):
        yield at, "duplicate headers"
    for name, value in found.items():
        if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]+", name) or name.lower() in RESERVED:
            yield f"{at}.{name}", "header is reserved, or not ASCII"
        if not isinstance(value, str) or not value or re.search(r"[\r\n\0]", value):
            yield f"{at}.{name}", "must be a string on one line"


def _check_custom(at: str, own: object, common: object) -> Iterator[Complaint]:
    for found in (own, common):
        if found is not None and (
            not isinstance(found, dict) or not found or not all(isinstance(v, str) for v in found.values())
        ):
            yield None, "Bad Request"  # what the API says of an int in them
            return
    if len(json.dumps({**(common or {}), **(own or {})}).encode()) > 10_000:  # type: ignore[dict-item] # checked above
        yield f"{at}.custom_args", "larger than 10,000 bytes"


def _check_sender(body: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from _check_address("from", body.get("from"))
    if "reply_to" in body and "reply_to_list" in body:
        yield "reply_to", "reply_to and reply_to_list are exclusive"
    if "reply_to" in body:
        yield from _check_address("reply_to", body["reply_to"])


def _check_content(body: Mapping[str, Any]) -> Iterator[Complaint]:
    if not isinstance(body.get("subject"), str) or not body["subject"]:
        yield "subject", "The subject is required."
    content = body.get("content")
    if not isinstance(content, list) or not content:
        yield "content", "The content is required."
        return
    kinds = [part.get("type") for part in content]
    if kinds != sorted(
        kinds, key=lambda kind: ["text/plain", "text/html"].index(kind) if kind in {"text/plain", "text/html"} else 2
    ):
        yield "content", "text/plain first, then text/html"
    for number, part in enumerate(content):
        if not part.get("value") or ";" in str(part.get("type")):
            yield f"content.{number}", "needs a value, and a type without ;"


def _check_categories(found: object) -> Iterator[Complaint]:
    if found is None:
        return
    if not isinstance(found, list) or len(found) > 10 or len(set(found)) != len(found):
        yield "categories", "10 at most, each once"
    elif not all(isinstance(category, str) and category.isascii() and 0 < len(category) <= 255 for category in found):
        yield "categories", "ASCII, 255 characters at most"


def _check_time(body: Mapping[str, Any], now: float, batches: set[str]) -> Iterator[Complaint]:
    at = body.get("send_at")
    if at is not None and (not isinstance(at, int) or at > now + HOURS_72):
        yield "send_at", "a Unix timestamp, not more than 72 hours ahead"
    if "batch_id" in body and body["batch_id"] not in batches:
        yield "batch_id", "batch id not found"


def _check_content_rules(body: Mapping[str, Any]) -> Iterator[Complaint]:
    """Ours: what is not switched off in a request is switched on by whoever clicks in the account."""
    tracking = body.get("tracking_settings", {})
    for name in ("click_tracking", "open_tracking", "subscription_tracking", "ganalytics"):
        if tracking.get(name, {}).get("enable") is not False:
            yield f"tracking_settings.{name}", "not switched off"
    for number, person in enumerate(body.get("personalizations") or []):
        if any("@" in value for value in person.get("custom_args", {}).values()):
            yield f"personalizations.{number}.custom_args", "an address in what cannot be erased"
