"""The slots that the actions share with domain.yml, and reading them from a tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from support import delivery, reading
from support.form import FormState
from support.form_fields import Fields

FORM = "handoff_form"
CONFIRMATION = reading.CONFIRMATION
OUTCOME = "handoff_outcome"
PROBLEM = "handoff_problem"
STATE = "handoff_state"
SUGGESTION = "email_suggestion"
# What the running model asks for, put there by the published flow; empty for the standard fields.
FIELDS = "handoff_fields"
REQUESTED = "requested_slot"
HANDOFF_ID = "handoff_id"
OFFER = "offer"
REFERENCE = "reference"

Events = list[dict[str, Any]]
# Answers are read as anything, offers included; a "yes" after a form must not open it again.
NO_OFFER = SlotSet(OFFER, "none")


def fields(tracker: Tracker) -> Fields:
    """The fields that the running model asks for."""
    return Fields.from_json(tracker.get_slot(FIELDS), delivery.utc_now().date())


def answers(tracker: Tracker) -> dict[str, str]:
    """What the visitor has given so far, by field."""
    given = {name: tracker.get_slot(name) for name in fields(tracker).names}
    return {name: value for name, value in given.items() if value}


def state(tracker: Tracker) -> FormState:
    """The form as the visitor's last message left it."""
    problem, asked = tracker.get_slot(PROBLEM), tracker.get_slot(REQUESTED)
    kept = tracker.get_slot(STATE)
    return FormState.from_json(answers(tracker), asked, problem, kept, fields(tracker))


def set_state(state: FormState) -> Events:
    """Events that keep the form for the next message, but for the question and its wording."""
    kept = [SlotSet(STATE, state.to_json()), SlotSet(SUGGESTION, state.suggestion)]
    return [*set_answers(dict(state.values), state.fields), *kept]


def silence(tracker: Tracker) -> float:
    """Seconds between the visitor's last two messages; 0 when there is only one."""
    said = [event["timestamp"] for event in tracker.events if event["event"] == "user"]
    return float(said[-1] - said[-2]) if len(said) > 1 else 0.0


def set_answers(values: dict[str, str], asked: Fields) -> Events:
    """Events that make `values` all that is known; a field that is not in it is emptied."""
    return [SlotSet(name, values.get(name)) for name in asked.names]


def forget(tracker: Tracker) -> Events:
    """Events that empty the form."""
    emptied = (CONFIRMATION, HANDOFF_ID, STATE, SUGGESTION)
    return [*set_answers({}, fields(tracker)), *(SlotSet(name, None) for name in emptied)]


def message_before(tracker: Tracker) -> str | None:
    """What the visitor said before the message being answered."""
    said = [event["text"] for event in tracker.events if event["event"] == "user" and event["text"]]
    return said[-2] if len(said) > 1 else None
