"""What editors and operators do: write, edit, send, schedule, pause, cancel, decide, back up, restore."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from issues import Issue, new_id, new_issue
from model import DifferenceError, Plan
from readers import STEPS as READERS
from simulation import CITIES, LISTS, Simulation, Step

DAY = 86_400
PAUSES = (60, 400, 1200, 3600, 5 * 3600, DAY, 3 * DAY, 8 * DAY, 30 * DAY)
LOST = (
    {"kind": "drop_after"},
    {"kind": "drop_after", "reset": True},
    {"kind": "drop_before"},
    {"kind": "lie"},
    {"kind": "hang_up_early"},
    {"kind": "status", "status": 503},
)
NO_ADDRESS = ["personalizations.0.to.0.email", "Does not contain a valid address."]
REFUSED = {"kind": "status", "status": 400, "errors": [NO_ADDRESS]}
LIMITED = ({"kind": "status", "status": 429, "headers": {"Retry-After": "2"}}, {"kind": "status", "status": 413})


def write_issue(simulation: Simulation) -> None:
    """Write a new issue."""
    issue = new_issue(len({issue.meaning for issue in simulation.issues}) + 1, simulation.dice)
    issue.write(simulation.publication.folder)
    simulation.issues.append(issue)
    simulation.note(f"a new issue: {issue.slug}, id {issue.id}")


def pick_issue(simulation: Simulation) -> Issue | None:
    """Choose an issue, rather a recent one."""
    found = simulation.issues[-simulation.dice.choice((1, 3, 100)) :]
    return simulation.dice.choice(found) if found else None


def edit_issue(simulation: Simulation) -> None:
    """Edit an issue without making another one of it: its text, its id, its folder's name, a copy."""
    issue, dice, folder = pick_issue(simulation), simulation.dice, simulation.publication.folder
    if issue is None:
        return
    change = dice.choice(("text", "text", "id", "no id", "name", "copy"))
    if change == "text":
        issue.sentences[dice.randrange(2, 7)] = new_issue(0, dice).sentences[0]
    if change in {"id", "copy"}:
        issue.id = new_id(dice)
    if change == "no id":
        issue.id = ""
    if change == "copy":
        issue.slug = f"{issue.slug}-bis"
    if change == "name":
        issue.rename(folder, f"{issue.slug}-r")
    issue.write(folder)
    simulation.note(f"issue {issue.meaning} is edited: {change}; now {issue.slug}, id {issue.id or 'none'}")


def is_unsent(simulation: Simulation, issue: Issue) -> bool:
    """Say whether nothing of it was ever planned, under whatever id."""
    return all(campaign.meaning != issue.meaning for campaign in simulation.model.campaigns)


def send(simulation: Simulation) -> None:
    """Send an issue that was not sent before to a list or a segment of it, some days after the last one was done."""
    dice = simulation.dice
    if all(row["phase"] in {"done", "cancelled"} for row in simulation.campaigns):
        simulation.publication.wait(dice.randint(2, 9) * DAY)
    if not any(is_unsent(simulation, issue) and not issue.alike for issue in simulation.issues):
        write_issue(simulation)
    issue = next(issue for issue in simulation.issues if is_unsent(simulation, issue) and not issue.alike)
    run_send(simulation, issue, pick_plan(simulation, issue.meaning, only_missing=dice.random() < 0.05))


def pick_plan(simulation: Simulation, meaning: int, *, only_missing: bool) -> Plan:
    """Choose an audience."""
    dice = simulation.dice
    city = dice.choice(("", "", *CITIES))
    return Plan(meaning, dice.choice((*LISTS, "tous")), city, bool(city) and dice.random() < 0.6, only_missing)


def send_anything(simulation: Simulation) -> None:
    """Send any issue to anybody, by mistake perhaps."""
    issue = pick_issue(simulation)
    if issue is not None:
        run_send(simulation, issue, pick_plan(simulation, issue.meaning, only_missing=simulation.dice.random() < 0.5))


def send_a_variant(simulation: Simulation) -> None:
    """Make another issue of almost the same text; it goes out only where the operator says that it is another one."""
    sent = [row for row in simulation.campaigns if row["round"] == 1]
    if not sent:
        return
    row, dice = simulation.dice.choice(sent[:8]), simulation.dice
    copied = simulation.model.numbers[row["campaign"]].meaning
    old = next(issue for issue in simulation.issues if issue.meaning == copied)
    meaning = max(issue.meaning for issue in simulation.issues) + 1
    alike = (copied, *old.alike)
    issue = Issue(meaning, f"numero-{meaning}", new_id(dice), old.subject, list(old.sentences), alike)
    issue.write(simulation.publication.folder)
    simulation.issues.append(issue)
    simulation.note(f"issue {meaning} is almost issue {old.meaning}: {issue.slug}, id {issue.id}")
    newest = {campaign.meaning: str(number) for number, campaign in sorted(simulation.model.numbers.items())}
    named = [word for other in alike if other in newest for word in ("--new-issue", newest[other])]
    run_send(simulation, issue, pick_plan(simulation, meaning, only_missing=False), *named)


