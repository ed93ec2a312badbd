"""A short life of a publication, and four defects that the judge must notice. `make simulate` lives longer."""

from __future__ import annotations

import pytest
from model import DifferenceError, Message, Model, Plan
from mutants import MUTANTS

from simulate import difference_of, live, simulation


def test_a_year_of_commands_contradicts_the_model_nowhere() -> None:
    with simulation(seed=4) as simulated:
        live(simulated, 20)
        assert simulated.counts["messages"] > 10


@pytest.mark.parametrize("name", MUTANTS)
def test_a_defect_that_was_there_before_is_noticed(name: str) -> None:
    assert difference_of(MUTANTS[name], steps=60)


def written(address: str, *, number: int = 1, meaning: int = 1) -> Message:
    return Message(number=number, address=address, meaning=meaning, text="", headers={})


@pytest.fixture
def model() -> Model:
    """Two people got issue 1; a third one left before, and a fourth never was on the list."""
    made = Model([])
    for name in ("a", "b", "c"):
        made.join(name, "tous", "Lyon")
    made.join("d", "club", "Lyon")
    made.leave("c", "tous")
    made.plan(1, Plan(1, "tous"), 2)
    made.deliver(written("a"))
    made.deliver(written("b"))
    return made


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (written("a"), "a has issue 1 twice"),
        (written("c"), "c was sent issue 1 in campaign 1 and is not of its audience"),
        (written("d"), "d was sent issue 1 in campaign 1 and is not of its audience"),
        (written("a", number=2), "a was sent issue 1 in campaign 2, which nobody planned"),
        (written("a", meaning=2), "a was sent issue 2 in campaign 1, which is of issue 1"),
    ],
)
def test_the_model_complains_about_what_should_not_have_left(model: Model, message: Message, complaint: str) -> None:
    with pytest.raises(DifferenceError) as found:
        model.deliver(message)
    assert str(found.value) == complaint


def test_whoever_left_after_the_plan_may_not_get_it_even_from_a_restored_database() -> None:
    model = Model([])
    model.join("a", "tous", "Lyon")
    model.plan(1, Plan(1, "tous"), 1)
    backup = model.back_up([1])
    model.leave("a", "tous")
    model.restore(backup)
    with pytest.raises(DifferenceError, match="after leaving tous"):
        model.deliver(written("a"))


@pytest.mark.parametrize(
    ("address", "state", "complaint"),
    [
        ("a", "ready", "it was sent to them"),
        ("a", "", "it was sent to them"),
        ("a", "held", "nothing happened that could leave a doubt"),
        ("d", "accepted", "they were not of the audience"),
    ],
)
def test_the_model_complains_about_an_answer_that_is_not_true(
    model: Model, address: str, state: str, complaint: str
) -> None:
    model.check_answer(1, "a", "accepted")
    model.check_answer(1, "d", "")
    with pytest.raises(DifferenceError, match=complaint):
        model.check_answer(1, address, state)


def test_the_model_complains_about_a_finished_campaign_that_forgot_somebody() -> None:
    model = Model([])
    for name in ("a", "b"):
        model.join(name, "tous", "Lyon")
    model.plan(1, Plan(1, "tous"), 2)
    model.deliver(written("a"))
    with pytest.raises(DifferenceError, match="'b'"):
        model.check_finished(1)


def test_another_round_goes_to_whoever_lacks_it(model: Model) -> None:
    model.join("e", "tous", "Lyon")
    assert model.audience(Plan(1, "tous", only_missing=True)) == {"e"}
