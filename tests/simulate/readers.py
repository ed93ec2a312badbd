"""What readers do, and what operators do about them: join, leave, come back, bounce, complain, are erased."""

from __future__ import annotations

import re
import time

from model import Campaign, DifferenceError, Message
from simulation import CITIES, LISTS, Invitation, Simulation, pick_person

WEEK = 7 * 86_400
CONSENT = ("--consent", "Oui, je veux.")
REPORTS = {
    "bounce": {"event": "bounce", "type": "bounce", "reason": "550 no such user", "status": "5.1.1"},
    "complaint": {"event": "spamreport"},
    "unsubscribe": {"event": "unsubscribe"},
}


def new_address(simulation: Simulation) -> str:
    address = f"p{len(simulation.addresses) + 1:03}@exemple.fr"
    simulation.addresses.append(address)
    return address


def import_file(simulation: Simulation) -> None:
    """Import a file."""
    import_people(simulation, simulation.dice.choice(LISTS), simulation.dice.randint(1, 5))


def import_people(simulation: Simulation, list_name: str, new: int) -> None:
    """Import new people, and some whom the file knows from before."""
    dice, model = simulation.dice, simulation.model
    old = dice.sample(simulation.addresses, min(len(simulation.addresses), dice.randint(0, 6)))
    rows = [
        (address, model.people[address].city if address in model.people else dice.choice(CITIES)) for address in old
    ]
    rows += [(new_address(simulation), dice.choice(CITIES)) for _ in range(new)]
    text = "email,ville\n" + "".join(f"{address},{city}\n" for address, city in rows)
    (simulation.publication.folder / "gens.csv").write_text(text, "utf-8")
    done = simulation.run("subscribers", "import", "gens.csv", "--list", list_name)
    simulation.trail[-1] += f"  {' '.join('/'.join(row) for row in rows)}"
    if done.code:
        raise DifferenceError(f"an import failed: {done.complaints}")
    for address, city in rows:
        model.join(address, list_name, city)


def add_person(simulation: Simulation) -> None:
    """Subscribe one person by hand; a double opt-in asks them by mail."""
    dice = simulation.dice
    address = new_address(simulation) if dice.random() < 0.5 else pick_person(simulation)
    if address is None:
        return
    list_name, city, is_confirmed = dice.choice(LISTS), dice.choice(CITIES), dice.random() < 0.3
    known = simulation.model.people.get(address)
    attribute = () if known else ("--attribute", f"ville={city}")
    given = ("--confirmed",) if is_confirmed else ()
    may_join = simulation.model.join(address, list_name, city, is_confirmed=is_confirmed)
    done = simulation.run("subscribers", "add", address, "--list", list_name, *CONSENT, *given, *attribute)
    if (done.code == 0) != may_join:
        raise DifferenceError(
            f"subscribers add {address}: exit code {done.code}; expected {may_join}: {done.complaints}"
        )
    keep_invitation(simulation, address, list_name)


def come_back(simulation: Simulation) -> None:
    """Take somebody back who asked for it."""
    address = pick_person(simulation)
    if address is None:
        return
    list_name = simulation.dice.choice(LISTS)
    simulation.model.come_back(address, list_name)
    done = simulation.run("subscribers", "add", address, "--list", list_name, "--again", *CONSENT)
    if done.code:
        raise DifferenceError(f"subscribers add {address} --again failed: {done.complaints}")
    keep_invitation(simulation, address, list_name)


def keep_invitation(simulation: Simulation, address: str, list_name: str) -> None:
    """Remember the link that a double opt-in mailed, if it did."""
    for text in simulation.letters.pop(address, []):
        found = re.search(r"/confirm/\w+", text)
        if found:
            simulation.invitations.append(Invitation(address, list_name, time.time(), found[0]))


def follow_confirmation(simulation: Simulation) -> None:
    """Follow a link of a confirmation mail, perhaps too late, perhaps twice."""
    if not simulation.invitations:
        return
    chosen = simulation.dice.choice(simulation.invitations)
    simulation.note(f"{chosen.address} confirms {chosen.list_name}")
    answer = simulation.publication.pages.submit(chosen.path, "")
    simulation.trail[-1] += f"  → {answer.status}"
    if time.time() - chosen.at < WEEK - 60:
        simulation.model.confirm(chosen.address, chosen.list_name)
    simulation.look_for_messages()


