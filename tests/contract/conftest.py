"""What the contract is held against: an edition with personal parts, and a SendGrid that lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sendgrid_fake import FakeSendGrid, run_fake_sendgrid
from serving import free_port

from newsletter.content.reader import read
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.rendering.compose import compose
from newsletter.rendering.theme import Theme


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSendGrid]:
    with run_fake_sendgrid(free_port()) as running:
        yield running


@pytest.fixture
def edition(write_issue: Callable[..., Path], publication: Publication, default_theme: Theme, valid: str) -> Edition:
    text = valid.replace("Réseaux sociaux", "{{ prenom | default(«vous») }}, ça va").replace(
        "chers lecteurs,\n", 'chers lecteurs,\n\nBonjour {{ prenom | default("vous") }} {{ nom }}.\n'
    )
    return compose(read(write_issue(text), publication), default_theme, publication)
