"""Recording what the visitor said about a request, and looking up how one stands."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import followup_slots as ours
from actions import slots
from actions.slots import Events
from actions.submit_handoff import progress_in_time, remember_told
from support import database, delivery, followups, lookups, requests, truth
from support.errors import LimitReached, RequestEnded, SupportDisabled, TooManyTries
from support.form_fields import Fields
from support.models import RequestEvent

logger = logging.getLogger(__name__)
DONE = {"add": "added", "correct": "corrected", "cancel": "cancelled"}


class SendFollowup(Action):
    """Records what was said and has it sent.

    The outcome is one of DONE's, 'same', 'ended', 'off', 'limited' or 'not_saved'.
    """

    def name(self) -> str:
        """The name that the rules use."""
        return "action_send_followup"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Do what the talk has found out that the visitor wants."""
        state = ours.state_of(tracker)
        forget = [SlotSet(ours.STATE, None), SlotSet(ours.TEXT, None)]
        try:
            return [*await _send(state, slots.fields(tracker)), *forget]
        except RequestEnded:
            return [SlotSet(ours.OUTCOME, "ended"), *forget]
        except SupportDisabled:
            return [SlotSet(ours.OUTCOME, "off"), *forget]
        except LimitReached:
            return [SlotSet(ours.OUTCOME, "limited"), *forget]
        except SQLAlchemyError as error:
            logger.error("News of a request could not be stored: %s", type(error).__name__)
            return [SlotSet(ours.OUTCOME, "not_saved"), *forget]


class LookUpRequest(Action):
    """Says how the request with this reference and e-mail address stands.

    The outcome is 'status_only', 'unknown' or 'limited'.
    """

    def name(self) -> str:
        """The name that the rules use."""
        return "action_look_up_request"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Look, if not too often."""
        state = ours.state_of(tracker)
        now = delivery.utc_now()
        forget = [SlotSet(ours.STATE, None)]
        try:
            found = await asyncio.to_thread(
                lookups.by_reference_and_email,
                state.get("lookup", ""),
                state.get("email", ""),
                tracker.sender_id,
                now,
            )
        except TooManyTries:
            return [SlotSet(ours.OUTCOME, "limited"), *forget]
        if found is None:
            return [SlotSet(ours.OUTCOME, "unknown"), *forget]
        return [SlotSet(ours.OUTCOME, "status_only"), *ours.words_about(found, now), *forget]


async def _send(state: dict[str, str], asked: Fields) -> Events:
    event = await asyncio.to_thread(_record, state, asked)
    if event is None:
        return [SlotSet(ours.OUTCOME, "same")]
    delivery.wake()
    told = truth.WORDS[await progress_in_time(event.request_id, event.id)]
    await asyncio.to_thread(remember_told, truth.tell, event.id, told)
    return [
        SlotSet(ours.OUTCOME, DONE[state["do"]]),
        SlotSet(ours.TOLD, told),
        SlotSet(slots.REFERENCE, state["reference"]),
        SlotSet(ours.CORRECTED, state.get("field")),
        SlotSet(ours.VALUE, state.get("value")),
        *_corrected_answer(state),
    ]


def _record(state: dict[str, str], asked: Fields) -> RequestEvent | None:
    now = delivery.utc_now()
    with database.read_scope() as session:
        request = requests.find(session, state.get("reference", ""))
    if request is None:
        raise RequestEnded()
    if state["do"] == "add":
        return followups.add(request.id, state["text"], now)
    if state["do"] == "correct":
        labels = {each.name: each.label for each in asked}
        return followups.correct(request.id, {state["field"]: state["value"]}, now, labels)
    return followups.cancel(request.id, now)


def _corrected_answer(state: dict[str, str]) -> Events:
    """A corrected name or address is right for the visitor's next request, too."""
    if state["do"] != "correct" or state["field"] == "reason":
        return []
    return [SlotSet(state["field"], state["value"])]
