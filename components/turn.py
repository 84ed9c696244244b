"""One turn: a visitor's message in, at least one answer out, whatever happens in between.

Stock Rasa answers nothing, with status 200, when the action server is down, slow or wrong. Here
the visitor is then told so, with the other ways to reach the team. Whoever writes faster than
Support Operations allows is told so too, without troubling Rasa.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from functools import lru_cache
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from sanic.request import Request

from components import first_look, loading, news, serving, timing
from components.live_responses import live_values
from support import clients, delivery, limits, settings
from support.config import PROJECT
from support.fields import WORD_JOINER, tidy
from support.limits import MessageLimits, Verdict
from support.settings import Settings
from support.trace import Outcome

logger = logging.getLogger(__name__)

APOLOGY = "utter_unavailable"
TOO_FAST = "utter_slow_down"
TEXT_LENGTH = 4000
PAGE_URL_LENGTH = 500


async def take(agent: Agent, message: UserMessage, for_news: OutputChannel) -> bool:
    """Let Rasa answer the message; apologise if nothing was said. Never raises.

    The message's output channel tells in `said` whether it has said something, and in `failed`
    whether Rasa broke at the message.
    What has turned out otherwise than the visitor was told goes to `for_news` before. False, and
    nothing was said, for a message among so many that no person sends them.
    """
    async with timing.watched(message) as watched, first_look.during(message.sender_id) as found:
        verdict = await _verdict(message, found.settings or settings.DEFAULTS)
        if verdict is not Verdict.REFUSE and found.has_news:
            await news.tell(agent, message.sender_id, for_news)
        watched.outcome = await _take(agent, message, verdict)
    return watched.outcome is not Outcome.REFUSED


async def _take(agent: Agent, message: UserMessage, verdict: Verdict) -> Outcome:
    if verdict is Verdict.SLOW_DOWN:
        await _say(agent, message, TOO_FAST)
        return Outcome.SLOWED_DOWN
    if verdict is not Verdict.TAKE:
        return Outcome.REFUSED
    agent = await loading.patiently(agent)
    try:
        message.text = await _as_text(agent, message)
        await agent.handle_message(message)
    except Exception as error:
        # Kind and place, not the error's own text: that may hold what the visitor wrote.
        place = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A message could not be handled: %s\n%s", type(error).__name__, place)
        message.output_channel.failed = True
    if message.output_channel.said:
        return Outcome.ANSWERED
    if await _is_paused(agent, message.sender_id):
        return Outcome.PAUSED
    await _say(agent, message, APOLOGY)
    return Outcome.APOLOGISED


def metadata(sent: Any, request: Request | None) -> dict[str, str]:
    """What goes with a message to the action server.

    sent: the client's own, of which only the page that the visitor is on is taken. request: the
    one that the message came by; it tells the visitor's network.
    """
    url = sent.get("page_url") if isinstance(sent, dict) else None
    page = {"page_url": tidy(url)[:PAGE_URL_LENGTH]} if isinstance(url, str) else {}
    client = client_of(request) if request is not None else None
    return page | ({"client": client} if client else {})


def client_of(request: Request) -> str | None:
    """The hash of the network that a request comes from; see support/clients.py."""
    forwarded = ",".join(request.headers.getall("x-forwarded-for", ()))
    return clients.of(serving.prepare(), request.ip, forwarded)


@lru_cache(maxsize=1)
def _messages() -> MessageLimits:
    """What this process counts."""
    return MessageLimits()


async def _verdict(message: UserMessage, current: Settings) -> Verdict:
    """Whether the message is within the limits; a limit that bites is recorded."""
    conversation, client = message.sender_id, (message.metadata or {}).get("client")
    verdict, first = _messages().count(conversation, client, current.messages_per_minute)
    if first:
        now = delivery.utc_now()
        await asyncio.to_thread(limits.record, limits.MESSAGES, conversation, client, now)
    return verdict


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


async def _say(agent: Agent, message: UserMessage, response: str) -> None:
    """Say something of our own, without Rasa's dialogue."""
    output: OutputChannel = message.output_channel
    domain = agent.domain if agent.is_ready() else None
    responses = domain.responses if domain else _project_responses()
    words = TemplatedNaturalLanguageGenerator(responses).generate_from_slots(
        response, await live_values(), output.name()
    )
    if words is None:
        logger.error("domain.yml has no response %s", response)
        return
    await output.send_response(message.sender_id, words)


@lru_cache(maxsize=1)
def _project_responses() -> dict[str, list[dict[str, Any]]]:
    """The words of domain.yml, for a server that has no model."""
    responses: dict[str, list[dict[str, Any]]] = Domain.load(str(PROJECT / "domain.yml")).responses
    return responses
