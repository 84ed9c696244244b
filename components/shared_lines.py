"""Waiting lines that several servers share, in Redis.

Everybody in a line has a ticket, and a lease on it that is renewed while its process lives: a
process that is killed stands in nobody's way for longer than a lease. One script joins, renews and
looks, so that no two servers can ever read the same line and both write it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from components.lines import Lines

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.5
# A holder stops writing so long before others may begin to.
MARGIN_SECONDS = 1.0
# How soon a free place is noticed: at first, and at most.
LOOKS = (0.01, 0.1)
GONE = -1

# KEYS: who stands in line, by number; until when, by Redis's clock. ARGV: the ticket, the lease in
# milliseconds, 1 if one may join. Returns how many are in front, or -1 when the ticket is gone.
STAND = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[1], ticket)
  redis.call('ZREM', KEYS[2], ticket)
end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  if ARGV[3] == '0' then return -1 end
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[1], (tonumber(last) or 0) + 1, ARGV[1])
end
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('ZRANK', KEYS[1], ARGV[1])
"""
LEAVE = "redis.call('ZREM', KEYS[1], ARGV[1]) return redis.call('ZREM', KEYS[2], ARGV[1])"


class Place:
    """One's place in a line. is_ours: nobody else can be served now."""

    def __init__(self, name: str) -> None:
        # Redis need not know what conversations, or whoever sends over REST, are called.
        line = hashlib.sha256(name.encode()).hexdigest()
        # In braces: both are on one machine of a Redis cluster.
        self.keys = (f"line:{{{line}}}", f"line:{{{line}}}:leases")
        self.ticket = uuid.uuid4().hex
        self._until = 0.0

    @property
    def is_ours(self) -> bool:
        """By this machine's clock, which goes on while the process is held up."""
        return time.monotonic() < self._until - MARGIN_SECONDS

    def leased(self, asked_at: float) -> None:
        """The lease runs from when it was asked for at the earliest."""
        self._until = asked_at + LEASE_SECONDS

    def lose(self) -> None:
        """Others may be served."""
        self._until = 0.0


class SharedLines:
    """A line per name. All its methods raise RedisError when Redis cannot be used."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
        )
        self._stand = self._redis.register_script(STAND)
        self._leave = self._redis.register_script(LEAVE)
        # Two connections may overtake each other, so two of one line join one after the other.
        self._joining = Lines()

    async def close(self) -> None:
        """End the connections."""
        await self._redis.close()
        await self._redis.connection_pool.disconnect()

    async def is_busy(self, name: str) -> bool:
        """Whether somebody is served or waits."""
        return bool(await self._redis.exists(Place(name).keys[0]))

    @asynccontextmanager
    async def turn(self, name: str, seconds: float) -> AsyncIterator[Place]:
        """Wait for one's turn, and have it. Raises asyncio.TimeoutError after so long a wait."""
        place = Place(name)
        try:
            async with self._joining.turn(name, seconds):
                in_front = await self._look(place, join=True)
            if in_front:
                await self._reach_front(place, time.monotonic() + seconds)
            keeping = asyncio.create_task(self._keep(place))
            try:
                yield place
            finally:
                keeping.cancel()
        finally:
            # Not told that we left, Redis finds out when the lease is over.
            with contextlib.suppress(RedisError, OSError):
                await self._leave(keys=place.keys, args=[place.ticket])

    async def _look(self, place: Place, *, join: bool) -> int:
        """Renew the lease; how many are in front."""
        asked_at = time.monotonic()
        arguments = [place.ticket, int(LEASE_SECONDS * 1000), int(join)]
        in_front = int(await self._stand(keys=place.keys, args=arguments))
        if in_front == 0:
            place.leased(asked_at)
        return in_front

    async def _reach_front(self, place: Place, end: float) -> None:
        pause, most = LOOKS
        # Whose lease ran out while its process was held up joins again, at the end.
        while await self._look(place, join=True):
            # Not `wait_for`, which waits for ever for a look that overhears its cancelling.
            if time.monotonic() > end:
                raise asyncio.TimeoutError
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, most)

    async def _keep(self, place: Place) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            # Redis may be back before the lease is over.
            with contextlib.suppress(RedisError, OSError):
                if await self._look(place, join=False) == GONE:
                    place.lose()
                    return
