"""What was said in a conversation, read from Rasa's tracker store: no second copy is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.conversation_store import ConversationStore
from components.voice import Replay
from support.fields import WORD_JOINER

logger = logging.getLogger(__name__)

# How far back a visitor can scroll, and how late a message can be repeated and still be known.
LENGTH = 200
Event = dict[str, Any]


async def events(agent: Agent, conversation: str) -> list[Event]:
    """The newest `LENGTH` events in which somebody says something, oldest first.

    Raises SQLAlchemyError when the store cannot be read.
    """
    store = _store(agent)
    return await asyncio.to_thread(store.sayings, conversation, LENGTH) if store else []


async def messages(said: Sequence[Event]) -> list[dict[str, Any]]:
    """The events as the web chat shows them, `from` the visitor or the assistant.

    A button that was pressed shows as its title, and what the assistant said has the same ids and
    parts as when it was said.
    """
    shown: list[dict[str, Any]] = []
    titles: dict[str, str] = {}
    for event in said:
        if event["event"] == "bot":
            titles |= _titles(event)
            shown += await _assistant(event)
        elif event.get("text") and not (event.get("metadata") or {}).get("is_external"):
            shown.append(visitor(event["message_id"], event["timestamp"], event["text"], titles))
            titles = {}
    return shown


def visitor(
    message_id: str, timestamp: float, text: str, titles: Mapping[str, str]
) -> dict[str, Any]:
    """A visitor's message as the web chat shows it. titles: of the buttons, by payload."""
    typed = text.removeprefix(WORD_JOINER) if text.startswith(WORD_JOINER + "/") else text
    return {
        "from": "visitor",
        "message_id": message_id,
        "timestamp": timestamp,
        "text": titles.get(text, typed),
    }


def offered(said: Sequence[Event]) -> dict[str, str]:
    """The titles, by payload, of the buttons offered since the visitor's last message."""
    titles: dict[str, str] = {}
    for event in reversed(said):
        if event["event"] != "bot":
            break
        titles = _titles(event) | titles
    return titles


def holds(said: Sequence[Event], message_id: str) -> bool:
    """Whether the visitor's message with this id is among the events."""
    return any(event["event"] == "user" and event["message_id"] == message_id for event in said)


async def record(
    agent: Agent,
    conversation: str,
    said: Sequence[Mapping[str, Any]],
    answering: str | None = None,
) -> bool:
    """Store what the assistant said outside of Rasa's dialogue, so that it stays in the history.

    said: Rasa's messages with `text`, `timestamp` and more. answering: the id of the visitor's
    message that they answer; they are not stored when that was not, nor in a conversation that has
    not begun. Whether they are stored. Raises LockError when Rasa's lock store cannot be used.
    """
    async with agent.lock_store.lock(conversation):
        tracker = await agent.tracker_store.retrieve(conversation)
        if tracker is None or answering not in (None, _last_id(tracker)):
            return False
        for message in said:
            data = {key: value for key, value in message.items() if key not in _OWN}
            tracker.update(BotUttered(message.get("text"), data, timestamp=message["timestamp"]))
        await agent.tracker_store.save(tracker)
        return True


async def forget(agent: Agent, conversation: str) -> bool:
    """Delete everything that was said; whether the store can do that.

    Raises SQLAlchemyError when it fails, LockError when Rasa's lock store cannot be used.
    """
    store = _store(agent)
    if store is None:
        logger.error("Only a ConversationStore deletes conversations: see endpoints.yml.")
        return False
    # A turn that is being taken would else store its whole conversation anew.
    async with agent.lock_store.lock(conversation):
        await asyncio.to_thread(store.forget, conversation)
    return True


_OWN = ("text", "timestamp")


def _store(agent: Agent) -> ConversationStore | None:
    store = agent.tracker_store
    return store if isinstance(store, ConversationStore) else None


def _last_id(tracker: DialogueStateTracker) -> str | None:
    message = tracker.latest_message
    return message.message_id if message else None


def _titles(event: Event) -> dict[str, str]:
    data = event.get("data") or {}
    buttons = [*(data.get("buttons") or ()), *(data.get("quick_replies") or ())]
    return {button["payload"]: button["title"] for button in buttons}


async def _assistant(event: Event) -> list[dict[str, Any]]:
    replay = Replay()
    said = BotUttered(event.get("text"), event.get("data"), event.get("metadata"))
    await replay.send_response("", {**said.message(), "timestamp": event["timestamp"]})
    return [{"from": "assistant", **message} for message in replay.messages]
