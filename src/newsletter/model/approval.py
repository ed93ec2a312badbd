"""An approval: somebody has read an edition and says that it may be sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval of an edition, bound to the digest: any change that reaches a reader makes it invalid."""

    digest: str
    slug: str
    by: str
    at: dt.datetime
    signature: bytes
    """Signature over all fields above except the slug, with the key that signs links."""


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """The approvals of an issue: `current` for the edition as it is now, `lost` for earlier versions of it."""

    current: tuple[Approval, ...] = ()
    lost: tuple[Approval, ...] = ()
