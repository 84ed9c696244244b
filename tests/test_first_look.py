"""What a turn finds in our database is looked up once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from components import first_look
from support import database, remembered, settings
from support.config import Config
from tests.stored import NOON, switch_on

HERE = "conversation-1"


def change(**values: object) -> None:
    """As an admin does."""
    with database.session_scope() as session:
        settings.update(session, values, actor="Bob", now=NOON)


async def reply_time() -> str:
    """As the assistant would say it."""
    found = await first_look.settings_now()
    assert found is not None
    return found.response_time


def test_a_turn_goes_on_with_what_it_found(db: Config) -> None:
    change(response_time="one hour")

    async def turn() -> list[str]:
        async with first_look.during(HERE):
            before = await reply_time()
            await asyncio.to_thread(change, response_time="two hours")
            return [before, await reply_time()]

    assert asyncio.run(turn()) == ["one hour", "one hour"]


def test_the_next_turn_and_whoever_is_in_none_find_what_is_new(db: Config) -> None:
    async def turns() -> list[str]:
        for words in ("one hour", "two hours"):
            await asyncio.to_thread(change, response_time=words)
            async with first_look.during(HERE) as found:
                assert found.settings is not None
                assert found.settings.response_time == words
        await asyncio.to_thread(change, response_time="three hours")
        return [await reply_time()]

    assert asyncio.run(turns()) == ["three hours"]


def test_turns_at_once_each_have_their_own(db: Config) -> None:
    async def turn(words: str, looked: asyncio.Event, go_on: asyncio.Event) -> str:
        await asyncio.to_thread(change, response_time=words)
        async with first_look.during(HERE):
            looked.set()
            await go_on.wait()
            return await reply_time()

    async def both() -> list[str]:
        turns, go_on = [], asyncio.Event()
        for words in ("one hour", "two hours"):
            looked = asyncio.Event()
            turns.append(asyncio.create_task(turn(words, looked, go_on)))
            await looked.wait()
        go_on.set()
        return [await each for each in turns]

    assert asyncio.run(both()) == ["one hour", "two hours"]


def test_goes_on_with_what_was_known_when_nothing_can_be_read(
    db: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    switch_on()
    known = remembered.look(HERE, NOON).settings

    def unreadable(_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr(settings, "read", unreadable)
    assert remembered.look(HERE, NOON) == remembered.Look(known, has_news=False)
    assert caplog.messages == ["Settings cannot be read: OperationalError"]
