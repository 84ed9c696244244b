"""One message of a conversation after the other, in this process or over several servers."""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest
from redis import Redis

from components import shared_lines
from support.config import PROJECT, Config
from tests import redis_server
from tests.redis_server import RedisServer

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.core.lock_store import LockError, LockStore
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.core.trackers import DialogueStateTracker

    from components import locks, serving
    from components.conversation_store import ConversationStore
    from components.locks import Locks

WHY_NOT = redis_server.why_not()
IN_PROCESS, IN_REDIS = "in process", "in Redis"
Server = Callable[[], Locks]


@pytest.fixture(scope="module")
def running_redis() -> Iterator[RedisServer]:
    """One Redis for all tests here."""
    if WHY_NOT:
        pytest.skip(WHY_NOT)
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def redis(running_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """An empty Redis, and leases that are over soon."""
    monkeypatch.setattr(shared_lines, "LEASE_SECONDS", 1.2)
    monkeypatch.setattr(shared_lines, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(shared_lines, "MARGIN_SECONDS", 0.3)
    with Redis.from_url(running_redis.url) as client:
        client.flushall()
    return running_redis


@pytest.fixture(params=[IN_PROCESS, IN_REDIS])
def server(request: pytest.FixtureRequest, serve: Callable[..., None]) -> Server:
    """Makes the lock store of one server; in Redis there may be several."""
    serve(request.getfixturevalue("redis").url if request.param == IN_REDIS else None)
    return Locks


@pytest.fixture
def serve(configuration: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Lets the configuration name this Redis."""

    def name(redis_url: str | None) -> None:
        config = replace(configuration, redis_url=redis_url)
        monkeypatch.setattr(serving, "prepare", lambda: config)

    return name


@asynccontextmanager
async def opened(*stores: Locks) -> AsyncIterator[None]:
    """The stores, closed at the end."""
    try:
        yield
    finally:
        for store in stores:
            await store.close()


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something; the test's own time limit ends it."""
    while not await look():
        await asyncio.sleep(0.01)


class Conversation:
    """Takes messages and notes in which order they were taken, and whether two were at once."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.together = 0
        self._inside = 0

    async def take(self, store: Locks, message: str) -> None:
        """As a server does."""
        async with store.lock("ann"):
            self._inside += 1
            self.together = max(self.together, self._inside)
            await asyncio.sleep(0.005)
            self.taken.append(message)
            self._inside -= 1


# More of Rasa's imports, when this is the first test to need them.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_is_what_endpoints_yml_names(serve: Callable[..., None]) -> None:
    serve(None)
    endpoints = AvailableEndpoints.read_endpoints(str(PROJECT / "endpoints.yml"))
    assert isinstance(LockStore.create(endpoints.lock_store), Locks)


def test_takes_messages_in_the_order_they_came(server: Server) -> None:
    async def run() -> Conversation:
        store, conversation = server(), Conversation()
        async with opened(store):
            await asyncio.gather(*(conversation.take(store, f"{n:02}") for n in range(20)))
            assert not await store.is_busy("ann")
        return conversation

    conversation = asyncio.run(run())
    assert conversation.taken == sorted(conversation.taken)
    assert len(conversation.taken) == 20
    assert conversation.together == 1


def test_takes_messages_of_different_conversations_at_once(server: Server) -> None:
    async def run() -> None:
        store = server()
        async with opened(store), store.lock("ann"), store.lock("bob"):
            assert await store.is_busy("ann")
            assert await store.is_busy("bob")
            assert not await store.is_busy("eve")

    asyncio.run(run())


def test_gives_the_lock_back_after_an_error(server: Server) -> None:
    async def run() -> None:
        store = server()
        async with opened(store):
            with pytest.raises(ZeroDivisionError):
                async with store.lock("ann"):
                    raise ZeroDivisionError
            async with store.lock("ann"):
                pass

    asyncio.run(run())


def test_gives_up_a_place_in_the_line_when_the_visitor_is_gone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client of Redis may overhear that its task is cancelled; then patience ends.
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 5)

    async def run() -> None:
        store, conversation = server(), Conversation()
        async with opened(store):
            async with store.lock("ann"):
                gone = asyncio.create_task(conversation.take(store, "gone"))
                await asyncio.sleep(0.05)
                gone.cancel()
                with contextlib.suppress(asyncio.CancelledError, LockError):
                    await gone
            await conversation.take(store, "next")
        assert conversation.taken == ["next"]

    asyncio.run(run())


def test_says_so_when_a_turn_does_not_come(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.1)

    async def run() -> None:
        store = server()
        async with opened(store):
            async with store.lock("ann"):
                with pytest.raises(LockError, match="TimeoutError"):
                    async with store.lock("ann"):
                        raise AssertionError
            async with store.lock("ann"):
                pass

    asyncio.run(run())


def test_passes_on_an_error_from_inside_as_it_is(server: Server) -> None:
    async def run() -> None:
        store = server()
        async with opened(store):
            with pytest.raises(asyncio.TimeoutError):
                async with store.lock("ann"):
                    raise asyncio.TimeoutError

    asyncio.run(run())


def test_never_lets_two_servers_into_one_conversation(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> Conversation:
        conversation, stores = Conversation(), [Locks() for _ in range(4)]
        async with opened(*stores):
            await asyncio.gather(
                *(conversation.take(store, f"{n}") for n in range(25) for store in stores)
            )
        return conversation

    conversation = asyncio.run(run())
    assert len(conversation.taken) == 100
    assert conversation.together == 1


def test_keeps_the_order_over_several_servers(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> Conversation:
        conversation, stores = Conversation(), [Locks(), Locks()]
        async with opened(*stores):
            async with stores[0].lock("ann"):
                tasks = []
                for number in range(10):
                    message = conversation.take(stores[number % 2], f"{number}")
                    tasks.append(asyncio.create_task(message))
                    await until(partial(has_length, redis, number + 2))
            await asyncio.gather(*tasks)
        return conversation

    assert asyncio.run(run()).taken == [f"{number}" for number in range(10)]


async def has_length(redis: RedisServer, length: int) -> bool:
    """Whether so many stand in Ann's line."""
    with Redis.from_url(redis.url) as client:
        return client.zcard(shared_lines.Place("ann").keys[0]) == length


def test_keeps_a_lock_for_as_long_as_a_turn_takes(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> None:
        first, second, conversation = Locks(), Locks(), Conversation()
        async with opened(first, second):
            async with first.lock("ann"):
                waiting = asyncio.create_task(conversation.take(second, "later"))
                await asyncio.sleep(shared_lines.LEASE_SECONDS * 2)
                locks.check("ann")
                assert conversation.taken == []
            await waiting

    asyncio.run(run())


def test_lets_the_next_one_in_when_a_server_was_killed(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> None:
        killed, store, conversation = Locks(), Locks(), Conversation()
        async with opened(killed, store):
            before = asyncio.all_tasks()
            lock = killed.lock("ann")
            await lock.__aenter__()
            # It neither renews its lease any more nor leaves.
            for renewing in asyncio.all_tasks() - before:
                renewing.cancel()
            assert await store.is_busy("ann")
            await conversation.take(store, "later")
            assert conversation.taken == ["later"]
            await lock.__aexit__(None, None, None)

    asyncio.run(run())


def test_writes_nothing_of_a_turn_that_was_held_up(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> None:
        held_up, other = Locks(), Locks()
        async with opened(held_up, other):
            store = ConversationStore()
            async with held_up.lock("ann"):
                tracker = await store.get_or_create_tracker("ann")
                await store.save(tracker)
                # A machine that stands still: nothing of the process runs, nor is a lease renewed.
                time.sleep(shared_lines.LEASE_SECONDS)  # noqa: ASYNC251
                with pytest.raises(LockError, match="held up"):
                    await store.save(DialogueStateTracker.from_events("ann", tracker.events))
                async with other.lock("ann"):
                    await store.save(await store.get_or_create_tracker("ann"))
            await store.save(await store.get_or_create_tracker("ann"))

    asyncio.run(run())


def test_writes_nothing_of_a_turn_whose_place_redis_forgot(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def lost() -> bool:
        try:
            locks.check("ann")
        except LockError:
            return True
        return False

    async def run() -> None:
        store = Locks()
        async with opened(store), store.lock("ann"):
            redis.kill()
            redis.start()
            await until(lost)

    asyncio.run(run())


def test_survives_a_short_outage_within_a_turn(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> None:
        store = Locks()
        async with opened(store):
            async with store.lock("ann"):
                redis.hang()
                await asyncio.sleep(shared_lines.RENEW_SECONDS * 2)
                redis.wake()
                await asyncio.sleep(shared_lines.LEASE_SECONDS)
                locks.check("ann")
            async with store.lock("ann"):
                pass

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["kill", "hang"])
def test_says_so_at_once_when_redis_is_down_and_works_again_when_it_is_back(
    fault: str,
    serve: Callable[..., None],
    redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(shared_lines, "ANSWER_SECONDS", 0.2)
    serve(redis.url)

    async def run() -> None:
        store = Locks()
        async with opened(store):
            async with store.lock("ann"):
                pass
            getattr(redis, fault)()
            for _ in range(3):
                with pytest.raises(LockError):
                    async with store.lock("ann"):
                        raise AssertionError
            assert not await store.is_busy("ann")
            (redis.start if fault == "kill" else redis.wake)()
            async with store.lock("ann"):
                pass

    asyncio.run(run())
    complaints = [record for record in caplog.records if "Redis cannot be used" in record.message]
    assert len(complaints) == 1


def test_does_not_hold_up_other_visitors_while_redis_is_slow(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> int:
        store, looks = Locks(), 0
        async with opened(store):
            redis.hang()
            waiting = asyncio.create_task(Conversation().take(store, "slow"))
            while looks < 20:
                await asyncio.sleep(0.001)
                looks += 1
            assert not waiting.done()
            redis.wake()
            await waiting
        return looks

    assert asyncio.run(run()) == 20


def test_tells_redis_no_conversation_and_leaves_nothing_there(
    serve: Callable[..., None], redis: RedisServer
) -> None:
    serve(redis.url)

    async def run() -> None:
        store = Locks()
        async with opened(store):
            with Redis.from_url(redis.url) as client:
                async with store.lock("rest-ann@example.org"):
                    assert client.keys() != []
                    assert b"ann" not in b" ".join(client.keys())
                assert client.keys() == []

    asyncio.run(run())
