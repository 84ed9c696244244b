"""Domain, rules and actions agree about the talk about a stored request."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from actions import followup_slots as ours
from actions import send_followup
from actions.followup_form import ASKS_STATUS
from support import followup_form, form, lookups
from support.config import PROJECT
from support.truth import WORDS as OUTCOMES
from tests.assistant import domain, paths

SEND, LOOK_UP = "action_send_followup", "action_look_up_request"


def constants(file: str) -> set[str]:
    """Every text that a file writes down."""
    tree = ast.walk(ast.parse((PROJECT / file).read_text(encoding="utf-8")))
    return {n.value for n in tree if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def outcomes() -> set[str]:
    """The values of the outcome slot, but for the empty one."""
    slot = domain()["slots"][ours.OUTCOME]
    return set(slot["values"]) - {slot["initial_value"]}


def with_rule(action: str) -> set[str]:
    """The outcomes of an action that a rule answers."""
    return {
        was_set[ours.OUTCOME]
        for path in paths()
        if path.get("rule")
        for before, step in zip(path["steps"], path["steps"][1:], strict=False)
        for was_set in step.get("slot_was_set", ())
        if ours.OUTCOME in was_set and _action_before(path, step) == action
    }


def _action_before(path: dict[str, Any], step: dict[str, Any]) -> str:
    earlier = path["steps"][: path["steps"].index(step)]
    return str([each["action"] for each in earlier if "action" in each][-1])


def test_answers_every_end_of_the_talk() -> None:
    assert with_rule(ours.FORM) == outcomes() & constants("support/followup_form.py")


def test_answers_everything_that_can_become_of_it() -> None:
    told = {"same", "ended", "off", "limited", "not_saved"}
    assert with_rule(SEND) == {*send_followup.DONE.values(), *told}
    assert with_rule(LOOK_UP) == {"status_only", "unknown", "limited"}
    assert with_rule(SEND) | with_rule(LOOK_UP) <= constants("actions/send_followup.py")


def test_lists_no_outcome_that_nothing_sets() -> None:
    assert outcomes() == with_rule(ours.FORM) | with_rule(SEND) | with_rule(LOOK_UP)


def test_is_asked_about_by_an_intent_that_the_domain_has() -> None:
    assert ASKS_STATUS in domain()["intents"]


def test_asks_the_questions_that_the_form_knows() -> None:
    assert domain()["forms"][ours.FORM]["required_slots"] == list(followup_form.QUESTIONS)


@pytest.mark.parametrize("question", followup_form.QUESTIONS)
def test_has_words_for_every_question_and_others_for_the_second_time(question: str) -> None:
    assert domain()["slots"][question]["mappings"] == [{"type": "custom"}]
    variations = domain()["responses"][f"utter_ask_{question}"]
    assert len({each["text"] for each in variations}) >= 2


@pytest.mark.parametrize("field", form.NAMES)
def test_has_words_for_correcting_every_field(field: str) -> None:
    asked = str(domain()["responses"]["utter_ask_followup_value"])
    assert f"'{field}'" in asked
    assert f"'invalid_{field}'" in asked
    assert f"'{field}'" in str(domain()["responses"]["utter_followup_corrected"])


@pytest.mark.parametrize("state", [*sorted(set(lookups.STATES.values())), "cancelled"])
def test_has_words_for_however_a_request_stands(state: str) -> None:
    assert state == "accepted" or f"'{state}'" in str(
        domain()["responses"]["utter_request_status_only"]
    )


@pytest.mark.parametrize("told", sorted(set(OUTCOMES.values())))
def test_has_words_for_however_telling_the_team_went(told: str) -> None:
    assert told == "sent" or f"'{told}'" in str(domain()["responses"]["utter_followup_told"])


@pytest.mark.parametrize(
    "name",
    ["STATE", "OUTCOME", "WORDING", "TEXT", "TOLD", "CORRECTED", "VALUE", "ASKED_AGO",
     "REQUEST_STATE"],
)  # fmt: skip
def test_shares_slots_that_the_domain_has(name: str) -> None:
    assert getattr(ours, name) in domain()["slots"]
