"""The flow laid over domain.yml: what the assistant then says, asks and has slots for."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from support.flow import checking, document, messages, overlay, patterns, project, samples
from support.flow.document import Changes
from support.form_fields import Field, Fields
from support.words import of_flow
from tests.assistant import domain

PROJECT = project.read()
FILES = document.default(PROJECT)
ORDER = {
    "name": "order_number",
    "type": "pattern",
    "pattern": "[A-Z]{2}-?[0-9]{4}",
    "question": "Which order is it?",
}


def laid(**sections: Any) -> dict[str, Any]:
    """The domain with these sections of a document in it."""
    flow = checking.checked(sections, FILES, PROJECT)
    return overlay.lay_over(PROJECT.domain, document.changes_of(flow, PROJECT))


def fields(*names: str, **changes: Any) -> list[dict[str, Any]]:
    """The files' fields with these names, or the added one; changes: by name."""
    known = {each["name"]: each for each in FILES.to_json()["fields"]} | {"order_number": ORDER}
    return [{**known[name], **changes.get(name, {})} for name in names]


def said(found: dict[str, Any], key: str) -> str:
    return dict(messages.keyed(found["responses"]))[key]["text"]


def buttons(found: dict[str, Any], key: str) -> list[str]:
    variation = dict(messages.keyed(found["responses"]))[key]
    return [button["title"] for button in variation.get("buttons", ())]


def test_changes_nothing_without_changes() -> None:
    before = copy.deepcopy(PROJECT.domain)
    assert overlay.lay_over(PROJECT.domain, Changes()) == before
    laid(messages={"utter_thank": "Any time!"})
    assert PROJECT.domain == before


def test_says_a_changed_sentence_and_says_which_flow_it_is() -> None:
    found = laid(messages={"utter_request_saved[other_ways=unknown]": "Kept as {reference}."})
    assert said(found, "utter_request_saved[other_ways=unknown]") == "Kept as {reference}."
    assert said(found, "utter_request_saved") == FILES.messages["utter_request_saved"]
    values = {name: slot.get("initial_value") for name, slot in found["slots"].items()}
    assert len(overlay.fingerprint_in(values)) == 16
    assert found["slots"]["handoff_fields"] == domain()["slots"]["handoff_fields"]


def test_has_a_slot_a_place_and_words_for_an_added_field() -> None:
    found = laid(fields=fields("name", "email", "order_number", "reason"))
    assert found["slots"]["order_number"]["mappings"] == [{"type": "custom"}]
    required = found["forms"]["handoff_form"]["required_slots"]
    assert required == ["name", "email", "order_number", "reason", "handoff_confirmed"]
    asked = found["responses"]["utter_ask_order_number"]
    assert asked[0]["text"] == "Which order is it?"
    assert len({each["text"] for each in asked}) == len(asked) == 9
    assert "{field_" not in str(asked)
    assert buttons(found, "utter_ask_order_number") == ["Skip"]
    assert said(found, "utter_why_order_number")
    rows = found["slots"]["handoff_fields"]["initial_value"]
    assert [each.name for each in Fields.from_json(rows)] == required[:-1]


def test_leaves_every_slot_that_a_stored_request_needs() -> None:
    found = laid(fields=fields("email", "reason"))
    assert {"name", "email", "phone", "reason"} <= set(found["slots"])


def test_shows_all_answers_and_no_others_in_the_summary() -> None:
    found = laid(fields=fields("reason", "order_number", "email"))
    for key, variation in messages.keyed(found["responses"]):
        if key.startswith("utter_ask_handoff_confirmed") and "{email}" in variation["text"]:
            assert (
                "\nAbout: {reason}\nOrder number: {order_number}\nE-mail: {email}"
                in variation["text"]
            )
            assert "{name}" not in variation["text"]
    which = "utter_ask_handoff_confirmed[handoff_problem=which_field]"
    assert buttons(found, which) == [
        "What it is about", "Order number", "E-mail", "Nothing, send it", "Cancel"
    ]  # fmt: skip
    assert "Order number" in buttons(found, "utter_ask_followup_field")
    assert "Phone" not in buttons(found, "utter_ask_followup_field")


