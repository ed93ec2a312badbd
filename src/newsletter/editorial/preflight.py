"""Preflight: fetch an edition's first picture and its unsubscribe page through `base_url` before it is sent.

If the program cannot fetch them, readers cannot either, and nobody can correct a message after it is sent.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.errors import ProviderError, Refused
from newsletter.model.delivery import Accepted
from newsletter.model.edition import Edition
from newsletter.model.publication import Publication
from newsletter.personalization import tokens, urls
from newsletter.providers.base import Provider
from newsletter.storage import editions
from newsletter.storage.database import Store

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

TIMEOUT_SECONDS = 10
MAX_BODY_BYTES = 40_000_000
OK = 200
_LOCAL_HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))


def require(store: Store, edition: Edition, publication: Publication, provider: Provider) -> None:
    """Save the pictures for the web server, then fetch the first picture and the unsubscribe page.

    Raise ProviderError if the provider would accept no message now, and Refused, with the answer received, if the
    picture or the page is not as expected. Fetch nothing for a provider that does not deliver to readers.
    """
    outcome = provider.check(publication)
    if not isinstance(outcome, Accepted):
        reason = getattr(outcome, "reason", "")
        raise ProviderError("provider_unavailable", provider=provider.name, reason=reason)
    if not provider.caps.reaches_readers:
        return
    with store.write() as tx:
        editions.save_images(tx, edition.images)
    if edition.images:
        _require_picture(edition)
    if publication.leaves_by == "page":
        require_unsubscribe_page(publication)


def _require_https(base_url: str) -> None:
    """Raise Refused if `base_url` is neither https nor local: RFC 8058 requires https for one-click unsubscribe."""
    parts = urlsplit(base_url)
    if parts.scheme != "https" and parts.hostname not in _LOCAL_HOSTS:
        raise Refused("preflight_https", url=base_url)


def _require_picture(edition: Edition) -> None:
    image = edition.images[0]
    url = edition.image_base + image.name
    status, body, description = _fetch(url)
    if status != OK or hashlib.sha256(body).hexdigest() != image.sha256:
        raise Refused("preflight_picture", url=url, seen=description if status != OK else f"{len(body)} bytes")


def require_unsubscribe_page(publication: Publication) -> None:
    """Raise Refused if the unsubscribe page is not https, does not answer, or belongs to another publication."""
    _require_https(publication.base_url)
    url = urls.unsubscribe_url(publication.base_url, tokens.INERT)
    status, body, description = _fetch(url)
    own_marker = f'<meta name="newsletter" content="{publication.list_id}">'.encode()
    if status != OK or own_marker not in body:
        raise Refused("preflight_unsubscribe", url=url, seen=description)


def _fetch(url: str) -> tuple[int, bytes, str]:
    """Fetch `url`, and return status, body and a short description of the answer; status 0 if nothing answered."""
    import urllib3

    timeout = urllib3.Timeout(connect=TIMEOUT_SECONDS, read=TIMEOUT_SECONDS)
    try:
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            answer: BaseHTTPResponse = pool.request("GET", url, redirect=False, preload_content=False)
            body = _read_body(answer)
            answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return 0, b"", _reason(error)
    location = answer.headers.get("Location", "")
    description = f"HTTP {answer.status} {location or answer.headers.get('Content-Type', '')}"
    return answer.status, body, "".join(filter(str.isprintable, description)).strip()[:300]


def _read_body(answer: BaseHTTPResponse) -> bytes:
    """Read the body, and stop after `MAX_BODY_BYTES` or `TIMEOUT_SECONDS`: no picture of an edition needs more."""
    deadline, body = time.monotonic() + TIMEOUT_SECONDS, b""
    for chunk in answer.stream(65_536, decode_content=False):
        body += chunk
        if len(body) > MAX_BODY_BYTES or time.monotonic() > deadline:
            break
    return body


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "reason", "") or error).split())[:200]
