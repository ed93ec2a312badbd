"""Write issues that are unlike each other, and edit them as editors do."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

WORDS = [
    "atelier",
    "jardin",
    "marché",
    "fenêtre",
    "rivière",
    "théâtre",
    "lampe",
    "cahier",
    "village",
    "musée",
    "chemin",
    "colline",
    "pain",
    "boulanger",
    "facteur",
    "école",
    "gare",
    "pont",
    "quartier",
    "voisin",
    "fanfare",
    "bibliothèque",
    "librairie",
    "moulin",
    "forêt",
    "plage",
    "falaise",
    "phare",
    "port",
    "bateau",
    "pêcheur",
    "cuisine",
    "recette",
    "four",
    "table",
    "chaise",
    "horloge",
    "montre",
    "tailleur",
    "tissu",
    "laine",
    "berger",
    "troupeau",
    "fromage",
    "vigne",
    "vendange",
    "tonneau",
    "cave",
    "artisan",
    "menuisier",
    "copeau",
    "établi",
    "outil",
    "forge",
    "enclume",
    "vélo",
    "roue",
    "sonnette",
    "guidon",
    "route",
]
PAGE = """\
---
{id}objet: "{subject}"
apercu: "{preview}"
date: 2026-11-22
auteur: Jeanne Martin
---

Chères lectrices, chers lecteurs,

Voici le numéro que nous appelons Xk{meaning}, {first}

## Une section

{rest}

Jeanne Martin
"""


@dataclass(slots=True)
class Issue:
    """An issue in its folder. Its meaning is what the editor means by it: no edit changes it."""

    meaning: int
    slug: str
    id: str
    subject: str
    sentences: list[str] = field(default_factory=list)
    alike: tuple[int, ...] = ()
    """Meanings of issues that were sent and that it is almost: it goes out only where the operator names them."""

    def path(self, publication: Path) -> Path:
        return publication / "issues" / f"2026-11-22-{self.slug}"

    def write(self, publication: Path) -> None:
        """Write it down as it is now."""
        id_line = f"id: {self.id}\n" if self.id else ""
        text = PAGE.format(
            id=id_line, subject=self.subject, preview=self.sentences[0], meaning=self.meaning,
            first=self.sentences[1].lower(), rest="\n\n".join(self.sentences[2:]),
        )  # fmt: skip
        folder = self.path(publication)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.md").write_text(text, "utf-8")

    def rename(self, publication: Path, slug: str) -> None:
        """Give the folder another name."""
        shutil.move(self.path(publication), self.path(publication).with_name(f"2026-11-22-{slug}"))
        self.slug = slug


def new_issue(meaning: int, dice: random.Random) -> Issue:
    """Make up an issue."""
    subject = " ".join(dice.sample(WORDS, 4)).capitalize()
    sentences = [f"Un {' et un '.join(dice.sample(WORDS, 5))} nous attendent au bout de la rue." for _ in range(7)]
    return Issue(meaning, f"numero-{meaning}", new_id(dice), subject, sentences)


def new_id(dice: random.Random) -> str:
    """Make up an id."""
    return f"{dice.getrandbits(64):016x}"
