"""Whether a flow may go live, and what its designer is warned of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from support.flow import document, project, verdict
from support.flow.document import FlowField, Mail
from support.flow.labelled import Labelled, Outcome

FILES = document.default(project.read())
NOW = {"found_at_once": 99.0, "found_with_offer": 100.0, "false_starts": 0.0}


@pytest.mark.parametrize(
    "change, refused",
    [
        ({}, False),
        ({"found_at_once": 98.0}, False),
        ({"found_at_once": 97.9}, True),
        ({"found_with_offer": 98.5}, True),
        ({"false_starts": 0.25}, False),
        ({"false_starts": 0.48}, True),
        ({"found_at_once": 100.0}, False),
    ],
)
def test_refuses_what_understands_less_than_is_tolerated(
    change: dict[str, float], refused: bool
) -> None:
    then = {**NOW, **change}
    found = [*verdict.asks_lost(NOW, then), *verdict.false_starts_gained(NOW, then)]
    assert bool(found) == refused
    assert all(str(value) in found[0] for value in change.values() if refused)


def test_lists_messages_whose_outcome_is_another() -> None:
    labelled = [Labelled("ask", "g", "a person"), Labelled("background", "g", "boolean operator")]
    now = [("request_human", Outcome.STARTS), ("out_of_scope", Outcome.OFFERS)]
    then = [("request_human", Outcome.STARTS), ("request_human", Outcome.STARTS)]
    (flip,) = verdict.flips(labelled, now, then)
    assert (flip["text"], flip["right_now"], flip["right_then"]) == (
        "boolean operator",
        True,
        False,
    )


def warned(fields: tuple[FlowField, ...] = (), **more: Any) -> str:
    flow = replace(FILES, fields=(*FILES.fields, *fields), **more)
    return " ".join(verdict.warnings(flow, []))


def test_warns_of_nothing_in_the_files() -> None:
    assert warned() == ""


def test_warns_of_a_mail_without_the_reference() -> None:
    mail = Mail("{{ name }} asks", "{{ reason }}")
    assert warned(notification=mail) == "The mail does not say the reference."
    assert warned(notification=replace(mail, subject="{{ reference }}")) == ""


def test_warns_of_a_field_that_nobody_can_skip() -> None:
    assert "Nobody can skip the field “Order”" in warned(
        (FlowField("a", "text", True, "Order", "?"),)
    )
    assert warned((FlowField("a", "text", False, "Order", "?"),)) == ""


def test_warns_of_a_message_without_the_reference() -> None:
    silent = {**FILES.messages, "utter_request_sent": "Done."}
    assert "utter_request_sent does not say the reference" in warned(messages=silent)


def test_warns_of_a_question_that_says_an_answer_not_given_yet() -> None:
    assert "{email}" in warned((FlowField("a", "text", False, "Order", "Is {email} right?"),))


def test_warns_of_phrases_that_are_not_understood_or_mean_something_else_too() -> None:
    phrase = {"text": "hello you", "understood": False, "intent": "greet", "confidence": 0.8}
    near = {"text": "hello there", "intent": "greet", "likeness": 0.9}
    said = verdict.warnings(FILES, [{**phrase, "also_fits": [near]}])
    assert said[0] == ("“hello you” is not understood as asking for a person even so: greet, 80%.")
    assert said[1] == "“hello you” also fits greet: it is like “hello there”."
