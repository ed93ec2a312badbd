"""SendGrid's personalizations, made once an edition as JSON with holes: filling them is all that a recipient costs.

One `to` each, or they would see one another, and without a name: `;` and `,` in one are refused. A header's tags are
filled here, for whether SendGrid substitutes in headers is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from newsletter import mergetags
from newsletter.model.campaign import Recipient
from newsletter.model.edition import Edition

_EMAIL, _MESSAGE_ID, _SUBSCRIBER = "email", "message_id", "subscriber"
_FIRST = 0xE000
"""A hole is a character that Unicode keeps for such uses."""
_HOLE = re.compile("([\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class Shape:
    """JSON with holes, and what goes into each."""

    form: bytes
    """For `%`."""
    placeholders: tuple[str, ...]
    order: tuple[int, ...]
    """Of each hole, the number of its value: address, message id, subscriber, then the placeholders'."""

    @classmethod
    def of(cls, edition: Edition) -> Shape:
        """The shape of an edition's personalizations."""
        names = [_EMAIL, _MESSAGE_ID, _SUBSCRIBER]
        personalization = _personalization(edition, names)
        pieces = _HOLE.split(orjson.dumps(personalization).decode())
        pieces[0::2] = [piece.replace("%", "%%") for piece in pieces[0::2]]
        order = tuple(ord(hole) - _FIRST for hole in pieces[1::2])
        pieces[1::2] = ["%b"] * len(order)
        return cls("".join(pieces).encode(), tuple(names[3:]), order)

    def filled(self, recipients: Sequence[Recipient]) -> bytes:
        """Their personalizations, with commas between them."""
        return b",".join([self._one(recipient) for recipient in recipients])

    def _one(self, recipient: Recipient) -> bytes:
        personal = [recipient.values[placeholder] for placeholder in self.placeholders]
        values = [recipient.email, recipient.message_id, str(recipient.subscriber_id), *personal]
        written = [orjson.dumps(value)[1:-1] for value in values]
        return self.form % tuple([written[number] for number in self.order])


def _personalization(edition: Edition, names: list[str]) -> dict[str, Any]:
    def hole(name: str) -> str:
        if name not in names:
            names.append(name)
        return chr(_FIRST + names.index(name))

    def cut(value: str) -> str:
        pieces = mergetags.split(value)
        pieces[1::2] = [hole(name) for name in pieces[1::2]]
        return "".join(pieces)

    headers = {name: cut(value) for name, value in edition.headers if mergetags.PREFIX in value}
    made: dict[str, Any] = {
        "to": [{"email": hole(_EMAIL)}],
        "headers": headers | {"Message-ID": hole(_MESSAGE_ID)},
        "custom_args": {"nl_r": hole(_SUBSCRIBER)},
    }
    parts = (edition.html, edition.text, edition.subject)
    used = sorted({tag for part in parts for tag in mergetags.split(part)[1::2]})
    return made | ({"substitutions": {tag: hole(tag) for tag in used}} if used else {})
