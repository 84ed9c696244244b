"""The slots that the actions share with domain.yml, and reading them from a tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from support import reading
from support.form import NAMES, FormState

FORM = "handoff_form"
CONFIRMATION = reading.CONFIRMATION
OUTCOME = "handoff_outcome"
PROBLEM = "handoff_problem"
STATE = "handoff_state"
SUGGESTION = "email_suggestion"
REQUESTED = "requested_slot"
HANDOFF_ID = "handoff_id"
OFFER = "offer"
REFERENCE = "reference"

Events = list[dict[str, Any]]
# Answers are read as anything, offers included; a "yes" after a form must not open it again.
NO_OFFER = SlotSet(OFFER, "none")


def answers(tracker: Tracker) -> dict[str, str]:
    """What the visitor has given so far, by field."""
    given = {name: tracker.get_slot(name) for name in NAMES}
    return {name: value for name, value in given.items() if value}


def state(tracker: Tracker) -> FormState:
    """The form as the visitor's last message left it."""
    problem, asked = tracker.get_slot(PROBLEM), tracker.get_slot(REQUESTED)
    return FormState.from_json(answers(tracker), asked, problem, tracker.get_slot(STATE))


def set_state(state: FormState) -> Events:
    """Events that keep the form for the next message, but for the question and its wording."""
    kept = [SlotSet(STATE, state.to_json()), SlotSet(SUGGESTION, state.suggestion)]
    return [*set_answers(dict(state.values)), *kept]


def silence(tracker: Tracker) -> float:
    """Seconds between the visitor's last two messages; 0 when there is only one."""
    said = [event["timestamp"] for event in tracker.events if event["event"] == "user"]
    return float(said[-1] - said[-2]) if len(said) > 1 else 0.0


def set_answers(values: dict[str, str]) -> Events:
    """Events that make `values` all that is known; a field that is not in it is emptied."""
    return [SlotSet(name, values.get(name)) for name in NAMES]


def forget() -> Events:
    """Events that empty the form."""
    emptied = (CONFIRMATION, HANDOFF_ID, STATE, SUGGESTION)
    return [*set_answers({}), *(SlotSet(name, None) for name in emptied)]


def message_before(tracker: Tracker) -> str | None:
    """What the visitor said before the message being answered."""
    said = [event["text"] for event in tracker.events if event["event"] == "user" and event["text"]]
    return said[-2] if len(said) > 1 else None
