"""Transactional mails: a few sentences and at most one link, in the theme's colours.

A notice is an edition like any other, so it is sent in the same way. It contains no merge tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.personalization.merge_tags import guard
from newsletter.rendering.compose import digest

_PAGE = Markup("""\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{subject}</title>
<style>
@media (prefers-color-scheme: dark) {{
  body, .nl-body {{ background: {dark_background} !important; }}
  .nl-paper {{ background: {dark_paper} !important; color: {dark_ink} !important; }}
  .nl-muted {{ color: {dark_muted} !important; }}
  .nl-button {{ background: {dark_accent} !important; color: {dark_background} !important; }}
}}
</style>
</head>
<body class="nl-body" style="margin:0;padding:24px 12px;background:{background}">
<div class="nl-paper" style="max-width:520px;margin:0 auto;padding:28px 24px;background:{paper};color:{ink};\
border-top:4px solid {accent};font:18px/1.5 {font}">
<h1 style="margin:0 0 16px 0;font-size:22px;line-height:1.3">{subject}</h1>
{paragraphs}
{button}
<p class="nl-muted" style="margin:0;font-size:15px;color:{muted}">{publication}</p>
</div>
</body>
</html>
""")
_BUTTON = Markup("""\
<p style="margin:24px 0"><a class="nl-button" href="{url}" style="display:inline-block;padding:13px 22px;\
background:{accent};color:{paper};text-decoration:none;border-radius:4px">{label}</a></p>""")
_PARAGRAPH = Markup('<p style="margin:0 0 14px 0">{}</p>')
_COLOURS = ("background", "paper", "ink", "muted", "accent")


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The text of a notice."""

    language: str
    subject: str
    paragraphs: Sequence[str]
    label: str = ""
    """The words of the link, if there is one."""


def compose_notice(publication: Publication, look: Mapping[str, str], notice: NoticeText, url: str = "") -> Edition:
    """Build the edition of a notice; `look` holds the theme's options, and an empty `url` gives no link."""
    colours = {name: look.get(name, "#888888") for colour in _COLOURS for name in (colour, f"dark_{colour}")}
    button = _BUTTON.format(url=url, label=notice.label, **colours) if url else ""
    html = _PAGE.format(
        lang=notice.language,
        subject=notice.subject,
        paragraphs=Markup("\n").join(_PARAGRAPH.format(paragraph) for paragraph in notice.paragraphs),
        button=button,
        publication=publication.name,
        font=look.get("font", "Georgia, serif"),
        **colours,
    )
    link = [f"{notice.label}\n{url}"] if url else []
    text = "\n\n".join([*notice.paragraphs, *link, f"-- \n{publication.name}"]) + "\n"
    edition = Edition(
        issue_id="",
        slug="notice",
        language=notice.language,
        sender=publication.sender,
        reply_to=publication.reply_to,
        subject=guard(notice.subject),
        preheader="",
        html=guard(str(html)),
        text=guard(text),
        headers=(("Auto-Submitted", "auto-generated"),),
        images=(),
        image_base="",
        tags=(),
        digest="",
    )
    return replace(edition, digest=digest(edition))
