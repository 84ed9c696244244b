"""Before the contact form opens: whether the visitor has asked already, and is still waiting."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions import followup_slots, slots
from actions.slots import Events
from support import delivery, requests

# Of a request that was sent; the rest tells who the visitor is, and is not asked again.
OF_THE_LAST = ("reason", slots.CONFIRMATION, slots.HANDOFF_ID)


def wants_another(tracker: Tracker) -> bool:
    """Whether this very message of the visitor's says that it is about something else.

    The outcome slot cannot tell: opening a form lets Rasa empty it.
    """
    said_in = followup_slots.state_of(tracker).get(followup_slots.ANOTHER)
    return bool(said_in) and said_in == followup_slots.message_id(tracker)


async def has_open_request(tracker: Tracker) -> bool:
    """Whether a request of this conversation is open and the visitor has not asked for another."""
    if wants_another(tracker):
        return False
    now = delivery.utc_now()
    return await asyncio.to_thread(requests.has_open, tracker.sender_id, now)


async def was_stored(tracker: Tracker) -> bool:
    """Whether this very form has become a request already."""
    handoff_id = tracker.get_slot(slots.HANDOFF_ID)
    return bool(handoff_id) and await asyncio.to_thread(requests.is_stored, handoff_id)


async def forget_what_was_sent(tracker: Tracker) -> None:
    """Take what belonged to the last request out of the tracker, if that one was stored.

    It may be there still: Rasa loses an action's events when the answer is late.
    """
    if await was_stored(tracker) or wants_another(tracker):
        tracker.slots.update(dict.fromkeys(OF_THE_LAST))


def nothing_left() -> Events:
    """Events that empty what belonged to the last request."""
    return [SlotSet(name, None) for name in OF_THE_LAST]