def send_to_the_rest(simulation: Simulation) -> None:
    """Send the issue of an earlier campaign once more to its list, mostly to whoever lacks it."""
    if not simulation.campaigns:
        return
    row, dice = simulation.dice.choice(simulation.campaigns[:6]), simulation.dice
    meaning = simulation.model.numbers[row["campaign"]].meaning
    issue = dice.choice([issue for issue in simulation.issues if issue.meaning == meaning])
    city = dice.choice(("", "", *CITIES))
    run_send(
        simulation, issue, Plan(meaning, row["list"], city, bool(city) and dice.random() < 0.6, dice.random() < 0.9)
    )


def run_send(simulation: Simulation, issue: Issue, plan: Plan, *more: str) -> None:
    """Run `send`, perhaps with faults, perhaps killed."""
    segment = f'ville {"!=" if plan.is_not else "="} "{plan.city}"'
    words = ["send", issue.slug, "--list", plan.list_name, *(("--segment", segment) if plan.city else ())]
    words += [*(("--only-missing",) if plan.only_missing else ()), *pick_options(simulation), *more, "--yes"]
    is_first = is_unsent(simulation, issue) and not plan.only_missing and not simulation.was_restored
    is_free = not issue.alike or "--new-issue" in more
    must_go = bool(is_first and is_free and simulation.model.list_audience(plan))
    crash = pick_crash(simulation)
    script_faults(simulation)
    done = simulation.send(*words, plan=plan, crash=crash)
    simulation.publication.fake.script()
    if must_go and not crash and done.code not in {0, 1, 4}:
        raise DifferenceError(f"a new issue was refused: {done.code} {done.complaints}")


def pick_options(simulation: Simulation) -> list[str]:
    """Choose when and how fast."""
    dice = simulation.dice
    at = simulation.publication.now + dt.timedelta(minutes=dice.choice((16, 25, 40, 300, 3000)))
    kinds = [[], [], [], ["--hold", "20m"], ["--at", at.isoformat(timespec="seconds")], ["--rate", "12/h"]]
    chosen = list(dice.choice([*kinds, ["--at", at.isoformat(timespec="seconds")], ["--policy", "complete"]]))
    return chosen + (["--in-flight", "1"] if dice.random() < 0.3 else [])


def pick_crash(simulation: Simulation) -> tuple[str, int] | None:
    """Choose a commit to die at; usually none."""
    dice = simulation.dice
    return (dice.choice(("before", "after")), dice.randint(1, 8)) if dice.random() < simulation.crashes else None


def script_faults(simulation: Simulation) -> None:
    """Let SendGrid fail at some of the next requests; usually at none."""
    dice = simulation.dice
    if dice.random() > 0.3:
        return
    fault = dice.choice((*LOST, *LIMITED, REFUSED))
    simulation.publication.fake.script(*[{} for _ in range(dice.randint(0, 2))], fault)
    simulation.note(f"SendGrid will do this once: {fault}")
    simulation.refusals += fault.get("status") in {400, 413}  # one person alone is not halved, but refused
    if fault in LOST:
        simulation.has_faults = True


def dispatch(simulation: Simulation) -> None:
    """Do what is due."""
    script_faults(simulation)
    simulation.send("dispatch", "--once", crash=pick_crash(simulation))
    simulation.publication.fake.script()


def wait_for_the_next(simulation: Simulation) -> None:
    """Let time pass until a schedule is due, or the next chunk."""
    going = [row for row in simulation.campaigns if row["phase"] in {"scheduled", "sending"} and row["not_before"]]
    moments = [dt.datetime.fromisoformat(row["not_before"]) for row in going]
    later = [moment for moment in moments if moment > simulation.publication.now]
    seconds = (min(later) - simulation.publication.now).total_seconds() + 5 if later else 2000
    simulation.publication.wait(seconds)
    simulation.note(f"{seconds:.0f} seconds pass, until something is due")
    dispatch(simulation)


def wait(simulation: Simulation) -> None:
    """Let time pass, and do what is due then."""
    seconds = simulation.dice.choice(PAUSES)
    simulation.publication.wait(seconds)
    simulation.note(f"{seconds} seconds pass")
    dispatch(simulation)


