"""Tells visitors when it turns out otherwise than they were told: late, but through; or given up.

An open web chat is told by itself; whoever is not there, and whoever comes over REST, before the
answer to the next message.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from rasa.core.actions.action import create_bot_utterance
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel
from rasa.core.lock_store import LockError
from sanic import Sanic
from sqlalchemy.exc import SQLAlchemyError

from support import delivery, truth
from support.complaints import Complaint
from support.truth import News

logger = logging.getLogger(__name__)
_reading = Complaint(logger, "What visitors are to be told cannot be read")

LOOK_EVERY_SECONDS = 2.0
# By whether it is about the request itself, and how it stands now.
RESPONSES = {
    (True, truth.SENT): "utter_news_sent",
    (True, truth.UNDELIVERED): "utter_news_undelivered",
    (False, truth.SENT): "utter_followup_news_sent",
    (False, truth.UNDELIVERED): "utter_followup_news_undelivered",
}


async def tell(agent: Agent, conversation: str, output: OutputChannel) -> None:
    """Say what is no longer as the visitor was told, once, and keep it in the conversation.

    Never raises: what cannot be said now is said another time.
    """
    try:
        if not agent.is_ready():
            return
        # Rasa's own lock for a turn, so that nothing is said in the middle of one.
        async with agent.lock_store.lock(conversation):
            taken = await asyncio.to_thread(truth.take_news, conversation, delivery.utc_now())
            for each in taken:
                await _say(agent, conversation, output, each)
        _reading.over()
    except (SQLAlchemyError, LockError) as error:
        _reading.about(error)


class Teller:
    """Tells open web chats. conversations: those that are open here; speaker: says things there."""

    def __init__(
        self, conversations: Callable[[], set[str]], speaker: Callable[[], OutputChannel]
    ) -> None:
        self._conversations = conversations
        self._speaker = speaker
        self._task: asyncio.Task[None] | None = None

    def attach(self, app: Sanic) -> None:
        """Tell while the server runs."""

        async def start(app: Sanic, _loop: Any) -> None:
            self._task = asyncio.create_task(self._run(app))

        async def stop(_app: Sanic, _loop: Any) -> None:
            if self._task is not None:
                self._task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._task

        app.register_listener(start, "after_server_start")
        app.register_listener(stop, "before_server_stop")

    async def _run(self, app: Sanic) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self._look(app.ctx.agent)
            except Exception as error:
                # Whatever it is, the next look may work, and nobody else would look.
                _reading.about(error)

    async def _look(self, agent: Agent) -> None:
        here = self._conversations()
        if not here:
            return
        concerned = await asyncio.to_thread(truth.with_news, delivery.utc_now())
        for conversation in here & concerned:
            await tell(agent, conversation, self._speaker())


async def _say(agent: Agent, conversation: str, output: OutputChannel, news: News) -> None:
    try:
        tracker = await agent.tracker_store.get_or_create_tracker(conversation)
        words = await agent.nlg.generate(
            RESPONSES[news.first, news.now], tracker, output.name(), reference=news.reference
        )
        if words is None:
            raise KeyError(RESPONSES[news.first, news.now])
        said = create_bot_utterance(words)
        tracker.update(said, agent.domain)
        # First: what is said and not kept would be said again, every two seconds.
        await agent.tracker_store.save(tracker)
    except Exception as error:
        logger.error("A visitor could not be told the news: %s", type(error).__name__)
        await asyncio.to_thread(truth.give_back, news)
        return
    try:
        await output.send_response(conversation, said.message())
    except Exception as error:
        # It is in the conversation, and read when the page is back.
        logger.error("News could not be sent: %s", type(error).__name__)
