"""Rules about the mail that came out: what a theme, or a very odd issue, can still do to it.

The numbers are those of the checklist in docs/findings.md. A defect that the source shows, an image without a
description or a link that leads nowhere, is told there, on its line, and not again here.
"""

from __future__ import annotations

from newsletter.checks.rendered import compatible, looks, media, message, structure, weight

RULES = (*structure.RULES, *media.RULES, *looks.RULES, *compatible.RULES, *weight.RULES, *message.RULES)
