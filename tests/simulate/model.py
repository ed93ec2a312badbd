"""Say who must have which message, in plain Python: the judge of `make simulate`.

Nothing here comes from the program. The simulation tells the model what people and operators do; the model decides
who may get a message, and complains about every message and every answer that contradicts it.

Two things are kept apart. What the database was told (`people`, `numbers`) goes back in time with a restored backup.
What happened in the world (`departures`, `messages`) does not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

CONFIRMED, PENDING, LEFT = "confirmed", "pending", "left"
EVERYTHING = "*"
"""In place of a list: all lists, for good."""
UNCERTAIN = frozenset({"in_doubt", "held", "claimed"})
WITHOUT = frozenset({"ready", "rejected", "unsubscribed", "suppressed", "erased"})
"""States that say: this person was not sent the message."""


class DifferenceError(AssertionError):
    """The program did or said something that the model does not allow."""


@dataclass(slots=True)
class Person:
    """What the database was told about a person."""

    city: str
    lists: dict[str, str] = field(default_factory=dict)
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message that left, as the outbox or SendGrid has it."""

    number: int
    """The campaign's number when it left; 0 for a confirmation mail."""
    address: str
    meaning: int
    """What the editor wrote, whatever id the issue had; 0 for a confirmation mail."""
    text: str
    headers: dict[str, str]
    is_taken_back: Callable[[], bool] = lambda: False
    """Whether the provider was told in time not to send it."""
    after_crash: bool = False
    """Whether it left during a command that was killed."""
    place: int = -1
    """Among SendGrid's messages; -1 for one in the outbox."""

    @property
    def is_by_outbox(self) -> bool:
        """Whether it is a file that no reader has."""
        return self.place < 0


@dataclass(slots=True, eq=False)
class Campaign:
    """A sending: what to whom, and what happened on its way."""

    meaning: int
    list_name: str
    audience: frozenset[str]
    """Who may get it."""
    required: frozenset[str]
    """Who must, if they stay."""
    messages: list[Message] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    """Who was away while it went out, or whom the provider refused."""
    rejected: set[str] = field(default_factory=set)
    had_faults: bool = False
    """An answer was lost or a process was killed: some of it may be in doubt."""
    given_up: bool = False
    """The operator gave up on a doubt."""

    def list_delivered(self) -> set[str]:
        """Return the addresses that have the message, or will have it when it is released."""
        return {message.address for message in self.messages if not message.is_taken_back()}


