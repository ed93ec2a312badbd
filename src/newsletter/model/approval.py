"""An approval: somebody has read an edition and says that it may go out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approval:
    """Bound to a digest: an edition that differs in anything a reader gets is not approved."""

    digest: str
    slug: str
    by: str
    at: dt.datetime
    signature: bytes
    """Over all of the above but the slug, with the key that signs links."""


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """What has been said of an issue: approvals of the edition as it is, and of others that it has been."""

    current: tuple[Approval, ...] = ()
    lost: tuple[Approval, ...] = ()
