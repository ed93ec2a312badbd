"""Opening of the browser, without the desk's key in a command line: other accounts can read command lines."""

from __future__ import annotations

import html
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.system.files import PRIVATE, write_whole

_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>newsletter preview</title>
<p><a href="{address}">{address}</a>
"""


@contextmanager
def open_browser(address: str, folder: Path) -> Iterator[None]:
    """Open the browser at `address` through a private file in `folder`, which is deleted when the block ends.

    If the file cannot be written, nothing is opened: the terminal shows the address.
    """
    path = folder.resolve() / f"desk-{urlsplit(address).port}.html"
    try:
        write_whole(path, _PAGE.format(address=html.escape(address)).encode(), PRIVATE)
    except OSError:
        yield
        return
    threading.Thread(target=webbrowser.open, args=(path.as_uri(),), daemon=True).start()
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
