"""Where the time of a visitor's turn goes: told in one line of the log, and counted.

Rasa has no hook for it, so its processor and its line to the action server are replaced by
subclasses that look at the clock. Made for Rasa 3.6, as components/action_server.py is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core import agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from components import serving
from support import trace
from support.trace import Turn

logger = logging.getLogger(__name__)


@asynccontextmanager
async def watched(message: UserMessage) -> AsyncIterator[Turn]:
    """One turn; whoever takes it says in `outcome` what it came to."""
    call, metrics = trace.call.get(), serving.metrics()
    turn = Turn(
        request_id=call.request_id if call else trace.new_id(),
        conversation=trace.conversation_hash(serving.prepare().secret_key, message.sender_id),
        channel=message.input_channel or "none",
    )
    before = trace.turn.set(turn)
    metrics.in_progress.inc()
    try:
        yield turn
    finally:
        trace.turn.reset(before)
        metrics.in_progress.dec()
        metrics.took(turn)
        logger.info("turn", turn.fields())
        if call:
            call.told = True


def install() -> None:
    """Let agents made from now on measure. Safe to call again."""
    if not issubclass(agent.MessageProcessor, _Timed):
        # Of what stands there now: others may have put their own subclass in place.
        agent.MessageProcessor = type("TimedProcessor", (_Timed, agent.MessageProcessor), {})


class _Timed:
    """What is measured of Rasa's processor; a part of a subclass of it."""

    async def handle_message(self, message: UserMessage) -> Any:
        """Until here the message has waited."""
        turn = trace.turn.get()
        if turn:
            turn.waiting += turn.lasted
        return await super().handle_message(message)  # type: ignore[misc]

    async def parse_message(self, *arguments: Any, **options: Any) -> Any:
        """Understand a message."""
        began = time.perf_counter()
        try:
            return await super().parse_message(*arguments, **options)  # type: ignore[misc]
        finally:
            lasted = time.perf_counter() - began
            serving.metrics().understood(lasted)
            if turn := trace.turn.get():
                turn.understanding += lasted

    async def get_tracker(self, conversation_id: str) -> DialogueStateTracker:
        """Read a conversation."""
        began = time.perf_counter()
        try:
            return await super().get_tracker(conversation_id)  # type: ignore[misc]
        finally:
            _used_store("read", began)

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        """Write a conversation."""
        began = time.perf_counter()
        try:
            await super().save_tracker(tracker)  # type: ignore[misc]
        finally:
            _used_store("write", began)


def _used_store(operation: str, began: float) -> None:
    lasted = time.perf_counter() - began
    serving.metrics().used_store(operation, lasted)
    if turn := trace.turn.get():
        turn.store += lasted
