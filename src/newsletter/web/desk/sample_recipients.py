"""Sample recipients of the desk: an ordinary person, and extreme cases that often break a message."""

from __future__ import annotations

from newsletter.model.subscribers import SAMPLE_SUBSCRIBER, Subscriber

ORDINARY = "camille"
_NOBODY = 0

SAMPLES: dict[str, Subscriber] = {
    ORDINARY: SAMPLE_SUBSCRIBER,
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
"""Key in the page's address → sample person. None of them is in the database."""
