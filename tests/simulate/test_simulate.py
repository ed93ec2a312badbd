"""A short life of a publication, and four defects that the judge must notice. `make simulate` lives longer."""

from __future__ import annotations

import pytest
from model import DifferenceError, Message, Model, Plan
from mutants import MUTANTS

from simulate import find_difference, live, simulation


def test_a_year_of_commands_never_contradicts_the_model() -> None:
    with simulation(seed=4) as simulated:
        live(simulated, 20)
        assert simulated.counts["messages"] > 10


@pytest.mark.parametrize("name", MUTANTS)
def test_the_model_notices_a_reintroduced_defect(name: str) -> None:
    assert find_difference(MUTANTS[name], steps=60)


def make_message(address: str, *, number: int = 1, meaning: int = 1) -> Message:
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
    made.deliver(make_message("a"))
    made.deliver(make_message("b"))
    return made


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (make_message("a"), "a has issue 1 twice"),
        (make_message("c"), "c was sent issue 1 in campaign 1 and is not of its audience"),
        (make_message("d"), "d was sent issue 1 in campaign 1 and is not of its audience"),
        (make_message("a", number=2), "a was sent issue 1 in campaign 2, which nobody planned"),
        (make_message("a", meaning=2), "a was sent issue 2 in campaign 1, which is of issue 1"),
    ],
)
def test_the_model_rejects_a_message_that_should_not_have_been_sent(
    model: Model, message: Message, complaint: str
) -> None:
    with pytest.raises(DifferenceError) as found:
        model.deliver(message)
    assert str(found.value) == complaint


def test_the_model_rejects_a_message_to_somebody_who_left_before_a_restore() -> None:
    model = Model([])
    model.join("a", "tous", "Lyon")
    model.plan(1, Plan(1, "tous"), 1)
    backup = model.back_up([1])
    model.leave("a", "tous")
    model.restore(backup)
    with pytest.raises(DifferenceError, match="after leaving tous"):
        model.deliver(make_message("a"))


@pytest.mark.parametrize(
    ("address", "state", "complaint"),
    [
        ("a", "ready", "it was sent to them"),
        ("a", "", "it was sent to them"),
        ("a", "held", "nothing happened that could leave a doubt"),
        ("d", "accepted", "they were not of the audience"),
    ],
)
def test_the_model_rejects_a_wrong_answer(model: Model, address: str, state: str, complaint: str) -> None:
    model.check_answer(1, "a", "accepted")
    model.check_answer(1, "d", "")
    with pytest.raises(DifferenceError, match=complaint):
        model.check_answer(1, address, state)


def test_the_model_rejects_a_finished_campaign_with_a_missing_recipient() -> None:
    model = Model([])
    for name in ("a", "b"):
        model.join(name, "tous", "Lyon")
    model.plan(1, Plan(1, "tous"), 2)
    model.deliver(make_message("a"))
    with pytest.raises(DifferenceError, match="'b'"):
        model.check_finished(1)


def test_only_missing_plans_recipients_without_the_issue(model: Model) -> None:
    model.join("e", "tous", "Lyon")
    assert model.list_audience(Plan(1, "tous", only_missing=True)) == {"e"}
