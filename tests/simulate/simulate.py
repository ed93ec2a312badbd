"""`make simulate`: years of a publication by the real commands, and a judge who says who must have which message.

    SIM_STEPS=300 SIM_SEED=1 SIM_DATABASE=sqlite python simulate.py

Without SIM_DATABASE half of the steps run on SQLite and half on PostgreSQL. SIM_TRAIL=1 prints them as they are done.
A difference between the program and the model prints every
step that led to it; the same seed leads there again. Exit code 1 then.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import postgresql
from model import DifferenceError, Model
from mutants import Mutant
from operating import STEPS, finish
from publication import publication
from readers import import_people
from simulation import DOUBLE, LISTS, Simulation, Step


@contextlib.contextmanager
def simulation(seed: int, postgres: str = "") -> Iterator[Simulation]:
    """Make a new publication, and everybody around it."""
    with tempfile.TemporaryDirectory(prefix="newsletter-simulate-") as name, publication(Path(name), postgres) as made:
        simulated = Simulation(made, Model([DOUBLE]), random.Random(seed))
        simulated.run("lists", "add", DOUBLE, "--double-opt-in")
        yield simulated


def live(simulated: Simulation, steps: int, weights: Mapping[Step, int] = STEPS) -> None:
    """Live through so many steps, each as likely as its weight, and then bring everything to its end."""
    for list_name in LISTS:
        import_people(simulated, list_name, 14)
    for step in simulated.dice.choices(list(weights), list(weights.values()), k=steps):
        step(simulated)
    finish(simulated)
    simulated.check_everything()


SEEDS = range(8)
"""How many other lives a broken program is given before it counts as unnoticed."""


def find_difference(mutant: Mutant, steps: int) -> str:
    """Run a broken program until the judge notices it; empty where that never happens."""
    lives = (_find_difference(mutant, steps, mutant.seed + offset) for offset in SEEDS)
    return next(filter(None, lives), "")


def _find_difference(mutant: Mutant, steps: int, seed: int) -> str:
    with mutant.applied(), simulation(seed) as simulated:
        simulated.crashes = 0  # what is killed runs elsewhere, unbroken
        try:
            live(simulated, steps, mutant.weights)
        except DifferenceError as found:
            return str(found)
    return ""


class PrintedTrail(list[str]):
    """A trail that is printed as it grows."""

    def append(self, line: str) -> None:
        if self:
            print(self[-1], file=sys.stderr, flush=True)
        super().append(line)


def run_database(database: str, seed: int, steps: int) -> bool:
    """Run one life on one kind of database; print what came of it."""
    begun = time.monotonic()
    server = postgresql.run_server() if database == "postgresql" else contextlib.nullcontext("")
    with server as postgres, simulation(seed, postgres) as simulated:
        difference = ""
        if os.environ.get("SIM_TRAIL"):
            simulated.trail = PrintedTrail()
        try:
            live(simulated, steps)
        except DifferenceError as found:
            difference = str(found)
            lines = simulated.trail[-1:] if os.environ.get("SIM_TRAIL") else simulated.trail
            print(
                "\n".join([*lines, *simulated.publication.read_errors(), f"DIFFERENCE: {difference}"]), file=sys.stderr
            )
        facts = {"simulate": database, "seed": seed, "steps": steps, "until": f"{simulated.publication.now:%Y-%m-%d}"}
        facts |= {"people": len(simulated.addresses), **simulated.counts, "difference": difference}
    print(json.dumps(facts | {"seconds": round(time.monotonic() - begun)}, ensure_ascii=False), flush=True)
    return not difference


def main() -> int:
    """Read what is wanted from the environment."""
    seed = int(os.environ.get("SIM_SEED", "20271127"))
    steps = int(os.environ.get("SIM_STEPS", "300"))
    databases = [os.environ["SIM_DATABASE"]] if os.environ.get("SIM_DATABASE") else ["sqlite", "postgresql"]
    good = [run_database(database, seed, steps // len(databases)) for database in databases]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
