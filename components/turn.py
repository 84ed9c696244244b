"""One turn: a visitor's message in, at least one answer out, whatever happens in between.

Stock Rasa answers nothing, with status 200, when the action server is down, slow or wrong. Here
the visitor is then told so, with the other ways to reach the team.
"""

from __future__ import annotations

import logging
import traceback
from functools import lru_cache
from typing import Any, Protocol

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered

from components.live_responses import live_values
from support.config import PROJECT
from support.fields import WORD_JOINER

logger = logging.getLogger(__name__)

APOLOGY = "utter_unavailable"
TEXT_LENGTH = 4000
PAGE_URL_LENGTH = 500


class Speaker(Protocol):
    """An output channel that knows whether it has said something."""

    said: bool


async def take(agent: Agent, message: UserMessage, speaker: Speaker) -> None:
    """Let Rasa answer the message; apologise if nothing was said. Never raises."""
    try:
        message.text = await _as_text(agent, message)
        await agent.handle_message(message)
    except Exception as error:
        # Kind and place, not the error's own text: that may hold what the visitor wrote.
        place = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A message could not be handled: %s\n%s", type(error).__name__, place)
    if not speaker.said and not await _is_paused(agent, message.sender_id):
        await _apologise(agent, message)


def page_url(metadata: Any) -> dict[str, str]:
    """The only metadata taken from a client: the page that the visitor is on."""
    url = metadata.get("page_url") if isinstance(metadata, dict) else None
    return {"page_url": url[:PAGE_URL_LENGTH]} if isinstance(url, str) else {}


async def _as_text(agent: Agent, message: UserMessage) -> str:
    """What the visitor typed, never as a command to Rasa.

    Rasa takes a leading '/' as an intent, `/restart` included. Only a button that the assistant
    has just offered may say that.
    """
    text = (message.text or "")[:TEXT_LENGTH]
    if not text.startswith("/") or text in await _offered(agent, message.sender_id):
        return text
    return WORD_JOINER + text


async def _offered(agent: Agent, sender_id: str) -> set[str]:
    """The payloads of the buttons under the assistant's last messages."""
    tracker = await agent.tracker_store.retrieve(sender_id)
    payloads: set[str] = set()
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            payloads.update(b["payload"] for b in event.data.get("buttons") or ())
    return payloads


async def _is_paused(agent: Agent, sender_id: str) -> bool:
    try:
        tracker = await agent.tracker_store.retrieve(sender_id)
    except Exception as error:
        logger.error("A conversation cannot be read: %s", type(error).__name__)
        return False
    return tracker is not None and bool(tracker.is_paused())


async def _apologise(agent: Agent, message: UserMessage) -> None:
    output: OutputChannel = message.output_channel
    domain = agent.domain if agent.is_ready() else None
    responses = domain.responses if domain else _project_responses()
    words = TemplatedNaturalLanguageGenerator(responses).generate_from_slots(
        APOLOGY, await live_values(), output.name()
    )
    if words is None:
        logger.error("domain.yml has no response %s", APOLOGY)
        return
    await output.send_response(message.sender_id, words)


@lru_cache(maxsize=1)
def _project_responses() -> dict[str, list[dict[str, Any]]]:
    """The words of domain.yml, for a server that has no model."""
    responses: dict[str, list[dict[str, Any]]] = Domain.load(str(PROJECT / "domain.yml")).responses
    return responses
