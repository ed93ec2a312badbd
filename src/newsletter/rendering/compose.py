"""Composition of an issue into the edition that every recipient gets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from markupsafe import Markup

from newsletter.errors import TemplateError
from newsletter.i18n import long_date, say
from newsletter.model.blocks import Mark, Picture
from newsletter.model.edition import Edition, Image, MergeTag
from newsletter.model.finding import Finding, Place
from newsletter.model.issue import Issue
from newsletter.model.publication import Publication
from newsletter.personalization import merge_tags, urls as urls_
from newsletter.rendering import html_body, images, text_body, theme
from newsletter.rendering.html_inline import RenderContext
from newsletter.rendering.theme import Theme
from newsletter.rendering.typography.issue import typeset

PIXEL_DENSITY = 2
"""Pictures are prepared this many times as wide as they are shown."""
MIN_SHARP_RATIO = 1.5
"""A picture narrower than this many times the column's width looks blurred on a telephone."""
ORNAMENT_RATIO = 3
"""A picture narrower than the column's width divided by this is an ornament: it is shown at its own size."""
MAX_OPENING_BYTES = 300_000
MAX_PICTURE_BYTES = 1_000_000


def compose(issue: Issue, theme_: Theme, publication: Publication) -> Edition:
    """Compose the edition of an issue. Equal sources and settings give equal digests; no network is used."""
    source, spacing = issue, issue.front.typography or publication.typography
    issue = typeset(source, spacing)
    pictures, findings = _pictures(issue, theme_)
    logo = _logo(theme_)
    urls = _urls(issue, publication)
    context = RenderContext(
        pictures=pictures,
        image_base=urls_.image_base(publication.base_url),
        urls=urls,
        column=theme_.column,
        language=issue.language,
        page=theme_.width,
    )
    edition = Edition(
        issue_id=issue.front.id,
        slug=issue.slug,
        language=issue.language,
        sender=publication.sender,
        reply_to=publication.reply_to,
        subject=merge_tags.fill_in_placeholders(issue.front.subject, "t"),
        preheader=merge_tags.fill_in_placeholders(issue.front.preheader, "t"),
        html=theme.render_page(theme_, _context(issue, publication, context, logo)),
        text=text_body.render(typeset(source, "normal") if spacing == "fine" else issue, publication, urls),
        headers=_headers(publication, urls),
        images=_unique([*pictures.values(), *([logo] if logo else [])]),
        image_base=context.image_base,
        tags=_tags(issue),
        digest="",
        findings=(*findings, *_low_contrast_findings(issue, theme_)),
    )
    return replace(edition, digest=digest(edition))


def digest(edition: Edition) -> str:
    """Return the digest that identifies an edition; it changes with anything that a reader gets."""
    facts = [
        [edition.sender.name, edition.sender.email],
        [edition.reply_to.name, edition.reply_to.email] if edition.reply_to else [],
        [edition.subject, edition.preheader, edition.html, edition.text, edition.language],
        [list(header) for header in edition.headers],
        [image.sha256 for image in edition.images],
        [[tag.name, tag.default] for tag in edition.tags],
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode()).hexdigest()


def _urls(issue: Issue, publication: Publication) -> dict[str, str]:
    """Return the address for each `*_url` tag; personal addresses contain the token's placeholder."""
    token = merge_tags.placeholder(merge_tags.TOKEN, "t")
    return {
        "unsubscribe_url": urls_.unsubscribe_link(publication, token),
        "online_url": urls_.online_url(publication.base_url, issue.slug),
    }


