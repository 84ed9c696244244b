"""The slots that the actions share with domain.yml, and reading them from a tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from support import reading
from support.form import FIELDS

FORM = "handoff_form"
CONFIRMATION = reading.CONFIRMATION
OUTCOME = "handoff_outcome"
PROBLEM = "handoff_problem"
HANDOFF_ID = "handoff_id"
OFFER = "offer"
REFERENCE = "reference"

Events = list[dict[str, Any]]


def answers(tracker: Tracker) -> dict[str, str]:
    """What the visitor has given so far, by field."""
    given = {name: tracker.get_slot(name) for name in FIELDS}
    return {name: value for name, value in given.items() if value}


def set_answers(values: dict[str, str]) -> Events:
    """Events that make `values` all that is known; a field that is not in it is emptied."""
    return [SlotSet(name, values.get(name)) for name in FIELDS]


def forget() -> Events:
    """Events that empty the form."""
    return [*set_answers({}), SlotSet(CONFIRMATION, None), SlotSet(HANDOFF_ID, None)]
