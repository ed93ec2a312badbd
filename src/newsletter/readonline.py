"""An edition as a page for everybody: nothing personal in it, and no way out that would be somebody's."""

from __future__ import annotations

from newsletter import links, mergetags
from newsletter.model.edition import Edition
from newsletter.model.people import Subscriber

_ANYBODY = Subscriber(0, "")


def page(edition: Edition) -> str:
    """The HTML, filled for nobody: every merge tag takes its default, and the token is the one of pages online."""
    return mergetags.fill(edition.html, mergetags.values(edition.tags, mergetags.personal(_ANYBODY, links.ONLINE)))
