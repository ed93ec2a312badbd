"""Probe of web addresses: concurrent requests, headers only, never to a machine that is not public.

The host name is resolved first, all its IP addresses must be public, and the connection goes to one of these IP
addresses. So a name that resolves differently a moment later (DNS rebinding) has no effect. Each redirect is checked in
the same way.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urljoin, urlsplit

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

MAX_CONNECTIONS = 16
MAX_REDIRECTS = 5
TIMEOUT_SECONDS = 8
AGENT = "newsletter-check (https://pypi.org/project/newsletter)"
_MOVED = frozenset((301, 302, 303, 307, 308))
_TUNNELS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96", "fec0::/10"),
        "192.0.0.0/24",
    )
)
"""Networks whose addresses contain another address, and networks that Python wrongly treats as global."""
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_GONE = frozenset((404, 410))

Kind = Literal["answers", "dead", "moved", "private", "unknown"]
MayReach = Callable[[str], bool]
"""Function that returns True if a connection to an IP address is allowed."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """The result for one address; `detail` is a reason, or the address to which it has moved."""

    address: str
    kind: Kind
    detail: str = ""


def is_public(ip: str) -> bool:
    """Return True if an IP address belongs to the public Internet."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    tunnelled = any(mapped in network for network in _TUNNELS if network.version == mapped.version)
    return mapped.is_global and not mapped.is_multicast and not tunnelled


def probe(
    addresses: Sequence[str], *, pictures: frozenset[str] = frozenset(), may_reach: MayReach = is_public
) -> Iterator[LinkResult]:
    """Yield the answer of every address, in order of arrival; addresses in `pictures` must return an image."""
    with ThreadPoolExecutor(MAX_CONNECTIONS) as pool:
        try:
            futures = [pool.submit(_probe, address, address in pictures, may_reach) for address in addresses]
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Private(Exception):  # noqa: N818 - internal: `_probe` turns it into an answer
    """Raised if an address leads to a machine that no reader can reach."""


def _probe(address: str, is_picture: bool, may_reach: MayReach) -> LinkResult:  # noqa: FBT001 - private, called once
    import urllib3

    at = address
    try:
        for _ in range(MAX_REDIRECTS + 1):
            answer = _send_request(at, may_reach)
            if answer.status not in _MOVED or not answer.headers.get("location"):
                return _judge(address, at, answer, is_picture=is_picture)
            at = urljoin(at, answer.headers["location"])
    except _Private:
        return LinkResult(address=address, kind="private")
    except urllib3.exceptions.NewConnectionError as error:  # in urllib3 a subclass of TimeoutError
        return LinkResult(address=address, kind="dead", detail=_reason(error))
    except (urllib3.exceptions.TimeoutError, TimeoutError):
        return LinkResult(address=address, kind="unknown", detail=f"> {TIMEOUT_SECONDS} s")
    except (urllib3.exceptions.HTTPError, OSError, ValueError, UnicodeError) as error:
        return LinkResult(address=address, kind="dead", detail=_reason(error))
    return LinkResult(address=address, kind="dead", detail=f"> {MAX_REDIRECTS} redirections")


def _send_request(address: str, may_reach: MayReach) -> BaseHTTPResponse:
    """Return the answer to a HEAD request, or to a GET request if HEAD fails; the body is not read."""
    parts = urlsplit(address)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)
    headers = {"Host": _netloc(parts.netloc), "User-Agent": AGENT, "Accept": "*/*"}
    with _pool(address, may_reach) as pool:
        for method in ("HEAD", "GET"):
            answer = pool.urlopen(
                method, target, headers=headers, retries=False, preload_content=False, assert_same_host=False
            )
            answer.close()
            if answer.status < 400:  # noqa: PLR2004 - HTTP statuses from 400 on are errors
                break
    return answer


def _netloc(netloc: str) -> str:
    """Return host and port as the Host header needs them, without user name and password."""
    host = netloc.rpartition("@")[2]
    return host if host.isascii() else host.encode("idna").decode()


def _pool(address: str, may_reach: MayReach) -> HTTPConnectionPool:
    """Return a connection pool to the IP address to which the host name resolves now.

    Raise _Private if `may_reach` refuses one of its IP addresses, ValueError if the address is not http or https.
    """
    import urllib3

    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("http")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    ips = [str(address_info[4][0]) for address_info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(may_reach(ip) for ip in ips):
        raise _Private
    limit = urllib3.Timeout(connect=TIMEOUT_SECONDS / 2, read=TIMEOUT_SECONDS)
    if not secure:
        return urllib3.HTTPConnectionPool(ips[0], port, timeout=limit)
    return urllib3.HTTPSConnectionPool(ips[0], port, timeout=limit, server_hostname=host, assert_hostname=host)


def _judge(address: str, at: str, answer: BaseHTTPResponse, *, is_picture: bool) -> LinkResult:
    status = answer.status
    if status in _GONE:
        return LinkResult(address=address, kind="dead", detail=f"HTTP {status}")
    if status >= 400:  # noqa: PLR2004 - HTTP statuses from 400 on are errors
        return LinkResult(address=address, kind="unknown", detail=f"HTTP {status}")
    kind = str(answer.headers.get("content-type", "image/")).partition(";")[0]
    if is_picture and not kind.startswith("image/"):
        return LinkResult(address=address, kind="dead", detail=kind)
    return (
        LinkResult(address=address, kind="answers")
        if _is_same_address(address, at)
        else LinkResult(address=address, kind="moved", detail=at)
    )


def _is_same_address(first: str, second: str) -> bool:
    """Return True if two addresses differ only in https, www, a final slash or a fragment."""

    def comparable(address: str) -> str:
        parts = urlsplit(address)
        return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"

    return comparable(first) == comparable(second)


def _reason(error: Exception) -> str:
    """Return the reason of an error as an acronym that is the same in every language: TLS, TCP, DNS or URL."""
    text = str(error)
    for sign, short in (
        ("CERTIFICATE", "TLS"),
        ("SSL", "TLS"),
        ("refused", "TCP"),
        ("esolve", "DNS"),
        ("ot known", "DNS"),
    ):
        if sign.lower() in text.lower():
            return short
    return "DNS" if isinstance(error, socket.gaierror) else "URL" if isinstance(error, ValueError) else "TCP"