def control_campaign(simulation: Simulation) -> None:
    """Pause, resume or cancel a campaign that is under way."""
    going = [row for row in simulation.campaigns if row["phase"] not in {"done", "cancelled"}]
    if not going:
        return
    row = simulation.dice.choice(going)
    waits = row["phase"] in {"paused", "held"}
    change = simulation.dice.choice(("resume", "resume", "resume", "cancel") if waits else ("pause", "pause", "cancel"))
    simulation.send("campaigns", change, str(row["campaign"]), *(("--yes",) if change == "cancel" else ()))


def resolve_doubt(simulation: Simulation) -> None:
    """Decide about what is held, after looking into SendGrid's console."""
    found = [row for row in simulation.campaigns if any(chunk["state"] == "held" for chunk in row["unsure"])]
    if not found:
        return
    row = simulation.dice.choice(found)
    number, campaign = row["campaign"], simulation.model.numbers[row["campaign"]]
    chunk = simulation.dice.choice([chunk for chunk in row["unsure"] if chunk["state"] == "held"])["chunk"]
    people = list_held(simulation, number, chunk)
    truth = "--taken" if people & campaign.list_delivered() else "--again"
    decision = simulation.dice.choice((truth, truth, truth, "--give-up"))
    campaign.given_up |= decision == "--give-up"
    simulation.send("campaigns", "resolve", str(number), "--chunk", str(chunk), decision, "--yes")


def list_held(simulation: Simulation, number: int, chunk: int) -> set[str]:
    """Ask who is in a chunk that is held."""
    done = simulation.publication.run("campaigns", "show", str(number), "--who", "held", "--format", "json")
    people: list[dict[str, Any]] = [json.loads(line) for line in done.out.splitlines()]
    return {person["email"] for person in people if person["sequence"] == chunk}


def change_provider(simulation: Simulation) -> None:
    """Send by the outbox from now on, or by SendGrid."""
    name = simulation.dice.choice(("outbox", "sendgrid", "sendgrid"))
    simulation.publication.set_provider(name)
    simulation.note(f'provider = "{name}"')


def back_up(simulation: Simulation) -> None:
    """Copy the database."""
    name = f"backup-{len(simulation.backups)}"
    simulation.note(f"backup {name}")
    simulation.publication.back_up(name)
    unfinished = [row["campaign"] for row in simulation.campaigns if row["phase"] not in {"done", "cancelled"}]
    simulation.backups.append((name, simulation.model.back_up(unfinished)))


def restore(simulation: Simulation) -> None:
    """Put one of the last copies in the database's place."""
    if not simulation.backups:
        return
    name, backup = simulation.dice.choice(simulation.backups[-2:])
    simulation.note(f"restore {name}")
    simulation.publication.restore(simulation.publication.folder.parent / name)
    simulation.model.restore(backup)
    simulation.was_restored = True
    if simulation.dice.random() < 0.6:
        adopt(simulation)
    simulation.observe()


def adopt(simulation: Simulation) -> None:
    """Say that this folder and this database are the ones that send."""
    if simulation.was_restored:
        done = simulation.send("db", "adopt", "--yes")
        simulation.was_restored = False
        if done.code:
            raise DifferenceError(f"db adopt failed: {done.complaints}")


def send_from_a_copy(simulation: Simulation) -> None:
    """Run a copy of the folder: nothing may leave from there."""
    command = simulation.dice.choice((["dispatch", "--once"], ["send", "numero-1", "--list", "tous", "--yes"]))
    simulation.note(f"in a copy of the folder: newsletter {' '.join(command)}")
    if simulation.publication.run_in_copy(*command):
        raise DifferenceError("something was sent from a copy of the folder")


def finish(simulation: Simulation) -> None:
    """Bring everything to its end, as a patient operator would."""
    adopt(simulation)
    for _ in range(12):
        going = [row for row in simulation.campaigns if row["phase"] not in {"done", "cancelled"}]
        if not going:
            return
        for row in going:
            if row["phase"] in {"paused", "held"}:
                simulation.send("campaigns", "resume", str(row["campaign"]))
        for _ in range(5):
            resolve_doubt(simulation)
        simulation.publication.wait(3600)
        simulation.note("an hour passes")
        simulation.send("dispatch", "--once")


OPERATORS: dict[Step, int] = {
    write_issue: 2, edit_issue: 4, send: 18, send_anything: 3, send_to_the_rest: 8, dispatch: 3, wait: 4,
    wait_for_the_next: 10, control_campaign: 4, resolve_doubt: 4, change_provider: 2, back_up: 2, restore: 2,
    adopt: 2, send_a_variant: 1, send_from_a_copy: 1,
}  # fmt: skip
STEPS: dict[Step, int] = {**READERS, **OPERATORS}
