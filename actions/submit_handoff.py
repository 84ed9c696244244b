"""Sending: store the request, let the delivery loop try at once, say what is recorded."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import slots
from actions.slots import Events
from support import delivery, form, outbox, requests, settings
from support.errors import IncompleteRequest, SupportDisabled
from support.fields import WORD_JOINER
from support.requests import Line, NewRequest

logger = logging.getLogger(__name__)

# How long a visitor waits for the mail server's yes before reading that it is still being tried.
PATIENCE_SECONDS = 4.0
LOOK_EVERY_SECONDS = 0.05


class SubmitHandoff(Action):
    """Stores the request and reports 'sent', 'saved', 'not_saved' or 'off'."""

    def name(self) -> str:
        """The name that the rules use."""
        return "action_submit_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Send what the form collected; the form's own checks are made once more."""
        if tracker.get_slot(form.CONFIRMATION) is not True or not tracker.get_slot(
            slots.HANDOFF_ID
        ):
            return _reopen()
        try:
            return await _submit(_new_request(tracker))
        except IncompleteRequest:
            return _reopen()
        except SupportDisabled:
            current = await _settings()
            return [*slots.forget(), *_outcome("off", current.alternative_contact)]
        except SQLAlchemyError as error:
            logger.error("A request could not be stored: %s", type(error).__name__)
            # The answers stay, so that asking again only asks whether to send.
            return [SlotSet(form.CONFIRMATION, None), *_outcome("not_saved")]


async def _submit(new: NewRequest) -> Events:
    request = await asyncio.to_thread(requests.submit, new, delivery.utc_now())
    delivery.wake()
    accepted = await _accepted_in_time(request.id)
    current = await _settings()
    return [
        SlotSet("reason", None),
        SlotSet(form.CONFIRMATION, None),
        SlotSet(slots.HANDOFF_ID, None),
        SlotSet(slots.REFERENCE, request.reference),
        SlotSet(slots.RESPONSE_TIME, current.response_time),
        *_outcome("sent" if accepted else "saved", current.alternative_contact),
    ]


async def _accepted_in_time(request_id: int) -> bool:
    """Whether the team has been told, looking until it has, has failed, or patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            progress = await asyncio.to_thread(outbox.progress_of, request_id)
        except SQLAlchemyError:
            return False
        if progress != "pending":
            return progress == "accepted"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return False


async def _settings() -> settings.Settings:
    """The settings in force; the request is stored by now, so failing to read them must not fail."""
    try:
        return await asyncio.to_thread(settings.current)
    except SQLAlchemyError as error:
        logger.error("Settings cannot be read: %s", type(error).__name__)
        return settings.DEFAULTS


def _new_request(tracker: Tracker) -> NewRequest:
    values = slots.answers(tracker)
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
    )


def _transcript(tracker: Tracker) -> list[Line]:
    who = {"user": "visitor", "bot": "assistant"}
    return [
        Line(event["timestamp"], who[event["event"]], event["text"].removeprefix(WORD_JOINER))
        for event in tracker.events
        if event["event"] in who and event.get("text")
    ]


def _outcome(outcome: str, alternative: str | None = None) -> Events:
    events = [SlotSet(slots.OUTCOME, outcome)]
    if alternative is not None:
        events.append(SlotSet(slots.ALTERNATIVE, alternative))
    return events


def _reopen() -> Events:
    """Something is missing after all: ask for it."""
    return [SlotSet(form.CONFIRMATION, None), FollowupAction(slots.FORM)]