def _headers(publication: Publication, urls: dict[str, str]) -> tuple[tuple[str, str], ...]:
    token = merge_tags.placeholder(merge_tags.TOKEN, "t")
    mailto = urls_.unsubscribe_mailto(publication.unsubscribe_mailto, token)
    by_mail = (("List-Id", f"<{publication.list_id}>"), ("List-Unsubscribe", f"<{mailto}>"))
    if publication.leaves_by == "mail":
        return by_mail
    both = ("List-Unsubscribe", f"<{urls['unsubscribe_url']}>, <{mailto}>")
    return (by_mail[0], both, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def _context(issue: Issue, publication: Publication, context: RenderContext, logo: Image | None) -> dict[str, object]:
    """Return the variables of a theme's template (reference: docs/themes.md)."""
    front = issue.front
    return {
        "lang": issue.language,
        "dir": "rtl" if issue.language.split("-")[0] in {"ar", "fa", "he", "ur"} else "ltr",
        "subject": Markup(merge_tags.fill_in_placeholders(front.subject, "h")),
        "preheader": Markup(merge_tags.fill_in_placeholders(front.preheader, "h")),
        "number": front.number,
        "authors": front.authors,
        "date": long_date(issue.language, front.date) if front.date else "",
        "publication": publication,
        "logo": _drawn(logo, context),
        "pieces": html_body.pieces(issue, context),
        "urls": context.urls,
        "say": lambda key, **facts: say(issue.language, f"mail_{key}", **facts),
    }


def _pictures(issue: Issue, theme_: Theme) -> tuple[dict[str, Image], list[Finding]]:
    """Prepare the pictures. Return the prepared pictures by source as typed, and findings about the pictures."""
    prepared: dict[str, Image] = {}
    findings: list[Finding] = []
    for source, _, place in issue.pictures():
        path = issue.file(source)
        if source in prepared or path is None:
            continue  # the checks report a missing file; mail programs fetch a remote one
        is_opening = issue.opening is not None and source == issue.opening.source
        shown_width = theme_.width if is_opening else theme_.column
        try:
            prepared[source] = images.prepare(path, PIXEL_DENSITY * shown_width)
        except images.UnusableImageError as error:
            findings.append(Finding(code=error.code, path=issue.path, place=place, facts=error.facts))
        else:
            findings += _picture_findings(issue, source, prepared[source], place, shown_width)
    return prepared, findings


def _picture_findings(issue: Issue, source: str, image: Image, place: Place, shown_width: int) -> Iterator[Finding]:
    """Yield findings for a picture that is too heavy after resizing (R17), or too small for `shown_width` (px, I14)."""
    is_opening = issue.opening is not None and source == issue.opening.source
    max_bytes = MAX_OPENING_BYTES if is_opening else MAX_PICTURE_BYTES
    if len(image.data) > max_bytes:
        facts = {"name": source, "size": len(image.data) // 1000, "maximum": max_bytes // 1000}
        yield Finding(code="R17", path=issue.path, place=place, facts=facts)
    fills_column = any(
        isinstance(block, Picture) and block.source == source and not block.width for block in issue.blocks()
    )
    if fills_column and shown_width / ORNAMENT_RATIO <= image.width < MIN_SHARP_RATIO * shown_width:
        yield Finding(
            code="I14",
            path=issue.path,
            place=place,
            facts={"name": source, "width": image.width, "wanted": PIXEL_DENSITY * shown_width},
        )


def _logo(theme_: Theme) -> Image | None:
    """Prepare the theme's logo, which is part of every edition, or return None if there is no logo.

    Raise TemplateError if the picture is unusable.
    """
    if theme_.logo is None:
        return None
    try:
        return images.prepare(theme_.logo, PIXEL_DENSITY * theme_.options.pixels("logo_width"))
    except images.UnusableImageError as error:
        raise TemplateError("theme_logo", at=theme_.logo) from error


def _drawn(logo: Image | None, context: RenderContext) -> dict[str, object] | None:
    """Return the address and the width (CSS pixels) of a logo for the theme, or None."""
    return {"source": context.image_base + logo.name, "width": max(1, logo.width // PIXEL_DENSITY)} if logo else None


def _low_contrast_findings(issue: Issue, theme_: Theme) -> Iterator[Finding]:
    """Yield a finding (R54) for each pair of the theme's colours with too little contrast."""
    values = theme_.options.values
    for pair in theme_.options.low_contrast:
        facts = {"option": pair.option, "ground": pair.ground, "ratio": round(pair.ratio, 1)}
        colours = {"colour": values[pair.option], "ground_colour": values[pair.ground]}
        yield Finding(code="R54", path=issue.path, place=Place(1), facts=facts | colours)


def _unique(pictures: Iterable[Image]) -> tuple[Image, ...]:
    return tuple({image.sha256: image for image in pictures}.values())


def _tags(issue: Issue) -> tuple[MergeTag, ...]:
    """Return every merge tag in use, and the token last: personal addresses always need it."""
    written = [piece for line in (issue.front.subject, issue.front.preheader) for piece in merge_tags.scan(line)]
    used = [MergeTag(piece.name, piece.default) for piece in written if isinstance(piece, merge_tags.ParsedTag)]
    used += [MergeTag(span.target, span.text) for span in issue.spans() if span.mark is Mark.TAG]
    values = [tag for tag in used if tag.name in merge_tags.VALUE_TAGS]
    return tuple(dict.fromkeys([*values, merge_tags.TOKEN]))
