"""The cause of a relay's refusal: the mailbox, the account, the connection, or unknown."""

from __future__ import annotations

import pytest

from newsletter.campaigns.sending.refusal_watch import RefusalWatch
from newsletter.model.delivery import Accepted, AccountLimited, Blame, Misconfigured, Outcome, Rejected, Throttled
from newsletter.providers.smtp.refusals import Step, map_refusal
from newsletter.providers.smtp.session import Reply

ACCOUNT = [
    "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to",
    "550-5.4.5 Daily user sending quota exceeded.",
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    "552 5.2.2 You are over your relay quota",
    "552 over your relay quota",
    "450 4.7.0 Transmit rate limit exceeded",
    "450 4.7.1 Error: too many mails from 192.0.2.7",
    "451 4.7.1 You have exceeded your hourly sending limit, try again later",
    "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address",
    "452 4.3.1 Message rate exceeded: your sending quota is 200 per hour",
    "554 5.7.1 Rejected: outgoing messages per day limit reached",
    "550 Sender rate limit: too many messages",
    "450 limite d’envoi horaire atteinte",
    "550 5.7.1 quota d'envoi dépassé",
    "450 4.2.1 rate limit for your outbound account",
    "451 throttled, slow down",
]
MAILBOX = [
    "550 5.1.1 user unknown",
    "550 5.1.1 <p1@exemple.fr>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
    "552 5.2.2 mailbox full",
    "452 4.2.2 The email account that you tried to reach is over quota",
    "552 5.2.2 The recipient's inbox is over its storage quota",
    "552 requested mail action aborted: exceeded storage allocation",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "450 4.2.1 The user you are trying to contact is receiving mail too quickly, sending rate too high",
    "450 4.2.0 Greylisted, see http://postgrey.example/help",
    "450 4.7.1 Greylisting in action, please come back in 300 seconds",
    "550 No such user here",
    "554 5.7.1 <p1@exemple.fr>: Recipient address rejected: Access denied",
]
CONNECTION = [
    "421 4.7.0 Too many concurrent connections from this account",
    "421 too many connections, sending rate limited",
    "450 4.7.0 connection rate limit exceeded",
    "421 4.3.2 closing",
    "451 maximum number of simultaneous sessions exceeded",
]
UNKNOWN = ["550 5.7.1 spam", "554 5.7.1 Service unavailable", "451 4.3.0 later", "550 no", "554 rejected for policy"]


def parse_reply(text: str) -> Reply:
    return Reply(int(text[:3]), text[4:])


@pytest.mark.parametrize("text", ACCOUNT)
@pytest.mark.parametrize("step", list(Step))
def test_an_account_limit_is_recognised_at_every_smtp_step(step: Step, text: str) -> None:
    assert isinstance(map_refusal(step, parse_reply(text)), AccountLimited)


@pytest.mark.parametrize(
    ("text", "blame"),
    [(text, blame) for texts, blame in ((MAILBOX, Blame.MAILBOX), (UNKNOWN, Blame.UNKNOWN)) for text in texts],
)
def test_a_refused_recipient_is_blamed_on_the_mailbox_or_on_an_unknown_cause(text: str, blame: Blame) -> None:
    outcome = map_refusal(Step.RCPT, parse_reply(text))
    assert isinstance(outcome, Rejected | Throttled)
    assert outcome.blame is blame


@pytest.mark.parametrize("text", CONNECTION)
@pytest.mark.parametrize("step", list(Step))
def test_too_many_connections_throttle_and_blame_the_connection(step: Step, text: str) -> None:
    outcome = map_refusal(step, parse_reply(text))
    assert isinstance(outcome, Throttled)
    assert outcome.blame is Blame.CONNECTION


@pytest.mark.parametrize("text", ["552 5.3.4 Message size exceeds fixed limit", "552 5.3.4 message too large to send"])
def test_a_size_limit_rejects_the_message(text: str) -> None:
    assert isinstance(map_refusal(Step.MAIL, parse_reply(text)), Rejected)


def test_a_refused_sender_is_a_wrong_configuration() -> None:
    assert isinstance(map_refusal(Step.MAIL, parse_reply("550 5.7.1 not allowed")), Misconfigured)


def judge_outcomes(watch: RefusalWatch, *seen: tuple[str, Outcome]) -> list[bool]:
    return [isinstance(watch.check(email, outcome), AccountLimited) for email, outcome in seen]


def make_refusal(text: str = "554 denied", blame: Blame = Blame.UNKNOWN) -> Rejected:
    return Rejected(text, (0,), blame)


def test_one_refusal_text_at_three_domains_in_a_row_is_an_account_limit() -> None:
    seen = [
        ("a@x.fr", make_refusal("554 denied id 17")),
        ("b@y.fr", make_refusal("554 denied id 18")),
        ("c@z.fr", make_refusal("554 denied id 19")),
    ]
    assert judge_outcomes(RefusalWatch(), *seen) == [False, False, True]


ROWS = {
    "one domain": [
        ("a@x.fr", make_refusal()),
        ("b@x.fr", make_refusal()),
        ("c@x.fr", make_refusal()),
        ("d@x.fr", make_refusal()),
    ],
    "somebody had it": [
        ("a@x.fr", make_refusal()),
        ("b@y.fr", make_refusal()),
        ("c@w.fr", Accepted()),
        ("d@z.fr", make_refusal()),
    ],
    "other words": [("a@x.fr", make_refusal()), ("b@y.fr", make_refusal("550 spam")), ("d@z.fr", make_refusal())],
    "mailboxes": [(f"a@x{number}.fr", make_refusal("550 5.1.1", Blame.MAILBOX)) for number in range(10)],
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_refusals_that_differ_or_are_interrupted_are_no_account_limit(row: list[tuple[str, Outcome]]) -> None:
    assert not any(judge_outcomes(RefusalWatch(), *row))


def test_dead_mailboxes_between_equal_refusals_do_not_hide_the_account_limit() -> None:
    dead = make_refusal("550 5.1.1", Blame.MAILBOX)
    seen = [
        ("a@x.fr", make_refusal()),
        ("q@v.fr", dead),
        ("b@y.fr", make_refusal()),
        ("r@v.fr", dead),
        ("c@z.fr", make_refusal()),
    ]
    assert judge_outcomes(RefusalWatch(), *seen)[-1]
