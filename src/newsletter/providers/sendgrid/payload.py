"""SendGrid's personalizations as JSON with holes, made once for an edition and then filled for each recipient.

Each personalization has one `to`, so that recipients do not see one another. The `to` has no name, because SendGrid
refuses `;` and `,` in names. Merge tags in headers are filled here, because it is not documented whether SendGrid
substitutes in headers.
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
"""First character that marks a hole: holes are characters of Unicode's private use area."""
_TO_ESCAPE = ('"', "\\")
"""Characters in values that JSON escapes. Values hold no control characters: these were removed before."""
_HOLE = re.compile("([\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class PersonalizationTemplate:
    """A personalization as JSON with holes, and the name of the value for each hole."""

    pieces: Sequence[bytes]
    """The JSON before, between and after the holes."""
    holes: Sequence[str]
    """The value of each hole: `_EMAIL`, `_MESSAGE_ID`, `_SUBSCRIBER`, or a placeholder."""

    @classmethod
    def compile(cls, edition: Edition) -> PersonalizationTemplate:
        """Make the template of an edition's personalizations."""
        names = [_EMAIL, _MESSAGE_ID, _SUBSCRIBER]
        pieces = _HOLE.split(orjson.dumps(_personalization(edition, names)).decode())
        holes = [names[ord(hole) - _FIRST] for hole in pieces[1::2]]
        return cls([piece.encode() for piece in pieces[0::2]], holes)

    def fill(self, recipients: Sequence[Recipient]) -> bytes:
        """Return the personalizations of all recipients, separated by commas.

        For speed, build one column of values for each hole and join everything once.
        """
        columns = self._columns(recipients)
        parts: list[Iterable[bytes]] = [repeat(b"," + self.pieces[0])]
        for name, piece in zip(self.holes, self.pieces[1:], strict=True):
            parts += [columns[name], repeat(piece)]
        return b"".join(chain.from_iterable(zip(*parts, strict=False)))[1:]  # not strict: `repeat` has no end

    def _columns(self, recipients: Sequence[Recipient]) -> dict[str, list[bytes]]:
        numbers, emails, message_ids, values = zip(*recipients, strict=True)
        columns = {_EMAIL: emails, _MESSAGE_ID: message_ids, _SUBSCRIBER: [*map(str, numbers)]}
        columns |= {tag: [found[tag] for found in values] for tag in {*self.holes} - {*columns}}
        return {name: _encode(column) for name, column in columns.items()}


def _encode(column: Sequence[str]) -> list[bytes]:
    """Encode values as they appear between quotes in JSON. One test skips escaping if no value needs it."""
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
    personalization: dict[str, Any] = {
        "to": [{"email": hole(_EMAIL)}],
        "headers": headers | {"Message-ID": hole(_MESSAGE_ID)},
        "custom_args": {"nl_r": hole(_SUBSCRIBER)},
    }
    parts = (edition.html, edition.text, edition.subject)
    used = sorted({tag for part in parts for tag in merge_tags.split(part)[1::2]})
    return personalization | ({"substitutions": {tag: hole(tag) for tag in used}} if used else {})
