"""The flow as a document: what is accepted, what is refused where, and what it changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from support.errors import FlowError
from support.flow import checking, document, project, words, yaml_file
from support.flow.document import Changes, Flow

PROJECT = project.read()
FILES = document.default(PROJECT)
Change = Callable[[dict[str, Any]], Any]
ORDER = {"name": "order_number", "type": "text", "question": "Which order?"}


def changed(change: Change) -> Flow:
    """The flow after a designer has changed something in the document."""
    sent = copy.deepcopy(FILES.to_json())
    change(sent)
    return checking.checked(sent, FILES, PROJECT)


def problems(change: Change) -> dict[str, str]:
    """What is wrong, by place."""
    with pytest.raises(FlowError) as refused:
        changed(change)
    return dict(refused.value.problems)


def with_field(**options: Any) -> Change:
    """The designer adds a field."""
    return lambda sent: sent["fields"].append({**ORDER, **options})


def test_is_what_the_files_say_when_nothing_is_changed() -> None:
    flow = changed(lambda sent: None)
    assert flow == FILES
    assert document.changes_of(flow, PROJECT) == Changes()
    assert Changes().fingerprint == ""


def test_has_all_phrases_fields_and_sentences_of_the_files() -> None:
    assert len(FILES.trigger_phrases) == len(PROJECT.phrases) > 500
    assert [field.name for field in FILES.fields] == ["name", "email", "phone", "reason"]
    assert FILES.fields[0].question.endswith("what's your name?")
    assert FILES.fields[1].error.startswith("That doesn't look like an e-mail address")
    assert "utter_request_sent" in FILES.messages
    assert "utter_request_saved[other_ways=unknown]" in FILES.messages


def test_stores_the_changes_alone_and_gives_the_whole_back() -> None:
    def change(sent: dict[str, Any]) -> None:
        sent["trigger_phrases"] = [*sent["trigger_phrases"][1:], "fetch me a clerk"]
        sent["fields"].insert(2, ORDER)
        sent["messages"]["utter_thank"] = "Any time!"
        sent["notification"]["subject"] = "{{ reference }}"
        sent["chat_message"]["title"] = "{{ name }}"

    flow = changed(change)
    stored = document.changes_of(flow, PROJECT).to_json()
    assert stored["phrases_added"] == ["fetch me a clerk"]
    assert stored["phrases_removed"] == [FILES.trigger_phrases[0]]
    assert stored["messages"] == {"utter_thank": "Any time!"}
    assert document.laid_over(Changes.from_json(stored), PROJECT) == flow


def test_is_in_each_version_what_a_developer_adds_to_the_files_later() -> None:
    changes = Changes(phrases_added=("fetch me a clerk",))
    examples = {**PROJECT.examples, "a new one": project.TRIGGER}
    later = project.Project(PROJECT.domain, examples)
    assert {"a new one", "fetch me a clerk"} <= set(
        document.laid_over(changes, later).trigger_phrases
    )


def test_keeps_a_section_that_is_left_out_and_says_a_message_that_is_left_out_as_the_files() -> (
    None
):
    before = changed(lambda sent: sent["messages"].update(utter_thank="Any time!"))
    kept = checking.checked({"trigger_phrases": ["a", "b", "c", "d", "e"]}, before, PROJECT)
    assert kept.messages["utter_thank"] == "Any time!"
    again = checking.checked({"messages": {}}, before, PROJECT)
    assert again.messages == FILES.messages


def test_takes_a_phrase_that_is_there_twice_once() -> None:
    flow = changed(lambda s: s["trigger_phrases"].extend(["Fetch me  a clerk", "fetch me a CLERK"]))
    assert len(flow.trigger_phrases) == len(FILES.trigger_phrases) + 1


@pytest.mark.parametrize(
    "change, place, why",
    [
        (lambda s: s.update(extra=1), "extra", "no such section"),
        (lambda s: s.update(trigger_phrases="a"), "trigger_phrases", "list of texts"),
        (lambda s: s.update(trigger_phrases=["a"]), "trigger_phrases", "at least 5"),
        (lambda s: s["trigger_phrases"].insert(0, "?!"), "trigger_phrases[0]", "empty"),
        (lambda s: s["trigger_phrases"].insert(0, "a" * 201), "trigger_phrases[0]", "201"),
        (lambda s: s["trigger_phrases"].insert(0, "/restart"), "trigger_phrases[0]", "/"),
        (lambda s: s["trigger_phrases"].insert(0, "[a](b)"), "trigger_phrases[0]", "brackets"),
        (lambda s: s["trigger_phrases"].insert(0, "Hello"), "trigger_phrases[0]", "of greet"),
        (lambda s: s.update(fields=[]), "fields", "list of fields"),
        (lambda s: s.update(fields=["a"]), "fields[0]", "object"),
        (with_field(name="Order"), "fields[4].name", "lower case"),
        (with_field(name="order__number"), "fields[4].name", "single underscores"),
        (with_field(name="handoff_x"), "fields[4].name", "used by the assistant"),
        (with_field(name="reference"), "fields[4].name", "used by the assistant"),
        (with_field(name="answers"), "fields[4].name", "used by the assistant"),
        (with_field(name="name", label="X"), "fields[4].name", "twice"),
        (with_field(name="surname", label="Name"), "fields[4].label", "Another field"),
        (with_field(type="file"), "fields[4].type", "none of"),
        (with_field(required="yes"), "fields[4].required", "true or false"),
        (with_field(question=" "), "fields[4].question", "empty"),
        (with_field(question="Which {order}?"), "fields[4].question", "{order}"),
        (with_field(label="{x}"), "fields[4].label", "without braces"),
        (lambda s: s["fields"].append({1: "a", "foo": "b"}), "fields[4].1", "A field has only"),
        (with_field(colour="red"), "fields[4].colour", "A field has only"),
        (with_field(type="choice"), "fields[4].choices", "2 to 20"),
        (with_field(type="choice", choices=["a", "A"]), "fields[4].choices", "twice"),
        (with_field(type="pattern"), "fields[4].pattern", "empty"),
        (with_field(type="number", min="x"), "fields[4].min", "not a number"),
        (with_field(type="number", min=5, max=2), "fields[4].max", "below min"),
        (with_field(type="date", min="24.12."), "fields[4].min", "2026-12-24"),
        (lambda s: s["fields"][1].update(type="text"), "fields[1].type", "always email"),
        (lambda s: s.update(fields=[s["fields"][0], s["fields"][3]]), "fields", "no way to reach"),
        (lambda s: s["messages"].update(utter_new="x"), "messages.utter_new", "no such message"),
        (lambda s: s["messages"].update(utter_thank=""), "messages.utter_thank", "empty"),
        (lambda s: s["messages"].update(utter_thank="a\n{b}"), "messages.utter_thank", "Line 2"),
        (lambda s: s["messages"].update(utter_thank="{"), "messages.utter_thank", "brace"),
        (lambda s: s["messages"].update(utter_ask_name="x"), "messages.utter_ask_name", "a field"),
        (lambda s: s["notification"].update(text="a\n{{ b }}"), "notification.text", "Line 2"),
        (lambda s: s["notification"].update(subject="a\nb"), "notification.subject", "one line"),
        (lambda s: s.update(notification=[]), "notification", "with subject and text"),
        (lambda s: s["chat_message"].update(text="{{ b }}"), "chat_message.text", "Line 1"),
        (lambda s: s["chat_message"].update(title=7), "chat_message.title", "must be text"),
        (lambda s: s["chat_message"].update(subject="a"), "chat_message", "with title and text"),
        (lambda s: s["chat_message"].update(title=""), "chat_message.title", "empty"),
    ],
)
def test_refuses_what_cannot_be_used_and_says_where_and_why(
    change: Change, place: str, why: str
) -> None:
    assert why in problems(change)[place]


def test_says_everything_that_is_wrong_at_once() -> None:
    def change(sent: dict[str, Any]) -> None:
        sent["trigger_phrases"].append("")
        sent["fields"].append({"name": "Bad"})

    assert len(problems(change)) >= 3


def test_says_in_words_what_is_different() -> None:
    def change(sent: dict[str, Any]) -> None:
        sent["trigger_phrases"].append("fetch me a clerk")
        sent["fields"] = [sent["fields"][1], sent["fields"][0], ORDER]
        sent["fields"][0]["required"] = True
        sent["messages"]["utter_thank"] = "Any time!"
        sent["notification"]["text"] = "{{ name }}"
        sent["chat_message"]["title"] = "{{ name }}"

    said = words.differences(FILES, changed(change))
    assert said[0] == "Trigger phrase added: “fetch me a clerk”"
    assert "Field added: “Order number” (order_number, text, optional)" in said
    assert "Field removed: “Phone” (phone)" in said
    assert "Field “E-mail” is now required" in said
    assert any(each.startswith("Fields are asked in another order: E-mail, Name") for each in said)
    assert any(each.startswith("Message utter_thank: “You're welcome!") for each in said)
    assert said[-2] == "Mail, text: changed"
    assert said[-1].endswith(
        "title: “{{ name }} asks for a person ({{ reference }})” → “{{ name }}”"
    )
    assert words.differences(FILES, FILES) == []


def test_comes_back_from_a_file_as_it_went_in() -> None:
    flow = changed(with_field(hint="a: b # c", choices=None))
    text = yaml_file.written(flow.to_json())
    assert text.startswith("#")
    assert checking.checked(yaml_file.read(text), FILES, PROJECT) == flow


@pytest.mark.parametrize(
    "text, why",
    [
        ("a: [", "Line"),
        ("- a", "holds no flow"),
        ("a: &x [1]\nb: *x", "references"),
        ("a: !!python/object/apply:os.system ['true']", "Line 1"),
        ("x" * 2_000_001, "at most"),
        ("[" * 60_000, "too deeply"),
        ("- " * 60_000, "too deeply"),
        ("fields: [{min: 0x" + "f" * 5000 + "}]", "thousands of digits"),
    ],
)
def test_refuses_a_file_that_is_none(text: str, why: str) -> None:
    with pytest.raises(FlowError, match=why):
        yaml_file.read(text)
