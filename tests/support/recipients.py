"""Recipients of an edition, with the values of its merge tags."""

from __future__ import annotations

from newsletter.model.delivery import Recipient
from newsletter.model.edition import Edition
from newsletter.personalization import merge_tags, tokens


def make_recipient(edition: Edition, number: int = 1, first_name: str = "Zoé", last_name: str = "") -> Recipient:
    """Make the recipient p<number>@exemple.fr of a list for tests."""
    token = tokens.make_unsubscribe_signer("k" * 20, 7)(number)
    person = {"first_name": first_name, "last_name": last_name, "email": f"p{number}@exemple.fr", "token": token}
    return Recipient(number, person["email"], f"<{number}@x.fr>", merge_tags.placeholder_values(edition.tags, person))
