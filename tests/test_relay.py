"""What is said reaches tabs on other servers, and the own ones whatever Redis does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import socketio

from components.relay import Relay
from tests import redis_server
from tests.redis_server import RedisServer

WHY_NOT = redis_server.why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """One for a test that may kill it."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


class Listening(Relay):
    """Notes what would be said to the tabs of this server."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.heard: list[Any] = []
        socketio.AsyncServer(async_mode="asgi", client_manager=self)
        self.initialize()

    async def _handle_emit(self, message: dict[str, Any]) -> None:
        self.heard.append(message["data"][0])


async def said_until_heard(first: Listening, second: Listening, words: str) -> None:
    """Say it again and again: a listener that is not there yet misses what is said."""
    while words not in second.heard:
        await first.emit("bot_uttered", words, room="web-ann")
        await asyncio.sleep(0.05)


def run(redis: RedisServer, test: Callable[[Listening, Listening], Awaitable[None]]) -> None:
    """With two servers."""

    async def between_servers() -> None:
        first, second = Listening(redis.url), Listening(redis.url)
        try:
            await test(first, second)
        finally:
            await first.close()
            await second.close()

    asyncio.run(between_servers())


def test_passes_on_what_is_said_once(redis: RedisServer) -> None:
    async def test(first: Listening, second: Listening) -> None:
        await said_until_heard(first, second, "are you there?")
        first.heard.clear()
        await first.emit("bot_uttered", "hello", room="web-ann")
        await said_until_heard(first, second, "and after that")
        assert first.heard.count("hello") == 1
        assert second.heard.count("hello") == 1

    run(redis, test)


def test_says_it_here_while_redis_is_down_and_passes_it_on_again_later(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(first: Listening, second: Listening) -> None:
        await said_until_heard(first, second, "are you there?")
        redis.kill()
        for _ in range(5):
            await first.emit("bot_uttered", "sorry", room="web-ann")
        assert first.heard[-5:] == ["sorry"] * 5
        redis.start()
        await said_until_heard(first, second, "back again")

    run(redis, test)
    complaints = [each for each in caplog.records if "cannot be passed on" in each.message]
    assert [each.levelname for each in complaints] == ["ERROR", "INFO"] or len(complaints) == 1