def pick_message(simulation: Simulation, *, by_sendgrid: bool = False) -> tuple[Campaign, Message] | None:
    """Choose a message that somebody has who was not erased."""
    recent = simulation.inbox[-simulation.dice.choice((40, 400)) :]
    found = [pair for pair in recent if pair[1].address not in simulation.model.erased]
    if by_sendgrid:
        found = [pair for pair in found if pair[1].place >= 0 and not pair[1].is_taken_back()]
    return simulation.dice.choice(found) if found else None


def find_unsubscribe_path(message: Message) -> str:
    """Give the path of the page to leave by, as a mail program reads it."""
    found = re.search(r"<https?://[^/]+(/u/[^>]+)>", message.headers["List-Unsubscribe"])
    if found is None:
        raise DifferenceError(f"a message to {message.address} has no link to leave by")
    return found[1]


def unsubscribe_by_link(simulation: Simulation) -> None:
    """Leave by a message: one click of the mail program, or the page's button."""
    picked = pick_message(simulation)
    if picked is None:
        return
    campaign, message = picked
    body = simulation.dice.choice(("List-Unsubscribe=One-Click", "leave=list", "leave=all"))
    simulation.note(
        f"{message.address} leaves by campaign {message.number}: POST {find_unsubscribe_path(message)} {body}"
    )
    answer = simulation.publication.pages.submit(find_unsubscribe_path(message), body)
    if answer.status != 200:
        raise DifferenceError(f"{message.address} could not leave: {answer.status}")
    if message.address not in simulation.model.people:
        pass  # an older copy of the database cannot know whose link that is, nor whom to keep out
    elif body == "leave=all":
        simulation.model.leave_everything(message.address)
    else:
        simulation.model.leave(message.address, campaign.list_name)
    simulation.look_for_messages()


def remove_person(simulation: Simulation) -> None:
    """Take somebody off, as the operator does who reads their mail."""
    address = pick_person(simulation)
    if address is None or address not in simulation.model.people:
        return
    list_name = simulation.dice.choice((*LISTS, ""))
    if list_name and list_name not in simulation.model.people[address].lists:
        return
    done = simulation.run("subscribers", "remove", address, *(("--list", list_name) if list_name else ()))
    if done.code:
        raise DifferenceError(f"subscribers remove {address} failed: {done.complaints}")
    if list_name:
        simulation.model.leave(address, list_name)
    else:
        simulation.model.leave_everything(address)


def erase_person(simulation: Simulation) -> None:
    """Erase somebody."""
    address = pick_person(simulation)
    if address is None or address not in simulation.model.people:
        return
    done = simulation.run("subscribers", "forget", address, "--yes")
    if done.code:
        raise DifferenceError(f"subscribers forget {address} failed: {done.complaints}")
    simulation.model.erase(address)


def change_city(simulation: Simulation) -> None:
    """Move somebody into another segment."""
    address = pick_person(simulation)
    if address is None or address not in simulation.model.people:
        return
    city = simulation.dice.choice(CITIES)
    done = simulation.run("subscribers", "edit", address, "--attribute", f"ville={city}")
    if done.code:
        raise DifferenceError(f"subscribers edit {address} failed: {done.complaints}")
    simulation.model.move(address, city)


def report_event(simulation: Simulation) -> None:
    """Let SendGrid report a bounce, a complaint or an unsubscription."""
    picked = pick_message(simulation, by_sendgrid=True)
    if picked is None:
        return
    _, message = picked
    kind = simulation.dice.choice(tuple(REPORTS))
    simulation.note(f"SendGrid reports: {kind} of {message.address}")
    simulation.publication.fake.control("report", {"message": message.place, "event": REPORTS[kind]})
    if kind == "bounce":
        simulation.model.bounce(message.address)
    else:
        simulation.model.leave_everything(message.address)
    wait_until_applied(simulation, message.address)
    simulation.look_for_messages()


def wait_until_applied(simulation: Simulation, address: str) -> None:
    """Wait for the thread that applies reports; complain where it does not."""
    for _ in range(200):
        done = simulation.publication.run("subscribers", "show", address, "--format", "json")
        if done.code or done.json()["suppressed"]:
            return
        time.sleep(0.01)
    raise DifferenceError(f"a report about {address} was taken, and not applied")


STEPS = {
    import_file: 4, add_person: 5, come_back: 5, follow_confirmation: 4, unsubscribe_by_link: 12, remove_person: 6, erase_person: 1, change_city: 3, report_event: 4,
}  # fmt: skip
