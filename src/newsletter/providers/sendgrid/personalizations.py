"""SendGrid's personalizations, made once an edition as JSON with holes: filling them is all that a recipient costs.

One `to` each, or they would see one another, and without a name: `;` and `,` in one are refused. A header's tags are
filled here, for whether SendGrid substitutes in headers is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

from newsletter import mergetags
from newsletter.model.campaign import Recipient
from newsletter.model.edition import Edition

_EMAIL, _MESSAGE_ID, _SUBSCRIBER = "email", "message_id", "subscriber"
_FIRST = 0xE000
"""A hole is a character that Unicode keeps for such uses."""
_TO_ESCAPE = ('"', "\\")
"""What JSON escapes and a value may hold: control characters have been taken out of it."""
_HOLE = re.compile("([\ue000-\uf8ff])")


@dataclass(frozen=True, slots=True)
class Shape:
    """JSON with holes, and what goes into each."""

    form: str
    """For `%`."""
    values: Callable[[Recipient], tuple[str | int, ...]]
    """What goes in, hole by hole."""

    @classmethod
    def of(cls, edition: Edition) -> Shape:
        """The shape of an edition's personalizations."""
        names = [_EMAIL, _MESSAGE_ID, _SUBSCRIBER]
        personalization = _personalization(edition, names)
        pieces = _HOLE.split(orjson.dumps(personalization).decode())
        pieces[0::2] = [piece.replace("%", "%%") for piece in pieces[0::2]]
        holes = [ord(hole) - _FIRST for hole in pieces[1::2]]
        pieces[1::2] = ["%s"] * len(holes)
        personal, in_order = _picker(names[3:]), _picker(holes)

        def values(recipient: Recipient) -> tuple[str | int, ...]:
            number, email, message_id, filled = recipient
            return in_order((email, message_id, number, *personal(filled)))

        return cls("".join(pieces), values)

    def filled(self, recipients: Sequence[Recipient]) -> bytes:
        """Their personalizations, with commas between them."""
        form, values = self.form, [*map(self.values, recipients)]
        text = ",".join([form % one for one in values])
        if all(text.count(sign) == form.count(sign) * len(values) for sign in _TO_ESCAPE):
            return text.encode()
        return ",".join([form % tuple(map(_escaped, one)) for one in values]).encode()


def _picker(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """`itemgetter`, which gives no tuple for one key, and takes no less."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda found: tuple(found[key] for key in keys)


def _escaped(value: str | int) -> str:
    return orjson.dumps(str(value)).decode()[1:-1]


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
