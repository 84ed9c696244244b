"""How a visitor's way through the contact form stands, read from what the form has just decided."""

from __future__ import annotations

import uuid

from rasa_sdk import Tracker

from actions import slots
from actions.slots import Events
from support import delivery, handoffs
from support.flow import rehearsed
from support.handoffs import Seen

# Of the form's outcomes; the others are no way through the form. What is to be sent is open yet.
ENDS = {
    None: handoffs.OPEN,
    "send": handoffs.OPEN,
    "cancelled": handoffs.STOPPED,
    "left": handoffs.LEFT,
    "off": handoffs.OFF,
}


def note_step(tracker: Tracker, events: Events) -> None:
    """Record what one step of the form has come to."""
    decided = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    if decided.get(slots.OUTCOME) in ENDS:
        outcome = ENDS[decided.get(slots.OUTCOME)]
        known = decided.get(slots.HANDOFF_ID) or tracker.get_slot(slots.HANDOFF_ID)
        asked = decided.get(slots.REQUESTED) or tracker.get_slot(slots.REQUESTED)
        # Who asks while it is off has no form yet, and is counted all the same.
        _note(tracker, known or uuid.uuid4().hex, outcome, asked)


def note_end(tracker: Tracker, outcome: str) -> None:
    """Record that the form was sent, or could not be because it is off."""
    _note(tracker, tracker.get_slot(slots.HANDOFF_ID), outcome, None)


def _note(tracker: Tracker, handoff_id: str, outcome: str, question: str | None) -> None:
    if rehearsed.is_rehearsal(tracker.sender_id):
        return
    now = delivery.utc_now()
    handoffs.note(Seen(handoff_id, tracker.sender_id, outcome, question, now))
