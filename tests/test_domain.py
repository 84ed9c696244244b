"""Domain, rules and actions agree: nothing is named that does not exist, no outcome is wordless."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import getsource
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from actions import slots
from support import form, outbox, questions, wordings
from support.config import PROJECT
from support.truth import WORDS as OUTCOMES
from tests.assistant import domain, paths

SUBMIT = "action_submit_handoff"
RESPONSES = sorted(domain()["responses"])
# Called by Rasa itself, by the channels when the action server is silent, by the form before a
# question, in the place of an answer that was not given, or by the contact form.
SAID = {f"utter_{word}" for word in (*questions.TOPICS, form.CORRECTED, form.OPENING)}
ASKED_OR_SAID_BY_US = re.compile(
    r"utter_ask_\w+|utter_contact_\w+|utter_unavailable|utter_slow_down|utter_not_given|"
    r"utter_(followup_)?news_\w+|" + "|".join(SAID)
)
# Not said themselves: the words for a field that a designer adds are made from them.
OF_ADDED_FIELDS = re.compile(r"utter_\w+_added_field|utter_hint_\w+")


def calls(file: str) -> Iterator[ast.Call]:
    """Every call in a file of the project."""
    source = (PROJECT / file).read_text(encoding="utf-8")
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def outcomes_set_in(file: str) -> set[str]:
    """The outcomes that an action writes down, by `_end` or into the slot."""
    found = set()
    for call in calls(file):
        slot = isinstance(call.args[0], ast.Attribute) and call.args[0].attr if call.args else ""
        by_end = isinstance(call.func, ast.Name) and call.func.id == "_end"
        value = call.args[0] if by_end else call.args[1] if slot == "OUTCOME" else None
        if isinstance(value, ast.Constant):
            found.add(value.value)
    return found


def outcomes() -> set[tuple[str, str]]:
    """Everything that the form and the submitting can end in."""
    by_form = {(slots.FORM, word) for word in outcomes_set_in("actions/handoff_form.py")}
    written = outcomes_set_in("actions/submit_handoff.py") | set(OUTCOMES.values())
    return by_form | {(SUBMIT, word) for word in written}


def steps() -> Iterator[dict[str, Any]]:
    """Every step of every rule and story."""
    return (step for path in paths() for step in path["steps"])


def variations(response: str) -> list[dict[str, Any]]:
    """All wordings of a response."""
    return list(domain()["responses"][response])


# Actions


def test_registers_every_action_of_the_domain_and_no_other() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    ours = {
        name
        for name, run in executor.actions.items()
        if getattr(run, "__module__", "").startswith("actions.")
    }
    assert ours == set(domain()["actions"])


def test_validates_every_form() -> None:
    assert {f"validate_{name}" for name in domain()["forms"]} <= set(domain()["actions"])


def test_finds_the_outcomes_to_look_for() -> None:
    assert {(slots.FORM, "send"), (SUBMIT, "sent"), (SUBMIT, "off")} <= outcomes()


def test_lists_every_outcome_that_actions_set_and_no_other() -> None:
    slot = domain()["slots"][slots.OUTCOME]
    assert {word for _, word in outcomes()} == set(slot["values"]) - {slot["initial_value"]}


def test_has_a_rule_for_every_outcome_of_every_action() -> None:
    with_rule = {
        (before["action"], was_set[slots.OUTCOME])
        for path in paths()
        if "rule" in path
        for index, step in enumerate(path["steps"])
        for was_set in step.get("slot_was_set", ())
        for before in path["steps"][:index]
        if slots.OUTCOME in was_set and "action" in before
    }
    assert outcomes() <= with_rule


def test_ends_the_form_only_in_outcomes_that_the_action_knows() -> None:
    ends = {
        keyword.value.value
        for call in calls("support/form.py")
        for keyword in call.keywords
        if keyword.arg == "outcome" and isinstance(keyword.value, ast.Constant)
    }
    assert ends <= outcomes_set_in("actions/handoff_form.py")


def test_has_an_outcome_for_every_word_of_progress() -> None:
    returned = [
        n for n in ast.walk(ast.parse(getsource(outbox.progress))) if isinstance(n, ast.Return)
    ]
    constants = (node for each in returned for node in ast.walk(each))
    assert {node.value for node in constants if isinstance(node, ast.Constant)} == set(OUTCOMES)


# Slots


@pytest.mark.parametrize(
    "name", ["OUTCOME", "PROBLEM", "HANDOFF_ID", "OFFER", "REFERENCE", "STATE", "SUGGESTION"]
)
def test_shares_slots_that_the_domain_has(name: str) -> None:
    assert getattr(slots, name) in domain()["slots"]


def test_asks_the_fields_that_the_form_reads() -> None:
    assert domain()["forms"][slots.FORM]["required_slots"] == [*form.NAMES, form.CONFIRMATION]


@pytest.mark.parametrize("field", domain()["forms"][slots.FORM]["required_slots"])
def test_has_a_question_for_every_field_and_a_slot_that_only_we_fill(field: str) -> None:
    assert f"utter_ask_{field}" in RESPONSES or f"utter_ask_{slots.FORM}_{field}" in RESPONSES
    assert domain()["slots"][field]["mappings"] == [{"type": "custom"}]


def wordings_of(field: str) -> dict[str | None, str]:
    """The texts in which a question is put, by wording."""
    return {
        each["condition"][0]["value"] if "condition" in each else None: each["text"]
        for each in variations(f"utter_ask_{field}")
    }


@pytest.mark.parametrize("field", form.NAMES)
def test_explains_every_answer_that_was_not_understood(field: str) -> None:
    explained = {f"invalid_{field}", f"invalid_{field}_again", f"change_{field}"}
    if not form.FormState().may_skip(field):
        explained.add(f"needed_{field}")
    assert explained | {wordings.STOP_OR_GO_ON, wordings.WELCOME_BACK} <= set(wordings_of(field))


def test_has_words_for_every_wording_of_the_form() -> None:
    assert {wordings.SUGGEST_EMAIL} <= set(wordings_of("email"))
    assert {wordings.ONLY_PHONE} <= set(wordings_of("phone"))
    assert {"unclear", wordings.WHICH_FIELD} <= set(wordings_of(form.CONFIRMATION))
    for field in (*form.NAMES, form.CONFIRMATION):
        for wording in list(wordings_of(field)):
            assert {*wordings.THEN.get(wording, wordings.AGAIN)} <= set(wordings_of(field))


@pytest.mark.parametrize("field", [*form.NAMES, form.CONFIRMATION])
def test_puts_no_question_in_the_same_words_by_two_wordings(field: str) -> None:
    texts = list(wordings_of(field).values())
    assert len(texts) == len(variations(f"utter_ask_{field}"))
    assert sorted(texts) == sorted(set(texts))


def test_explains_every_wording_to_designers() -> None:
    text = (PROJECT / "docs/designers.md").read_text(encoding="utf-8")
    fields = (*form.NAMES, form.CONFIRMATION)
    used = {word for field in fields for word in wordings_of(field) if word}
    kinds = r"^(invalid|needed|change)_[a-z]+?(?=_again|$)"
    general = {re.sub(kinds, r"\1_<field>", word) for word in used}
    assert [word for word in sorted(general) if f"`{word}`" not in text] == []


@pytest.mark.parametrize("response", sorted(SAID))
def test_has_an_answer_to_every_question_in_between(response: str) -> None:
    assert response in RESPONSES


# Responses


@pytest.mark.parametrize("response", RESPONSES)
def test_fills_only_slots_into_a_response(response: str) -> None:
    if OF_ADDED_FIELDS.fullmatch(response):
        return
    filled_in = set(re.findall(r"{(\w+)}", str(variations(response))))
    assert filled_in - set(domain()["slots"]) == set()


@pytest.mark.parametrize("response", RESPONSES)
def test_has_words_whatever_the_slots_hold(response: str) -> None:
    assert any("condition" not in each for each in variations(response))
    conditions = [c for each in variations(response) for c in each.get("condition", ())]
    for condition in conditions:
        slot = domain()["slots"][condition["name"]]
        assert "values" not in slot or condition["value"] in slot["values"]


@pytest.mark.parametrize("response", RESPONSES)
def test_gives_buttons_that_say_plain_text(response: str) -> None:
    buttons = [button for each in variations(response) for button in each.get("buttons", ())]
    payloads = [button["payload"] for button in buttons]
    assert [payload for payload in payloads if not payload.strip() or payload[0] == "/"] == []


@pytest.mark.parametrize("response", RESPONSES)
def test_says_every_response_somewhere(response: str) -> None:
    used = {step.get("action") for step in steps()}
    said_by_us = ASKED_OR_SAID_BY_US.fullmatch(response) or OF_ADDED_FIELDS.fullmatch(response)
    assert response in used or said_by_us


def test_says_and_does_only_what_the_domain_has() -> None:
    known = {*domain()["responses"], *domain()["actions"], *domain()["forms"]}
    assert {step["action"] for step in steps() if "action" in step} - known == set()


def test_waits_only_for_intents_that_the_domain_has() -> None:
    named = {step["intent"] for step in steps() if "intent" in step}
    assert named - set(domain()["intents"]) <= {"nlu_fallback"}
