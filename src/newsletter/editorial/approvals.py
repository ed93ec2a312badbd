"""Approvals of editions by a second person. An approval is bound to a digest: any change to the edition voids it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence

from newsletter.errors import InputError
from newsletter.model.approval import Approval, ApprovalStatus
from newsletter.model.edition import Edition
from newsletter.storage import approvals
from newsletter.storage.database import Store
from newsletter.system import timestamps

MAX_NAME = 80
_PERSON = b"newsletter.yes"


def approve(store: Store, key: str, edition: Edition, *, by: str, now: dt.datetime) -> Approval:
    """Sign the edition in the name `by`, and store the approval. Raise InputError if the name is not valid."""
    name = " ".join(by.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise InputError("approval_name", maximum=MAX_NAME)
    moment = timestamps.moment(timestamps.millis(now))
    approval = Approval(
        digest=edition.digest,
        slug=edition.slug,
        by=name,
        at=moment,
        signature=_signature(key, edition.digest, name, moment),
    )
    with store.write() as tx:
        approvals.add(tx, approval)
    return approval


def find_approvals(store: Store, keys: Sequence[str], *, digest: str, slug: str) -> ApprovalStatus:
    """Return the approvals of an edition and of other editions of its issue; ignore those not signed with `keys`."""
    with store.read() as tx:
        genuine = [approval for approval in approvals.list_approvals(tx, slug, digest) if _is_genuine(keys, approval)]
    current = tuple(approval for approval in genuine if approval.digest == digest)
    return ApprovalStatus(current, tuple(approval for approval in genuine if approval.digest != digest))


def _is_genuine(keys: Sequence[str], approval: Approval) -> bool:
    signatures = (_signature(key, approval.digest, approval.by, approval.at) for key in keys)
    return any(hmac.compare_digest(approval.signature, signature) for signature in signatures)


def _signature(key: str, digest: str, by: str, at: dt.datetime) -> bytes:
    facts = f"{digest}\n{timestamps.millis(at)}\n{by}".encode()
    return hashlib.blake2b(facts, key=hashlib.blake2b(key.encode()).digest(), digest_size=32, person=_PERSON).digest()
