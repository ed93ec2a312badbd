"""The front matter as a JSON schema, for text editors that complete and check fields while the user types."""

from __future__ import annotations

from typing import Any

from newsletter.content.front_matter import KEYS, LANGUAGE, REQUIRED, SLUG, STATUSES, TYPOGRAPHY

_DESCRIPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("Ce à quoi l’on reconnaît ce numéro : ne le changez pas, ne le copiez pas.", {"type": "string"}),
    "subject": ("Ce que la messagerie montre en premier : 70 caractères au plus.", {"type": "string"}),
    "preheader": ("Ce qu’elle montre ensuite : de 40 à 140 caractères.", {"type": "string"}),
    "date": ("AAAA-MM-JJ", {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
    "author": ("Qui signe.", {"type": ["string", "array"], "items": {"type": "string"}}),
    "number": ("Le rang de ce numéro.", {"type": ["string", "integer"]}),
    "status": ("Où en est le travail ; ne retient jamais un envoi.", {"enum": list(STATUSES)}),
    "slug": ("Le nom de ce numéro dans son adresse.", {"type": "string", "pattern": f"^{SLUG.pattern}$"}),
    "language": ("fr, en, fr-CA", {"type": "string", "pattern": f"^{LANGUAGE.pattern}$"}),
    "tags": ("Mots-clés, pour les archives.", {"type": ["string", "array"], "items": {"type": "string"}}),
    "canonical": ("L’adresse de la première parution.", {"type": "string", "format": "uri"}),
    "typography": ("Espaces insécables, fines, ou rien.", {"enum": list(TYPOGRAPHY)}),
    "image": ("L’image d’ouverture, si le texte n’en a pas.", {"type": "string"}),
    "image_alt": ("Ce que l’on y voit.", {"type": "string"}),
    "credit": ("À qui elle est.", {"type": "string"}),
}


def make_schema() -> dict[str, Any]:
    """Return a JSON schema with every field under each of its names; a required field needs one of its names."""
    properties = {
        name: {"description": description, **kind}
        for canonical, (description, kind) in _DESCRIPTIONS.items()
        for name in (*KEYS[canonical], canonical)
    }
    required = [{"anyOf": [{"required": [name]} for name in (*KEYS[field], field)]} for field in REQUIRED]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "En-tête d’un numéro",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "allOf": required,
    }
