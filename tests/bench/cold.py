"""Compose one issue once in a new process, by this program (`ours`) or by inkletter."""

from __future__ import annotations

import sys
from pathlib import Path

program, path = sys.argv[1], Path(sys.argv[2])
if program == "ours":
    from newsletter.app import open_app
    from newsletter.content.reader import read
    from newsletter.rendering.compose import compose

    app = open_app(Path(__file__).parents[2], Path())
    compose(read(path, app.publication), app.theme(), app.publication)
else:
    import inkletter

    text = path.read_text("utf-8")
    inkletter.parse_markdown_to_html(text)
    inkletter.parse_markdown_to_text(text)
