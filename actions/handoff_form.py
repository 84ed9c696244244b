"""The form: one call for each message of the visitor while it is open, and one to open it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import opening, recording, slots
from actions.slots import Events
from support import form, settings
from support.flow import rehearsed
from support.form import Step

logger = logging.getLogger(__name__)


class ValidateHandoffForm(Action):
    """Reads the visitor's message and says what the form asks next, or how it ends.

    It always names the next question, so that Rasa calls it once a message (forms.py runs it again
    when it set nothing), and never fills the last slot of the form without an outcome.
    """

    def name(self) -> str:
        """The name by which the form finds it."""
        return f"validate_{slots.FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """One step of the form, counted."""
        events = await self._step(dispatcher, tracker)
        recording.note_step(tracker, events)
        return events

    async def _step(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        asked = tracker.get_slot(slots.REQUESTED)
        if asked is None:
            if await opening.has_open_request(tracker):
                return [*opening.nothing_left(), *_end("open_request")]
            await opening.forget_what_was_sent(tracker)
        try:
            current = await asyncio.to_thread(settings.current)
        except SQLAlchemyError as error:
            if asked is None:
                raise
            # The switch is checked again before anything is stored, so the talk can go on.
            logger.error("Settings cannot be read: %s", type(error).__name__)
            current = settings.DEFAULTS
        else:
            if not current.enabled and not rehearsed.is_rehearsal(tracker.sender_id):
                return [*slots.forget(tracker), *_end("off")]
        region = current.phone_region
        if asked is None:
            step = _open(tracker, region)
        else:
            silence = slots.silence(tracker)
            step = form.answer(slots.state(tracker), _text(tracker), region, silence)
        if step.outcome == "cancelled" and await opening.was_stored(tracker):
            # Rasa died between storing and saying so: "nothing was sent" would be false.
            return [*opening.nothing_left(), *_end("open_request")]
        if step.say:
            dispatcher.utter_message(response=f"utter_{step.say}")
        return _events(step, tracker)


def _open(tracker: Tracker, region: str) -> Step:
    if opening.wants_another(tracker):
        # "Something else entirely" is no reason.
        return form.open_form("", slots.state(tracker), region)
    earlier = None
    if tracker.get_intent_of_latest_message() == "affirm":
        earlier = slots.message_before(tracker)
    return form.open_form(_text(tracker), slots.state(tracker), region, earlier)


def _events(step: Step, tracker: Tracker) -> Events:
    if step.outcome == "cancelled":
        return [*slots.forget(tracker), *_end("cancelled")]
    events = slots.set_state(step.state)
    # Kept until the request is stored: trying again sends the same form, not another one.
    handoff_id = tracker.get_slot(slots.HANDOFF_ID) or uuid.uuid4().hex
    events.append(SlotSet(slots.HANDOFF_ID, handoff_id))
    if step.outcome == "send":
        return [*events, SlotSet(slots.CONFIRMATION, True), *_end("send")]
    if step.outcome == "left":
        return [*events, *_end("left")]
    return [
        *events,
        slots.NO_OFFER,
        SlotSet(slots.PROBLEM, step.state.problem),
        SlotSet(slots.REQUESTED, step.state.asked),
    ]


def _end(outcome: str) -> Events:
    """Close the form; the rules choose the words by the outcome."""
    return [
        SlotSet(slots.OUTCOME, outcome),
        slots.NO_OFFER,
        SlotSet(slots.PROBLEM, None),
        SlotSet(slots.REQUESTED, None),
    ]


def _text(tracker: Tracker) -> str:
    return (tracker.latest_message or {}).get("text") or ""
