"""What is said in a chat reaches every tab of it, whichever server that is connected to.

Socket.IO's own Redis manager waits up to a minute before it listens again after Redis was away,
and logs each message that cannot be passed on. This one is back within a second, and complains once
a minute. What is said meanwhile reaches the tabs of its own server; others find it in the history.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from socketio.async_pubsub_manager import AsyncPubSubManager

from components.shared_lines import ANSWER_SECONDS, CONNECT_SECONDS
from support.complaints import Complaint

logger = logging.getLogger(__name__)

CHANNEL = "chats"
TRY_AGAIN_SECONDS = 1.0
# A connection that died without a word is noticed within this.
CHECK_SECONDS = 5


class Relay(AsyncPubSubManager):
    """Passes what Socket.IO emits on to the other servers, and takes what they pass on."""

    name = "relay"

    def __init__(self, url: str) -> None:
        super().__init__(channel=CHANNEL)
        self._url = url
        self._out = Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS
        )
        self._unsent = Complaint(logger, "What is said cannot be passed on to other servers")
        self._unheard = Complaint(logger, "What other servers say cannot be heard")
        self.thread: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Listen no more, and end the connections."""
        if self.thread is not None:
            self.thread.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.thread
        await self._out.close()
        await self._out.connection_pool.disconnect()

    async def _publish(self, data: dict[str, Any]) -> None:
        """Called by Socket.IO. Never raises: the answer matters more than the other tabs."""
        try:
            await self._out.publish(self.channel, self.json.dumps(data))
        except (RedisError, OSError) as error:
            self._unsent.about(error)
        else:
            self._unsent.over()

    async def _listen(self) -> AsyncIterator[bytes]:
        """Called by Socket.IO once, for all that other servers will ever say."""
        while True:
            try:
                async with self._connection() as redis, redis.pubsub() as listener:
                    await listener.subscribe(self.channel)
                    while True:
                        message = await listener.get_message(
                            ignore_subscribe_messages=True, timeout=CHECK_SECONDS
                        )
                        self._unheard.over()
                        if message is not None:
                            yield message["data"]
            except (RedisError, OSError) as error:
                self._unheard.about(error)
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    def _connection(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_connect_timeout=CONNECT_SECONDS,
            health_check_interval=CHECK_SECONDS,
            socket_keepalive=True,
        )
