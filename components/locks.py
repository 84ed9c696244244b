"""Rasa's lock store: one message of a conversation after the other, in the order they came.

Rasa's own look every second whether it is their turn, and give up a turn that takes a minute while
it goes on; its Redis store loses tickets when two servers take one at once, and holds everybody up
while Redis is slow. Here lines are in this process, or in Redis when REDIS_URL is set, and nothing
is written by a turn that may have lost its place: docs/decisions/0012.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import cached_property
from types import MappingProxyType
from typing import Any

from rasa.core.lock_store import LockError, LockStore
from redis.exceptions import RedisError

from components import serving
from components.lines import Lines
from components.shared_lines import Place, SharedLines
from support.complaints import Complaint

logger = logging.getLogger(__name__)
_trouble = Complaint(logger, "Redis cannot be used, and no message can be answered without it")

# Longer than any turn; whoever waits so long gets an apology.
PATIENCE_SECONDS = 60.0
_places: ContextVar[Mapping[str, Place]] = ContextVar("places", default=MappingProxyType({}))


class Locks(LockStore):
    """Named in endpoints.yml. Rasa asks a lock store for `lock` alone, and so does the product."""

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()

    @cached_property
    def _lines(self) -> Lines | SharedLines:
        # When they are needed: Rasa loads its agent in another event loop than it serves in.
        url = serving.prepare().redis_url
        return SharedLines(url) if url else Lines()

    async def close(self) -> None:
        """End the connections to Redis, if there are any."""
        if isinstance(self._lines, SharedLines):
            await self._lines.close()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[None]:
        """Wait for the conversation, and have it for oneself.

        Rasa's other arguments, how long a lock lives and how often to look, have no meaning here.
        Raises LockError when Redis cannot be used, or after PATIENCE_SECONDS.
        """
        entered = False
        try:
            async with self._lines.turn(conversation_id, PATIENCE_SECONDS) as place:
                _trouble.over()
                entered = True
                with _known_to_check(conversation_id, place):
                    yield
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            if entered:
                raise
            if not isinstance(error, asyncio.TimeoutError):
                _trouble.about(error)
            raise LockError(f"No lock could be taken: {type(error).__name__}") from error

    async def is_busy(self, conversation_id: str) -> bool:
        """Whether somebody has the lock or waits for it; not while that cannot be known."""
        if isinstance(self._lines, Lines):
            return self._lines.is_busy(conversation_id)
        try:
            return await self._lines.is_busy(conversation_id)
        except (RedisError, OSError) as error:
            _trouble.about(error)
            return False


def check(conversation_id: str) -> None:
    """Raise LockError in a turn that has lost its place to another server.

    It was held up for longer than a lease, so what it would write is out of date.
    """
    place = _places.get().get(conversation_id)
    if place is not None and not place.is_ours:
        raise LockError("This turn was held up for too long; nothing of it is written.")


@contextmanager
def _known_to_check(conversation_id: str, place: Place | None) -> Iterator[None]:
    """While one has a place in Redis, for the task that has it."""
    before = _places.get()
    if place is not None:
        _places.set({**before, conversation_id: place})
    try:
        yield
    finally:
        _places.set(before)
