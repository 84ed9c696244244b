"""The form from message to message, without Rasa."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from support.form import CONFIRMATION, FIELDS, Step, answer, is_complete, open_form
from support.reading import REASON_LENGTH

KNOWN = {
    "name": "Ann Lee",
    "email": "ann@example.org",
    "phone": "+12025550123",
    "reason": "my order never came",
}


def talk(step: Step, *texts: str) -> Step:
    """The step after several answers."""
    for text in texts:
        assert step.ask
        step = answer(text, step.ask, step.values, "US")
    return step


def without(*names: str) -> Mapping[str, str]:
    """What is known, but for these fields."""
    return {name: value for name, value in KNOWN.items() if name not in names}


def test_asks_one_question_after_the_other_and_ends_with_the_summary() -> None:
    step = open_form("agent", {}, "US")
    asked = [step.ask]
    for text in KNOWN.values():
        step = talk(step, text)
        asked.append(step.ask)
    assert asked == [*FIELDS, CONFIRMATION]
    assert step == Step(KNOWN, ask=CONFIRMATION)
    assert talk(step, "Send") == Step(KNOWN, outcome="send")


def test_asks_only_for_what_is_not_known() -> None:
    assert open_form("agent", KNOWN, "US") == Step(KNOWN, ask=CONFIRMATION)
    assert open_form("agent", without("reason"), "US").ask == "reason"
    assert open_form("I'm Bob, agent", without("phone"), "US") == Step(
        {**without("phone"), "name": "Bob"}, ask="phone"
    )


def test_takes_everything_from_one_message() -> None:
    text = "Ann Lee, ann@example.org, +1 202 555 0123, my order never came"
    assert talk(open_form("agent", {}, "US"), text) == Step(KNOWN, ask=CONFIRMATION)


def test_keeps_the_message_that_was_offered_to_the_team_as_the_reason() -> None:
    step = open_form("yes", {}, "US", "do you sell\r\nchairs\u200b " + "x" * 10_000)
    assert step.values["reason"].startswith("do you sell chairs xxx")
    assert len(step.values["reason"]) == REASON_LENGTH
    assert open_form("yes", {}, "US", " delivery\ntime?").values == {"reason": "delivery time?"}


@pytest.mark.parametrize("earlier", ["🙂", "my mail is ann@example.org"])
def test_makes_no_reason_of_a_message_that_says_none(earlier: str) -> None:
    assert "reason" not in open_form("yes", {}, "US", earlier).values


@pytest.mark.parametrize("asked", FIELDS)
def test_asks_again_with_the_problem_and_keeps_the_rest(asked: str) -> None:
    known = without(*FIELDS[FIELDS.index(asked) :])
    assert answer("?!", asked, known, "US") == Step(known, ask=asked, problem=f"invalid_{asked}")


def test_keeps_an_answer_that_came_too_early() -> None:
    step = answer("ann@example.org", "name", {}, "US")
    assert step == Step({"email": "ann@example.org"}, ask="name", problem="invalid_name")
    assert talk(step, "Ann").ask == "phone"


@pytest.mark.parametrize("asked", [*FIELDS, CONFIRMATION])
def test_forgets_everything_when_the_visitor_cancels(asked: str) -> None:
    assert answer("cancel", asked, KNOWN, "US") == Step(outcome="cancelled")


def test_changes_one_field_and_comes_back_to_the_summary() -> None:
    step = talk(Step(KNOWN, ask=CONFIRMATION), "Change something")
    assert step == Step(KNOWN, ask=CONFIRMATION, problem="which_field")
    step = talk(step, "Change my e-mail")
    assert step == Step(without("email"), ask="email")
    assert talk(step, "bob@example.org") == Step(
        {**KNOWN, "email": "bob@example.org"}, ask=CONFIRMATION
    )


def test_takes_a_correction_at_the_summary() -> None:
    step = talk(Step(KNOWN, ask=CONFIRMATION), "my number is 202-555-0199")
    assert step == Step({**KNOWN, "phone": "+12025550199"}, ask=CONFIRMATION)


def test_says_that_it_did_not_understand_at_the_summary() -> None:
    step = talk(Step(KNOWN, ask=CONFIRMATION), "cancel my order")
    assert step == Step(KNOWN, ask=CONFIRMATION, problem="unclear")


@pytest.mark.parametrize("name", FIELDS)
def test_sends_nothing_while_a_field_is_missing(name: str) -> None:
    known = without(name)
    assert not is_complete(known)
    assert answer("send", CONFIRMATION, known, "US") == Step(known, ask=name)
    assert not is_complete({**known, name: ""})


@pytest.mark.parametrize("asked", FIELDS)
def test_never_ends_on_a_send_before_the_summary(asked: str) -> None:
    assert answer("yes, send it", asked, without(asked), "US").outcome is None
