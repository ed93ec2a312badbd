"""One simulated life of a publication: run steps, write down what was done, and let the model judge every trace of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from issues import Issue
from model import Backup, Campaign, DifferenceError, Message, Model, Plan
from publication import CommandResult, Publication

SINGLE, DOUBLE = ("tous", "club"), "double"
LISTS = (*SINGLE, DOUBLE)
CITIES = ("Lyon", "Paris", "Lille")
ENDED = frozenset({"done", "handed"})
ANSWERS = 2
"""How many answers of `campaigns show N --address` are tried after each command that sends."""


@dataclass(slots=True)
class Invitation:
    """A mail that asks somebody to confirm."""

    address: str
    list_name: str
    at: float
    path: str


@dataclass(slots=True)
class Simulation:
    """Everything that the steps share."""

    publication: Publication
    model: Model
    dice: random.Random
    trail: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    backups: list[tuple[str, Backup]] = field(default_factory=list)
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    """What `campaigns list` last said."""
    ended: set[int] = field(default_factory=set)
    """Campaigns that were done or cancelled before the last command."""
    inbox: list[tuple[Campaign, Message]] = field(default_factory=list)
    """Every message that readers have, with the campaign that it is of."""
    letters: dict[str, list[str]] = field(default_factory=dict)
    """Confirmation mails that nobody read yet, by address."""
    crashes: float = 0.1
    """How many of the commands that send are killed."""
    has_faults: bool = False
    """SendGrid was told to lose an answer of the next command."""
    was_restored: bool = False
    """A backup was put back, and the operator did not adopt it yet."""
    refusals: int = 0
    """How many people SendGrid was told to refuse."""
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, line: str) -> None:
        """Write down what was done."""
        self.trail.append(f"{len(self.trail) + 1:5}  {self.publication.now:%Y-%m-%d %H:%M:%S}  {line}")

    def run(self, *command: str) -> CommandResult:
        """Run a command that sends no issue."""
        self.note(f"newsletter {' '.join(command)}")
        done = self.publication.run(*command)
        self.trail[-1] += f"  → {done.code}"
        self.look_for_messages()
        return done

    def send(self, *command: str, plan: Plan | None = None, crash: tuple[str, int] | None = None) -> CommandResult:
        """Run a command that may send; with a crash, as a child that is killed."""
        self.model.excuse_absent_people()
        killed = f"  (killed {crash[0]} commit {crash[1]})" if crash else ""
        self.note(f"newsletter {' '.join(command)}{killed}")
        done = self.publication.crash(*crash, *command) if crash else self.publication.run(*command)
        self.trail[-1] += f"  → {done.code}"
        self.observe(plan, had_crash=bool(crash))
        return done

    def look_for_messages(self) -> None:
        """After what sends no issue: look for messages all the same, and ask one question."""
        for message in self.publication.new_messages():
            self._receive_message(message)
        self._ask_some(1)

    def observe(self, plan: Plan | None = None, *, had_crash: bool = False) -> None:
        """Look at every trace of the last command: campaigns, messages, answers."""
        self.campaigns = self.publication.run("campaigns", "list", "--format", "json").json()
        for row in reversed(self.campaigns):
            if row["campaign"] not in self.model.numbers:
                self._plan_campaign(row, plan)
        if had_crash or self.has_faults:
            self.allow_doubts()
            self.has_faults = False
        for message in self.publication.new_messages():
            self._receive_message(replace(message, after_crash=had_crash))
        for row in self.campaigns:
            self._compare_campaign(row)
        self.ended = {row["campaign"] for row in self.campaigns if row["phase"] in {"done", "cancelled"}}
        self._ask_some(ANSWERS)

    def _plan_campaign(self, row: dict[str, Any], plan: Plan | None) -> None:
        if plan is None:
            raise DifferenceError(f"campaign {row['campaign']} was planned by nobody")
        self.model.plan(row["campaign"], plan, row["recipients"])
        self.counts["campaigns"] = self.counts.get("campaigns", 0) + 1

    def allow_doubts(self) -> None:
        """Allow doubts in every campaign that is under way, or was when the command began."""
        for row in self.campaigns:
            if row["phase"] not in {"done", "cancelled"} or row["campaign"] not in self.ended:
                self.model.numbers[row["campaign"]].had_faults = True

    def _receive_message(self, message: Message) -> None:
        self.model.deliver(message)
        self.counts["messages"] = self.counts.get("messages", 0) + 1
        if message.number:
            self.inbox.append((self.model.numbers[message.number], message))
        else:
            self.letters.setdefault(message.address, []).append(message.text)

    def _compare_campaign(self, row: dict[str, Any]) -> None:
        number, campaign = row["campaign"], self.model.numbers[row["campaign"]]
        if row["rejected"] > len(campaign.rejected):
            self._learn_refusals(number, campaign)
        self.model.check_count(number, row["accepted"])
        if row["phase"] in ENDED:
            self.model.check_finished(number)

    def _learn_refusals(self, number: int, campaign: Campaign) -> None:
        refused = set(self.list_addresses(number, "rejected"))
        new = len(refused - campaign.rejected)
        if new > self.refusals:
            raise DifferenceError(f"campaign {number}: {new} people refused, and SendGrid refused {self.refusals}")
        self.refusals -= new
        campaign.rejected |= refused

    def list_addresses(self, number: int, state: str) -> list[str]:
        """Return the addresses that `campaigns show --who` prints for a state."""
        done = self.publication.run("campaigns", "show", str(number), "--who", state)
        return [line.partition("\t")[0] for line in done.out.splitlines() if line]

    def _ask_some(self, count: int) -> None:
        """Try some answers, rather about the newest campaigns."""
        for _ in range(count if self.campaigns else 0):
            row = self.dice.choice(self.campaigns[: self.dice.choice((2, len(self.campaigns)))])
            self.compare_answer(row["campaign"], self.dice.choice(self.addresses))

    def compare_answer(self, number: int, address: str) -> None:
        """Compare one answer with the model."""
        if address in self.model.erased:
            return
        done = self.publication.run("campaigns", "show", str(number), "--address", address, "--format", "json")
        self.model.check_answer(number, address, done.json()["state"] if done.code == 0 else "")

    def check_everything(self) -> None:
        """At the end: let go of what was put off, and ask about everybody."""
        self.publication.wait(4 * 86_400)
        self.observe()
        for meaning in {campaign.meaning for campaign in self.model.campaigns}:
            self.model.check_nobody_twice(meaning)
        for row in self.campaigns:
            self._check_accepted(row["campaign"])
        self._ask_some(10 * ANSWERS)

    def _check_accepted(self, number: int) -> None:
        """Compare everybody of whom the campaign says that they were sent it."""
        campaign, accepted = self.model.numbers[number], set(self.list_addresses(number, "accepted"))
        wrong = {address for address in accepted - campaign.list_delivered() if "@" in address}
        if wrong:
            raise DifferenceError(
                f"campaigns show {number} --who accepted names {sorted(wrong)}, to whom nothing was sent"
            )


Step = Callable[[Simulation], None]


def pick_person(simulation: Simulation) -> str | None:
    """Choose somebody who was not erased."""
    found = [address for address in simulation.addresses if address not in simulation.model.erased]
    return simulation.dice.choice(found) if found else None
