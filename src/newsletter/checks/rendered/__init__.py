"""Rules about the rendered mail: defects that a theme or a very unusual issue can cause.

The numbers come from the checklist in docs/findings.md. A defect that is visible in the source, such as an image
without a description or a dead link, is reported on its source line and not a second time here.

html_structure  what mail programs and screen readers need before the text
media           images and links
appearance      what readers see: contrast, sizes, alignment
client_quirks   what mail programs support: CSS, widths
size            size of the mail: Gmail clips a mail at 102 KB
mime            the mail as a whole: text part, typography, character set
"""

from __future__ import annotations

from newsletter.checks.rendered import appearance, client_quirks, html_structure, media, mime, size

RULES = (*html_structure.RULES, *media.RULES, *appearance.RULES, *client_quirks.RULES, *size.RULES, *mime.RULES)
