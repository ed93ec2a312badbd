"""The text of a short issue that passes every check, for tests that send it."""

from __future__ import annotations

ISSUE = """\
---
id: a1b2c3d4e5f60718
objet: "Les ateliers rouvrent"
apercu: "Ce que l’on y répare, et qui vient le soir quand la lampe est allumée."
date: 2026-11-22
auteur: Jeanne Martin
---

Chères lectrices, chers lecteurs,

Les ateliers rouvrent doucement, et leurs portes donnent sur la rue.

## Une section

On y vient le soir, quand la lampe est allumée, pour réparer une roue.

Que lisez-vous ?

Jeanne Martin
"""
