"""The talk about a stored request: one call for each message while it lasts, and one to begin."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import followup_slots as ours
from actions import slots
from actions.slots import Events
from support import delivery, followup_form, lookups, reading, settings
from support.followup_form import Own, Step

ASKS_STATUS = "ask_request_status"


class ValidateFollowupForm(Action):
    """Reads the visitor's message and says what is asked next, or how the talk ends.

    Like the other form's, it always names the next question, or none.
    """

    def name(self) -> str:
        """The name by which the form finds it."""
        return f"validate_{ours.FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """One step of the talk."""
        current = await asyncio.to_thread(settings.current)
        text = (tracker.latest_message or {}).get("text") or ""
        asked = tracker.get_slot(slots.REQUESTED)
        # A question left from an earlier session is not what this message answers.
        if (tracker.active_loop or {}).get("name") == ours.FORM and asked:
            state = ours.state_of(tracker)
            step = followup_form.answer(
                text,
                asked,
                state,
                current.phone_region,
                enabled=current.enabled,
                form=slots.fields(tracker),
            )
            return _events(step, tracker)
        return await _begin(tracker, text, current)


async def _begin(tracker: Tracker, text: str, current: settings.Settings) -> Events:
    now = delivery.utc_now()
    found = await asyncio.to_thread(lookups.of_conversation, tracker.sender_id, now)
    own = Own(found.reference, found.state, found.is_open) if found else None
    intent = tracker.get_intent_of_latest_message()
    offered = slots.message_before(tracker) if intent == "affirm" else None
    if offered and not reading.tells_something(offered, current.phone_region):
        offered = None
    step = followup_form.open_followup(
        text, own, offered, asks_status=intent == ASKS_STATUS, enabled=current.enabled
    )
    return [*(ours.words_about(found, now) if found else []), *_events(step, tracker)]


def _events(step: Step, tracker: Tracker) -> Events:
    state = dict(step.state)
    if step.outcome == "another":
        state = {ours.ANOTHER: ours.message_id(tracker) or ""}
    events = [
        SlotSet(ours.STATE, state or None),
        SlotSet(ours.WORDING, step.wording),
        SlotSet(ours.TEXT, step.state.get("text")),
        slots.NO_OFFER,
        SlotSet(slots.REQUESTED, step.ask),
    ]
    return events if step.outcome is None else [SlotSet(ours.OUTCOME, step.outcome), *events]
