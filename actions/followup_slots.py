"""The slots of the talk about a stored request, and the values that its words need."""

from __future__ import annotations

import datetime as dt

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions import slots
from actions.slots import Events
from support.ago import ago
from support.lookups import Standing

FORM = "followup_form"
STATE = "followup_state"
# In the state: which message wished for another request.
ANOTHER = "another"
OUTCOME = "followup_outcome"
WORDING = "followup_wording"
TEXT = "followup_text"
TOLD = "followup_told"
CORRECTED = "corrected_field"
VALUE = "corrected_value"
ASKED_AGO = "asked_ago"
REQUEST_STATE = "request_state"


def state_of(tracker: Tracker) -> dict[str, str]:
    """What the talk remembers."""
    return dict(tracker.get_slot(STATE) or {})


def message_id(tracker: Tracker) -> str | None:
    """Rasa's id of the message being answered."""
    found: str | None = (tracker.latest_message or {}).get("message_id")
    return found


def words_about(standing: Standing, now: dt.datetime) -> Events:
    """What sentences about this request say."""
    return [
        SlotSet(slots.REFERENCE, standing.reference),
        SlotSet(ASKED_AGO, ago(standing.asked_at, now)),
        SlotSet(REQUEST_STATE, standing.state),
    ]