def test_offers_to_skip_only_what_can_be_skipped() -> None:
    found = laid(fields=fields("name", "email", "reason", name={"required": False}))
    assert buttons(found, "utter_ask_name") == ["Skip"]
    assert buttons(found, "utter_ask_email") == []
    assert "skip" not in said(found, "utter_ask_email[handoff_problem=again]")


def test_leaves_out_a_sentence_that_needs_an_answer_not_given_yet() -> None:
    found = laid(fields=fields("reason", "name", "email"))
    assert said(found, "utter_ask_reason") == (
        "What is it about? A sentence or two helps the team prepare."
    )
    found = laid(fields=fields("name", "email", "reason"))
    assert said(found, "utter_ask_reason").startswith("Thanks, {name}.")


def test_puts_a_standard_fields_own_words_in_their_places() -> None:
    own = {"question": "Who are you?", "error": "Eh?", "hint": "For politeness."}
    found = laid(fields=fields("name", "email", "phone", "reason", name=own))
    assert said(found, "utter_ask_name") == "Who are you?"
    assert said(found, "utter_ask_name[handoff_problem=invalid_name]") == "Eh?"
    assert said(found, "utter_why_name") == "For politeness."
    assert found["slots"]["handoff_fields"] == domain()["slots"]["handoff_fields"]


def test_offers_the_choices_as_buttons() -> None:
    choice = {"name": "size", "type": "choice", "choices": ["S", "M"], "question": "Which size?"}
    found = laid(fields=[*fields("email", "reason"), choice])
    assert buttons(found, "utter_ask_size") == ["S", "M", "Skip"]
    assert "S, M" in said(found, "utter_ask_size[handoff_problem=invalid_size]")


@pytest.mark.parametrize(
    "pattern",
    ["[A-Z]{2}-?[0-9]{4}", r"\d+", "(ab|c)d*x", r"#?\w{3,5}\s\d", ".", "#?[A-Z]+-?[0-9]+"],
)
def test_finds_an_answer_for_a_pattern(pattern: str) -> None:
    assert patterns.problem(pattern) is None
    assert samples.like(pattern)


@pytest.mark.parametrize(
    "pattern, why",
    [
        (None, "empty"),
        ("[", "no regular expression"),
        ("a*", "says nothing"),
        ("(a+)+b", "repeat inside a repeat"),
        ("(a|aa)*b|(x{1,3}){2,4}", "repeat inside a repeat"),
        (".*.*.*x", "open-ended"),
        ("(a|a)*b", "too many ways"),
        ("(a|aa|aaa){30}b", "too many ways"),
        ("a?" * 22 + "a" * 22, "too many ways"),
        ("a{0,20}" * 5 + "b", "too many ways"),
        (r"(a)\1", "refers to a group"),
        ("(?=a)a", "looks ahead"),
        ("(?P<x>a)", "named group"),
        ("a{1,5000}", "more than 100"),
        ("x" * 201, "201"),
    ],
)
def test_refuses_a_pattern_that_could_keep_it_busy(pattern: str, why: str) -> None:
    assert why in (patterns.problem(pattern) or "")


@pytest.mark.parametrize(
    "field",
    [
        Field("people", True, "number", min="3"),
        Field("size", True, "choice", choices=("S", "M")),
        Field("day", True, "date", min="2030-01-01"),
        Field("company", True, "text", min="20"),
        Field("bill", True, "email"),
        Field("office", True, "phone"),
    ],
)
def test_answers_each_kind_of_field_so_that_it_is_accepted(field: Field) -> None:
    import datetime as dt

    from support import answers

    today = dt.date(2026, 11, 24)
    assert answers.read(field, samples.answer(field, today), "US", today)


def test_takes_every_sentence_of_the_files_as_a_designer_might_write_it() -> None:
    names = [field.name for field in FILES.fields]
    wrong = {
        key: messages.problem(text, messages.allowed(key, names))
        for key, text in FILES.messages.items()
    }
    assert {key: why for key, why in wrong.items() if why} == {}


def test_words_the_contact_form_as_well() -> None:
    flow = Changes(messages={"utter_contact_title": "Write to us"})
    assert of_flow(flow).say("utter_contact_title", {}) == "Write to us"
    assert of_flow(Changes()).say("utter_contact_title", {}) != "Write to us"
