"""Whom an issue is shown to: somebody ordinary, and those on whom letters break."""

from __future__ import annotations

from newsletter.editorial.proofs import SOMEBODY
from newsletter.model.subscribers import Subscriber

ORDINARY = "camille"
_NOBODY = 0

SAMPLES: dict[str, Subscriber] = {
    ORDINARY: SOMEBODY,
    "nameless": Subscriber(_NOBODY, "sans.prenom@example.org"),
    "long": Subscriber(
        _NOBODY,
        "marie-charlotte-alexandrine.de-la-rochefoucauld-montmorency@example.org",
        "Marie-Charlotte-Alexandrine-Bérengère-Philippine-Éléonore",
        "de La Rochefoucauld-Montmorency-Laval",
    ),
    "rtl": Subscriber(_NOBODY, "maryam@example.org", "مريم", "الأندلسي"),
    "hostile": Subscriber(
        _NOBODY, "o'hara+test@example.org", """<b onclick="alert(1)">Zoé</b> & "co" {{ prenom }}""", "-nl.h.token~"
    ),
}
"""Key, as in the page's address → the person. None of them is on file."""
