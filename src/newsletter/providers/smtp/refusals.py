"""What a relay's refusal means, and what it is about: the recipient's mailbox, the sender's account, or the connection.

Small lists go through relays that limit the number of messages per day or hour. Such relays report the limit with codes
that are meant for the recipient's mailbox: 450 4.7.x at RCPT, 550 5.4.5 (Gmail), 550 5.1.90 (Office 365), 552 "over
your relay quota". If these codes were blamed on each recipient, the rest of the list would be refused in a second.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from newsletter.model.delivery import AccountLimited, Blame, Misconfigured, NotSent, Outcome, Rejected, Throttled
from newsletter.providers.smtp.connection import PAUSE_SECONDS
from newsletter.providers.smtp.session import Reply

GREY_SECONDS = 300
"""Seconds to wait after a temporary refusal at RCPT: greylisting asks an unknown sender to retry after some minutes."""
LIMIT_SECONDS = 1800
"""Seconds to wait after the account has reached a limit of the relay."""
_CLOSING, _MUST_LOG_IN, _TOO_LARGE = 421, 530, 552
_SENDER_REFUSED = re.compile(
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|unable to relay"
    r"|sender address rejected|client host rejected",
    re.IGNORECASE,
)
"""Refusals at RCPT that are not about the recipient: Postfix reports errors of the sender only at RCPT."""
_CONNECTIONS = re.compile(r"\b(?:connections?|concurren\w*|sessions?|connexions?)\b", re.IGNORECASE)
_SIZE = re.compile(r"\b(?:size|large|big|length|taille|volumineux)\b", re.IGNORECASE)
_RECEIVING = re.compile(r"\breceiv(?:ing|es?)\b|\bcontact is\b", re.IGNORECASE)
"""Gmail about a recipient's limit: "The user you are trying to contact is receiving mail at a rate that…"."""
_SENDERS = (
    r"(?:relay\w*|send\w*|submi\w*|outgoing|outbound|transmi\w*|daily|hourly|monthly|per (?:day|hour|minute)|d.envoi)"
)
_LIMITS = r"(?:limits?|quotas?|rates?|allowance|limites?)"
_ACCOUNT = re.compile(
    rf"\b5\.4\.5\b|\b5\.1\.90\b|\b[45]\.7\.28\b|\brate[ -]?limit|\bthrottl"
    rf"|\b{_SENDERS}\W+(?:[\w’']+\W+){{0,4}}?{_LIMITS}\b|\b{_LIMITS}\W+(?:[\w’']+\W+){{0,4}}?{_SENDERS}\b"
    r"|\b(?:too|sent) many (?:\w+ )?(?:messages|mails?|e-?mails?|recipients)|\btrop de (?:messages|destinataires)",
    re.IGNORECASE,
)
"""A limit, quota or rate of the sender's account."""
_MAILBOX = re.compile(
    r"\b[45]\.[12]\.\d|@|%40|\b(?:mail-?box|in-?box|(?:bo[iî]te|utilisateur)\b.*|unknown user|user unknown|no such user"
    r"|recipient|quota|gr[ea]y-?list\w*|account)\b",
    re.IGNORECASE,
)
"""Words that name the recipient or the mailbox."""


class Step(Enum):
    """The step of a transaction that a reply belongs to."""

    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    MESSAGE = auto()


def map_refusal(step: Step, reply: Reply) -> Outcome:
    """Map a reply that is not positive to an outcome."""
    if reply.kind not in {4, 5}:
        return NotSent(f"an odd answer: {reply.reason}")
    blame = _blame(reply)
    if blame is Blame.ACCOUNT:
        return AccountLimited(LIMIT_SECONDS, reply.reason)
    if reply.kind == 4:  # noqa: PLR2004 - a reply's first digit
        is_grey = step is Step.RCPT and reply.code != _CLOSING
        return Throttled(GREY_SECONDS if is_grey else PAUSE_SECONDS, reply.reason, blame)
    if step is Step.MESSAGE:
        return Rejected(reply.reason, (0,), blame)
    if step is Step.MAIL and reply.code == _TOO_LARGE:
        return Rejected(reply.reason, blame=blame)
    if step is Step.MAIL or reply.code == _MUST_LOG_IN or _SENDER_REFUSED.search(reply.text):
        return Misconfigured(reply.reason)
    return Rejected(reply.reason, (0,), blame)


def _blame(reply: Reply) -> Blame:
    text = reply.text
    if reply.kind == 4 and (_CONNECTIONS.search(text) or reply.code == _CLOSING) and not _is_account(text):  # noqa: PLR2004 - a reply's first digit
        return Blame.CONNECTION
    if _is_account(text):
        return Blame.ACCOUNT
    return Blame.MAILBOX if _MAILBOX.search(text) or reply.code == _TOO_LARGE else Blame.UNKNOWN


def _is_account(text: str) -> bool:
    about_others = _CONNECTIONS.search(text) or _SIZE.search(text) or _RECEIVING.search(text)
    return bool(_ACCOUNT.search(text)) and not about_others
