"""Rules about the mail that came out: what a theme, or a very odd issue, can still do to it.

The numbers are those of the checklist in docs/findings.md. A defect that the source shows, an image without a
description or a link that leads nowhere, is told there, on its line, and not again here.

html_structure  what a mail program and a screen reader need before they read a word
media           images and links
appearance      what readers see: contrast, sizes, alignment
client_quirks   what mail programs understand: CSS, widths
size            how much is sent: Gmail clips a mail at 102 KB
mime            the mail as a whole: text part, typography, character set
"""

from __future__ import annotations

from newsletter.checks.rendered import appearance, client_quirks, html_structure, media, mime, size

RULES = (*html_structure.RULES, *media.RULES, *appearance.RULES, *client_quirks.RULES, *size.RULES, *mime.RULES)
