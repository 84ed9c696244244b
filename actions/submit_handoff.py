"""Sending: store the request, let the delivery loop try at once, say what is recorded."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import recording, slots
from actions.slots import Events
from support import delivery, followups, handoffs, outbox, requests, truth
from support.errors import IncompleteRequest, LimitReached, RequestEnded, SupportDisabled
from support.fields import WORD_JOINER
from support.flow import rehearsed
from support.form_state import is_complete
from support.models import Request
from support.requests import Answer, Line, NewRequest

logger = logging.getLogger(__name__)

# How long a visitor waits for the mail server's yes before reading that it is still being tried.
PATIENCE_SECONDS = 4.0
LOOK_EVERY_SECONDS = 0.05


class SubmitHandoff(Action):
    """Stores the request; the outcome is one of truth.WORDS, 'not_saved', 'limited' or 'off'."""

    def name(self) -> str:
        """The name that the rules use."""
        return "action_submit_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Send what the form collected; the form's own checks are made once more."""
        if tracker.get_slot(slots.CONFIRMATION) is not True or not tracker.get_slot(
            slots.HANDOFF_ID
        ):
            return _reopen()
        if rehearsed.is_rehearsal(tracker.sender_id):
            return _hand_back(dispatcher, tracker)
        try:
            events = await _submit(_new_request(tracker))
        except IncompleteRequest:
            return _reopen()
        except SupportDisabled:
            recording.note_end(tracker, handoffs.OFF)
            return [*slots.forget(tracker), SlotSet(slots.OUTCOME, "off")]
        except LimitReached:
            return [SlotSet(slots.CONFIRMATION, None), SlotSet(slots.OUTCOME, "limited")]
        except SQLAlchemyError as error:
            logger.error("A request could not be stored: %s", type(error).__name__)
            # The answers stay, so that asking again only asks whether to send.
            return [SlotSet(slots.CONFIRMATION, None), SlotSet(slots.OUTCOME, "not_saved")]
        recording.note_end(tracker, handoffs.SENT)
        return events


def _hand_back(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Of a rehearsal nothing is stored, and the team hears nothing."""
    new = _new_request(tracker)
    if not is_complete(new.given, new.fields):
        return _reopen()
    request = rehearsed.to_json(new, delivery.utc_now())
    dispatcher.utter_message(json_message={rehearsed.KEY: request})
    return [
        *slots.forget(tracker),
        SlotSet(slots.REFERENCE, rehearsed.REFERENCE),
        SlotSet(slots.OUTCOME, truth.SENT),
    ]


async def _submit(new: NewRequest) -> Events:
    request = await _stored(new)
    delivery.wake()
    event_id = await _news_of(request.id)
    told = truth.WORDS[await progress_in_time(request.id, event_id)]
    record = truth.tell_of_request if event_id is None else truth.tell
    await asyncio.to_thread(remember_told, record, event_id or request.id, told)
    return [
        SlotSet("reason", None),
        SlotSet(slots.CONFIRMATION, None),
        SlotSet(slots.HANDOFF_ID, None),
        SlotSet(slots.REFERENCE, request.reference),
        SlotSet(slots.OUTCOME, told),
    ]


async def _stored(new: NewRequest) -> Request:
    try:
        return await asyncio.to_thread(requests.submit, new, delivery.utc_now())
    except RequestEnded:
        # The contact form has sent this one, and the team is done with it: these answers are news.
        # The id is the same each time it is tried.
        again = replace(new, handoff_id=f"{new.handoff_id}-again")
        return await asyncio.to_thread(requests.submit, again, delivery.utc_now())


async def _news_of(request_id: int) -> int | None:
    """What tells the team: of a form that the contact form has sent before, it is a correction."""
    try:
        return await asyncio.to_thread(followups.newest_event, request_id)
    except SQLAlchemyError as error:
        # The request is stored by now, so failing to look must not fail.
        logger.error("A request's history cannot be read: %s", type(error).__name__)
        return None


async def progress_in_time(request_id: int, event_id: int | None = None) -> str:
    """How telling the team stands once that is known, or when the visitor's patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    progress = "pending"
    while progress == "pending" and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            progress = await asyncio.to_thread(outbox.progress_of, request_id, event_id)
        except SQLAlchemyError as error:
            # The request is stored by now, so failing to look must not fail.
            logger.error("Progress cannot be read: %s", type(error).__name__)
    return progress


def remember_told(record: Callable[[int, str], None], number: int, told: str) -> None:
    """Record what the visitor is about to read, so that a later truth is told, too."""
    try:
        record(number, told)
    except SQLAlchemyError as error:
        # It is true at this moment, so it is said all the same.
        logger.error("What the visitor is told cannot be stored: %s", type(error).__name__)


def _new_request(tracker: Tracker) -> NewRequest:
    values, asked = slots.answers(tracker), slots.fields(tracker)
    metadata = (tracker.latest_message or {}).get("metadata") or {}
    page_url = metadata.get("page_url")
    return NewRequest(
        handoff_id=tracker.get_slot(slots.HANDOFF_ID),
        conversation_id=tracker.sender_id,
        name=values.get("name", ""),
        email=values.get("email"),
        phone=values.get("phone"),
        reason=values.get("reason", ""),
        channel=tracker.get_latest_input_channel() or "",
        page_url=page_url if isinstance(page_url, str) else None,
        transcript=_transcript(tracker),
        unverified=slots.state(tracker).unverified,
        client=metadata.get("client"),
        answers=[
            Answer(each.name, each.label, values[each.name])
            for each in asked
            if not each.is_standard and each.name in values
        ],
        fields=asked,
    )


def _transcript(tracker: Tracker) -> list[Line]:
    who = {"user": "visitor", "bot": "assistant"}
    return [
        Line(event["timestamp"], who[event["event"]], event["text"].removeprefix(WORD_JOINER))
        for event in tracker.events
        if event["event"] in who and event.get("text")
    ]


def _reopen() -> Events:
    """Something is missing after all: ask for it."""
    return [SlotSet(slots.CONFIRMATION, None), FollowupAction(slots.FORM)]
