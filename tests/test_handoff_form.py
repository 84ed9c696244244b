"""The form's action: from Rasa's slots to the form's step, and back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.handoff_form import ValidateHandoffForm
from tests.stored import switch_on

pytestmark = pytest.mark.usefixtures("db")


def run(
    slots: dict[str, Any], *said: tuple[float, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The slots that the action sets, and what it says, after these messages (when, text)."""
    switch_on()
    events = [{"event": "user", "timestamp": at, "text": text} for at, text in said]
    latest = {"text": said[-1][1], "intent": {"name": "out_of_scope"}}
    tracker = Tracker("visitor", slots, latest, events, False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    set_slots = asyncio.run(ValidateHandoffForm().run(dispatcher, tracker, {}))
    return {event["name"]: event["value"] for event in set_slots}, dispatcher.messages


def test_goes_on_with_what_it_kept() -> None:
    slots, _ = run({"requested_slot": "name"}, (0, "agent"), (1, "12345"))
    assert (slots["requested_slot"], slots["handoff_problem"]) == ("name", "invalid_name")
    slots, _ = run(slots, (1, "12345"), (2, "12345"))
    slots, _ = run(slots, (2, "12345"), (3, "12345"))
    assert (slots["name"], slots["requested_slot"]) == ("12345", "email")
    assert slots["handoff_state"]["unverified"] == ["name"]


def test_answers_a_question_by_a_response_and_asks_again() -> None:
    slots, said = run({"requested_slot": "phone", "name": "Ann"}, (0, "why do you need my phone?"))
    assert [message["response"] for message in said] == ["utter_why_phone"]
    assert (slots["requested_slot"], slots["name"]) == ("phone", "Ann")


def test_notices_a_long_silence() -> None:
    slots, _ = run({"requested_slot": "name"}, (0, "agent"), (90_000, "hi again"))
    assert (slots["requested_slot"], slots["handoff_problem"]) == ("name", "welcome_back")
    assert slots["name"] is None
    slots, _ = run({"requested_slot": "name"}, (0, "agent"), (60, "Ann"))
    assert slots["name"] == "Ann"


def test_hands_a_suggestion_to_the_question() -> None:
    slots, _ = run({"requested_slot": "email", "name": "Ann"}, (0, "ann@gmial.com"))
    assert slots["email_suggestion"] == "ann@gmail.com"
    slots, _ = run(slots, (0, "ann@gmial.com"), (1, "yes"))
    assert (slots["email"], slots["email_suggestion"]) == ("ann@gmail.com", None)


def test_leaves_and_keeps_the_answers() -> None:
    kept = {"unclear": 2}
    slots, _ = run(
        {
            "requested_slot": "handoff_confirmed",
            "handoff_problem": "unclear_again",
            "handoff_state": kept,
            "name": "Ann",
            "email": "ann@example.org",
            "phone": "+12025550123",
            "reason": "my order",
        },
        (0, "hm"),
    )
    assert (slots["handoff_outcome"], slots["requested_slot"]) == ("left", None)
    assert (slots["name"], slots["handoff_problem"]) == ("Ann", None)


def test_forgets_what_it_kept_when_the_visitor_cancels() -> None:
    slots, _ = run({"requested_slot": "email", "name": "Ann"}, (0, "cancel"))
    assert (slots["handoff_outcome"], slots["name"]) == ("cancelled", None)
    assert slots["handoff_state"] is None
