"""Checks of a received test message: did it arrive complete and unchanged?

Only a message in a mailbox shows what the provider kept, signed and added. `newsletter doctor --received FILE` reads
the source of a message that a mail program saved as a file.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage

from newsletter.diagnostics.result import PROBE_HEADER, PROBE_VALUE, ProbeResult, bad, good, unsure
from newsletter.errors import InputError
from newsletter.model.publication import Publication
from newsletter.personalization import merge_tags

_SIGNED = ("list-unsubscribe", "list-unsubscribe-post")
_TRACKED = re.compile(r"/(?:ls/click|wf/open|wf/click)\b")


def probes(raw: bytes, publication: Publication) -> Iterator[ProbeResult]:
    """Check the source of a received test message. Raise InputError if it is not a message."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not message["From"]:
        raise InputError("received_no_message")
    yield from _headers(message, publication)
    yield from _signatures(message)
    yield from _texts(message)


def _headers(message: EmailMessage, publication: Publication) -> Iterator[ProbeResult]:
    wanted = ["List-Id", "List-Unsubscribe"]
    wanted += ["List-Unsubscribe-Post"] if publication.leaves_by == "page" else []
    missing = [name for name in wanted if not message[name]]
    yield bad("received_headers_missing", names=", ".join(missing)) if missing else good("received_headers")
    domain = publication.sender.domain
    kept = str(message["Message-ID"] or "").strip("<> ").endswith(f"@{domain}")
    yield good("received_id") if kept else unsure("received_id_replaced", id=str(message["Message-ID"]))
    name = message["From"].addresses[0].display_name
    fine = name == publication.sender.name
    yield good("received_name") if fine else bad("received_name_wrong", name=name, wanted=publication.sender.name)


def _signatures(message: EmailMessage) -> Iterator[ProbeResult]:
    """Check that DKIM signs both List-Unsubscribe headers.

    RFC 8058 requires this: otherwise no mail program offers one-click unsubscribe.
    """
    signatures = [str(header) for header in message.get_all("DKIM-Signature", [])]
    if not signatures:
        yield bad("received_unsigned")
        return
    for signature in signatures:
        tags = dict(re.findall(r"\b([a-z]+)\s*=\s*([^;]*)", signature))
        covered = {name.strip().lower() for name in tags.get("h", "").split(":")}
        missing = [name for name in _SIGNED if name not in covered]
        facts = {"domain": tags.get("d", "?").strip(), "names": ", ".join(missing)}
        yield bad("received_unsigned_headers", **facts) if missing else good("received_signed", **facts)


def _texts(message: EmailMessage) -> Iterator[ProbeResult]:
    parts = [part.get_content() for kind in ("plain", "html") if (part := message.get_body((kind,)))]
    whole = "".join([str(message["Subject"]), *parts])
    if message[PROBE_HEADER]:  # a message of `doctor --live`
        raw = PROBE_VALUE in whole
        yield good("received_raw") if raw else bad("received_escaped")
        replaced = merge_tags.PREFIX not in str(message[PROBE_HEADER])
        yield unsure("received_header_replaced") if replaced else good("received_header_kept")
    yield bad("received_unfilled") if merge_tags.PREFIX in whole else good("received_filled")
    yield bad("received_tracked") if _TRACKED.search(whole) else good("received_untracked")