@dataclass(frozen=True, slots=True)
class Backup:
    """What the database knew."""

    people: dict[str, Person]
    numbers: dict[int, Campaign]
    unfinished: frozenset[int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A sending that the operator asks for."""

    meaning: int
    list_name: str
    city: str = ""
    """Only people of this city; with `is_not`, only people of other cities."""
    is_not: bool = False
    only_missing: bool = False


class Model:
    """The judge."""

    def __init__(self, double_opt_in: Iterable[str]) -> None:
        self.double_opt_in = frozenset(double_opt_in)
        self.people: dict[str, Person] = {}
        self.numbers: dict[int, Campaign] = {}
        self.departures: dict[str, set[str]] = {}
        self.erased: set[str] = set()
        self.campaigns: list[Campaign] = []

    # What people and operators do

    def join(self, address: str, list_name: str, city: str, *, is_confirmed: bool = False) -> bool:
        """Subscribe somebody who did not leave; say whether they were taken."""
        person = self.people.get(address)
        if self._has_left(address, list_name, person):
            return False
        if person is None:
            person = self.people[address] = Person(city)
        wanted = PENDING if list_name in self.double_opt_in and not is_confirmed else CONFIRMED
        if person.lists.get(list_name) != CONFIRMED:
            person.lists[list_name] = wanted
        return True

    def _has_left(self, address: str, list_name: str, person: Person | None) -> bool:
        if address in self.erased or EVERYTHING in self.departures.get(address, ()):
            return True
        if person is None:
            return list_name in self.departures.get(address, ())
        return person.suppressed or person.lists.get(list_name) == LEFT

    def come_back(self, address: str, list_name: str) -> None:
        """Subscribe somebody at their own wish, whatever was before."""
        self.departures.get(address, set()).difference_update({EVERYTHING, list_name})
        person = self.people.setdefault(address, Person(""))
        person.suppressed = False
        if person.lists.get(list_name) != CONFIRMED:
            person.lists[list_name] = PENDING if list_name in self.double_opt_in else CONFIRMED

    def confirm(self, address: str, list_name: str) -> None:
        """Confirm a subscription by the link that was mailed."""
        person = self.people.get(address)
        if person and person.lists.get(list_name) == PENDING and not person.suppressed:
            person.lists[list_name] = CONFIRMED

    def leave(self, address: str, list_name: str) -> None:
        """End one subscription."""
        self.departures.setdefault(address, set()).add(list_name)
        person = self.people.get(address)
        if person and list_name in person.lists:
            person.lists[list_name] = LEFT

    def leave_everything(self, address: str) -> None:
        """End every subscription: at somebody's wish, or after a complaint."""
        person = self.people.get(address)
        for list_name in list(person.lists) if person else []:
            self.leave(address, list_name)
        self.bounce(address)

    def bounce(self, address: str) -> None:
        """Stop mailing an address; its subscriptions are asleep."""
        self.departures.setdefault(address, set()).add(EVERYTHING)
        if address in self.people:
            self.people[address].suppressed = True

    def erase(self, address: str) -> None:
        """Forget a person; nobody brings them back."""
        self.leave_everything(address)
        self.people.pop(address, None)
        self.erased.add(address)
        for campaign in self.campaigns:
            campaign.excused.add(address)

    def move(self, address: str, city: str) -> None:
        """Change the city that segments look at."""
        self.people[address].city = city

    # Backups

    def back_up(self, unfinished: Iterable[int]) -> Backup:
        """Remember what the database knows."""
        return Backup(copy.deepcopy(self.people), dict(self.numbers), frozenset(unfinished))

    def restore(self, backup: Backup) -> None:
        """Forget in the database what happened since, but for those who left: they stay away."""
        self.people = copy.deepcopy(backup.people)
        self.numbers = dict(backup.numbers)
        for number in backup.unfinished:
            self.numbers[number].had_faults = True
        for address, left in self.departures.items():
            person = self.people.get(address)
            if person:
                person.lists.update(dict.fromkeys(person.lists.keys() & left, LEFT))
                person.suppressed = person.suppressed or EVERYTHING in left
        for address in self.erased:
            self.people.pop(address, None)

    # Sendings

    def may_be_sent(self, address: str, list_name: str) -> bool:
        """Say whether somebody may be sent something on a list now."""
        person, left = self.people.get(address), self.departures.get(address, set())
        is_subscribed = person is not None and person.lists.get(list_name) == CONFIRMED and not person.suppressed
        return is_subscribed and not left & {EVERYTHING, list_name}

    def list_audience(self, plan: Plan) -> set[str]:
        """Name everybody whom a plan made now must reach."""
        chosen = {address for address in self.people if self.may_be_sent(address, plan.list_name)}
        if plan.city:
            chosen = {address for address in chosen if (self.people[address].city == plan.city) != plan.is_not}
        return (
            chosen - self._list_recipients(plan.meaning) - self._list_doubtful(plan.meaning)
            if plan.only_missing
            else chosen
        )

    def _list_recipients(self, meaning: int) -> set[str]:
        return {
            address
            for campaign in self.campaigns
            if campaign.meaning == meaning
            for address in campaign.list_delivered()
        }

    def _list_doubtful(self, meaning: int) -> set[str]:
        """Return the addresses that may have the issue without an answer; another round may leave them out."""
        campaigns = [campaign for campaign in self.campaigns if campaign.meaning == meaning and campaign.had_faults]
        return {
            address for campaign in campaigns for address in campaign.audience - campaign.excused
        } - self._list_recipients(meaning)

    def plan(self, number: int, plan: Plan, recipients: int) -> Campaign:
        """Note a new campaign; complain where it counts other people than the model."""
        required = frozenset(self.list_audience(plan))
        optional = self._list_doubtful(plan.meaning) if plan.only_missing else set()
        if not len(required) <= recipients <= len(required) + len(optional):
            raise DifferenceError(f"campaign {number} has {recipients} recipients; expected {sorted(required)}")
        campaign = Campaign(plan.meaning, plan.list_name, required | optional, required)
        self.numbers[number] = campaign
        self.campaigns.append(campaign)
        return campaign

    def excuse_absent_people(self) -> None:
        """Excuse whoever is away now from every campaign that may go on."""
        for campaign in self.numbers.values():
            away = (address for address in campaign.audience if not self.may_be_sent(address, campaign.list_name))
            campaign.excused.update(away)

    # What left, and what is said about it

    def deliver(self, message: Message) -> None:
        """Complain about a message that should not have left."""
        if not message.number:
            self._deliver_confirmation(message)
            return
        campaign = self.numbers.get(message.number)
        event = f"{message.address} was sent issue {message.meaning} in campaign {message.number}"
        if campaign is None:
            raise DifferenceError(f"{event}, which nobody planned")
        if message.meaning != campaign.meaning:
            raise DifferenceError(f"{event}, which is of issue {campaign.meaning}")
        if message.address not in campaign.audience:
            raise DifferenceError(f"{event} and is not of its audience")
        if not self.may_be_sent(message.address, campaign.list_name):
            raise DifferenceError(f"{event} after leaving {campaign.list_name}: {self.departures.get(message.address)}")
        campaign.messages.append(message)
        self.check_nobody_twice(message.meaning)

    def check_nobody_twice(self, meaning: int) -> None:
        """Complain where somebody has an issue twice, in whatever campaigns: what the outbox wrote reached nobody."""
        seen: set[tuple[str, bool]] = set()
        for message in (
            message for campaign in self.campaigns if campaign.meaning == meaning for message in campaign.messages
        ):
            if message.is_taken_back():
                continue
            reader = (message.address, message.is_by_outbox)
            if reader in seen:
                raise DifferenceError(f"{message.address} has issue {meaning} twice")
            seen.add(reader)

    def _deliver_confirmation(self, message: Message) -> None:
        person = self.people.get(message.address)
        if person is None or person.suppressed or PENDING not in person.lists.values():
            raise DifferenceError(f"{message.address} was asked to confirm, and did not want to subscribe")

    def check_finished(self, number: int) -> None:
        """Complain where a campaign that says it is done left somebody out."""
        campaign = self.numbers[number]
        if campaign.given_up:
            return
        missing = campaign.required - campaign.list_delivered() - campaign.excused - campaign.rejected
        if missing:
            raise DifferenceError(
                f"campaign {number} is done, and {sorted(missing)} never got issue {campaign.meaning}"
            )

    def check_count(self, number: int, accepted: int) -> None:
        """Complain where a campaign counts more or fewer deliveries than left."""
        campaign = self.numbers[number]
        true, certain = len(campaign.list_delivered()), not campaign.had_faults
        if accepted > true or (certain and accepted != true):
            raise DifferenceError(f"campaign {number} says that {accepted} were sent; {true} were")

    def check_answer(self, number: int, address: str, state: str) -> None:
        """Complain about a wrong answer of `campaigns show NUMBER --address ADDRESS`; no state: not a recipient."""
        campaign = self.numbers[number]
        sent = [message for message in campaign.messages if message.address == address and not message.is_taken_back()]
        for reason in self._contradictions(campaign, address, state, sent):
            raise DifferenceError(
                f"campaigns show {number} --address {address}: « {state or 'no recipient'} », but {reason}"
            )

    def _contradictions(self, campaign: Campaign, address: str, state: str, sent: list[Message]) -> Iterator[str]:
        if not state and sent:
            yield "it was sent to them"
        if not state and address in campaign.required:
            yield "they were of the audience"
        if state and address not in campaign.audience:
            yield "they were not of the audience"
        if state == "accepted" and not sent:
            yield "it was not sent to them"
        if state in WITHOUT and any(not message.after_crash for message in sent):
            yield "it was sent to them"
        if state == "cancelled" and sent and not campaign.given_up:
            yield "it was sent to them"
        if state in UNCERTAIN and not campaign.had_faults:
            yield "nothing happened that could leave a doubt"
