"""SendGrid's personalizations, made once an edition as JSON with holes: filling them is all that a recipient costs.

One `to` each, or they would see one another, and without a name: `;` and `,` in one are refused. A header's tags are
filled here, for whether SendGrid substitutes in headers is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import orjson

from newsletter.model.delivery import Recipient
from newsletter.model.edition import Edition
from newsletter.personalization import merge_tags

_EMAIL, _MESSAGE_ID, _SUBSCRIBER = "email", "message_id", "subscriber"
_FIRST = 0xE000
"""A hole is a character that Unicode keeps for such uses."""
_TO_ESCAPE = ('"', "\\")
"""What JSON escapes and a value may hold: control characters have been taken out of it."""
_HOLE = re.compile("([\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class Shape:
    """JSON with holes, and what goes into each."""

    pieces: Sequence[bytes]
    """The JSON before, between and behind the holes."""
    holes: Sequence[str]
    """What goes in: `_EMAIL`, `_MESSAGE_ID`, `_SUBSCRIBER`, or a placeholder."""

    @classmethod
    def of(cls, edition: Edition) -> Shape:
        """The shape of an edition's personalizations."""
        names = [_EMAIL, _MESSAGE_ID, _SUBSCRIBER]
        pieces = _HOLE.split(orjson.dumps(_personalization(edition, names)).decode())
        holes = [names[ord(hole) - _FIRST] for hole in pieces[1::2]]
        return cls([piece.encode() for piece in pieces[0::2]], holes)

    def filled(self, recipients: Sequence[Recipient]) -> bytes:
        """Their personalizations, with commas between them: a column for each hole, and one join for all."""
        columns = self._columns(recipients)
        parts: list[Iterable[bytes]] = [repeat(b"," + self.pieces[0])]
        for name, piece in zip(self.holes, self.pieces[1:], strict=True):
            parts += [columns[name], repeat(piece)]
        return b"".join(chain.from_iterable(zip(*parts, strict=False)))[1:]  # not strict: what is repeated has no end

    def _columns(self, recipients: Sequence[Recipient]) -> dict[str, list[bytes]]:
        numbers, emails, message_ids, values = zip(*recipients, strict=True)
        columns = {_EMAIL: emails, _MESSAGE_ID: message_ids, _SUBSCRIBER: [*map(str, numbers)]}
        columns |= {tag: [found[tag] for found in values] for tag in {*self.holes} - {*columns}}
        return {name: _encoded(column) for name, column in columns.items()}


def _encoded(column: Sequence[str]) -> list[bytes]:
    """Values as they stand between quotes in JSON; most need no escaping, and that is seen at once."""
    whole = "".join(column)
    if any(sign in whole for sign in _TO_ESCAPE):
        return [orjson.dumps(value)[1:-1] for value in column]
    return [*map(str.encode, column)]


def _personalization(edition: Edition, names: list[str]) -> dict[str, Any]:
    def hole(name: str) -> str:
        if name not in names:
            names.append(name)
        return chr(_FIRST + names.index(name))

    def cut(value: str) -> str:
        pieces = merge_tags.split(value)
        pieces[1::2] = [hole(name) for name in pieces[1::2]]
        return "".join(pieces)

    headers = {name: cut(value) for name, value in edition.headers if merge_tags.PREFIX in value}
    made: dict[str, Any] = {
        "to": [{"email": hole(_EMAIL)}],
        "headers": headers | {"Message-ID": hole(_MESSAGE_ID)},
        "custom_args": {"nl_r": hole(_SUBSCRIBER)},
    }
    parts = (edition.html, edition.text, edition.subject)
    used = sorted({tag for part in parts for tag in merge_tags.split(part)[1::2]})
    return made | ({"substitutions": {tag: hole(tag) for tag in used}} if used else {})
