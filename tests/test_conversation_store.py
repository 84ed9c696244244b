"""Rasa's tracker store of ours: nothing lost, nothing forgotten in silence, long talks as quick."""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.core.agent import Agent
    from rasa.core.brokers.broker import EventBroker
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import (
        ActionExecuted,
        ActiveLoop,
        BotUttered,
        Event,
        SessionStarted,
        SlotSet,
        UserUttered,
    )
    from rasa.shared.core.trackers import DialogueStateTracker

    from components import open_store, serving
    from components.conversation_store import ConversationStore
    from components.conversation_window import TURNS_BEFORE_MOVING
    from components.windowed_tracker import WindowedTracker

from sqlalchemy.exc import OperationalError

from support.config import PROJECT, Config
from support.errors import ConfigError

ANN = "conversation-1"


@pytest.fixture(scope="module")
def domain() -> Domain:
    """The project's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Domain.load(str(PROJECT / "domain.yml"))


@pytest.fixture
def store(
    configuration: Config, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ConversationStore]:
    """An empty store."""
    monkeypatch.setattr(serving, "prepare", lambda: configuration)
    made = ConversationStore(domain)
    yield made
    made.engine.dispose()


def read(store: ConversationStore) -> DialogueStateTracker | None:
    """What a turn would meet."""
    return asyncio.run(store.retrieve(ANN))


def say(store: ConversationStore, *events: Event) -> None:
    """One turn in which these things happen."""
    tracker = read(store) or DialogueStateTracker(ANN, store.domain.slots)
    for event in (UserUttered("hello"), *events, ActionExecuted("action_listen")):
        tracker.update(event)
    asyncio.run(store.save(tracker))


def everything(store: ConversationStore) -> DialogueStateTracker:
    """The whole conversation."""
    tracker = asyncio.run(store.retrieve_full_tracker(ANN))
    assert tracker is not None
    return tracker


def messages(tracker: DialogueStateTracker | None) -> int:
    """How many messages of the visitor a turn sees."""
    return sum(isinstance(event, UserUttered) for event in tracker.events) if tracker else 0


def test_knows_nothing_of_a_visitor_nobody_has_met(store: ConversationStore) -> None:
    assert read(store) is None


def test_stores_each_event_once_however_long_the_conversation(store: ConversationStore) -> None:
    turns = 3 * TURNS_BEFORE_MOVING
    for _ in range(turns):
        say(store)
    assert messages(everything(store)) == turns
    assert messages(read(store)) <= TURNS_BEFORE_MOVING


def test_remembers_what_was_said_long_ago(store: ConversationStore) -> None:
    say(store, SlotSet("name", "Ann"))
    for _ in range(2 * TURNS_BEFORE_MOVING):
        say(store)
    tracker = read(store)
    assert tracker is not None
    assert tracker.get_slot("name") == "Ann"


def test_reads_the_same_after_a_restart(store: ConversationStore, domain: Domain) -> None:
    say(store, SlotSet("name", "Ann"))
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store)
    again = ConversationStore(domain)
    assert messages(read(again)) == TURNS_BEFORE_MOVING + 2
    assert messages(read(again)) < TURNS_BEFORE_MOVING
    say(again, SlotSet("name", "Anna"))
    tracker = read(store)
    assert tracker is not None
    assert tracker.get_slot("name") == "Anna"
    again.engine.dispose()


def test_a_new_session_ends_the_window(store: ConversationStore) -> None:
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store)
    read(store)
    say(store, SessionStarted(), SlotSet("name", "Ann"))
    tracker = read(store)
    assert tracker is not None
    assert messages(tracker) == 0
    assert tracker.get_slot("name") == "Ann"


def test_a_deleted_conversation_is_forgotten_with_its_window(store: ConversationStore) -> None:
    say(store, SlotSet("name", "Ann"))
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store)
    read(store)
    store.forget(ANN)
    assert read(store) is None


def test_a_conversation_deleted_by_somebody_else_is_forgotten_too(
    store: ConversationStore, tmp_path: Path
) -> None:
    say(store, SlotSet("name", "Ann"))
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store)
    read(store)
    with sqlite3.connect(tmp_path / "conversations.db") as other:
        other.execute("DELETE FROM events")
    other.close()
    assert read(store) is None
    say(store)
    tracker = read(store)
    assert tracker is not None
    assert tracker.get_slot("name") is None


def test_a_locked_database_is_an_error_and_stores_nothing(
    store: ConversationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store)
    tracker = read(store)
    assert tracker is not None
    tracker.update(UserUttered("my name is Ann"))
    other = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError) as refused:
        asyncio.run(store.save(tracker))
    other.execute("ROLLBACK")
    other.close()
    assert "my name is Ann" not in str(refused.value)
    assert messages(everything(store)) == 1
    asyncio.run(store.save(tracker))
    assert messages(everything(store)) == 2


def test_does_not_take_a_conversation_begun_anew_for_the_one_it_knew(
    store: ConversationStore, domain: Domain
) -> None:
    # Two servers: one knows a window, the other erases the conversation and goes on with it.
    say(store, SlotSet("name", "Ann"))
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store)
    read(store)
    other = ConversationStore(domain)
    other.forget(ANN)
    # SQLite gives the same ids again.
    for _ in range(TURNS_BEFORE_MOVING + 2):
        say(other)
    other.engine.dispose()
    tracker = read(store)
    assert tracker is not None
    assert tracker.get_slot("name") is None


def test_sees_what_another_server_stored_meanwhile(
    store: ConversationStore, domain: Domain
) -> None:
    other = ConversationStore(domain)
    for number in range(3 * TURNS_BEFORE_MOVING):
        say((store, other)[number % 2], SlotSet("reason", str(number)))
    for each in (store, other):
        tracker = read(each)
        assert tracker is not None
        assert tracker.get_slot("reason") == str(3 * TURNS_BEFORE_MOVING - 1)
    said = [e.value for e in everything(store).events if isinstance(e, SlotSet)]
    assert said == [str(number) for number in range(3 * TURNS_BEFORE_MOVING)]
    other.engine.dispose()


@pytest.mark.parametrize("goes_on", [False, True], ids=["gone", "begun anew"])
def test_does_not_write_back_what_is_erased_while_a_turn_has_it(
    store: ConversationStore, goes_on: bool
) -> None:
    say(store, SlotSet("name", "Ann"))
    tracker = read(store)
    assert tracker is not None
    store.forget(ANN)
    if goes_on:
        say(store)
    tracker.update(UserUttered("my name is Ann"))
    asyncio.run(store.save(tracker))
    assert messages(read(store)) == int(goes_on)


def test_reads_no_further_back_than_the_latest_session(store: ConversationStore) -> None:
    for _ in range(3):
        say(store, SlotSet("name", "Ann"))
    say(store, SessionStarted())
    for _ in range(2):
        say(store)
    tracker = read(store)
    assert tracker is not None
    assert isinstance(tracker.events[0], SessionStarted)
    assert messages(tracker) == 2
    assert tracker.get_slot("name") is None
    assert messages(everything(store)) == 6


def test_keeps_an_open_form_although_its_beginning_is_long_ago(store: ConversationStore) -> None:
    say(store, ActionExecuted("handoff_form"), ActiveLoop("handoff_form"))
    for _ in range(2 * TURNS_BEFORE_MOVING):
        say(store, ActionExecuted("handoff_form"))
    tracker = read(store)
    assert tracker is not None
    assert tracker.active_loop_name == "handoff_form"
    say(store, ActiveLoop(None))
    for _ in range(TURNS_BEFORE_MOVING):
        say(store)
    read(store)
    tracker = read(store)
    assert tracker is not None
    assert tracker.active_loop_name is None
    assert messages(tracker) <= TURNS_BEFORE_MOVING


def test_reads_what_was_said_before_the_window(store: ConversationStore) -> None:
    asked = 2 * TURNS_BEFORE_MOVING
    say(store, SessionStarted())
    for number in range(asked):
        say(store, BotUttered(str(number)))
    tracker = read(store)
    assert isinstance(tracker, WindowedTracker)
    assert tracker.held is not None
    before = [event["text"] for event in tracker.held.said_before(500) if event["event"] == "bot"]
    within = [event.text for event in tracker.events if isinstance(event, BotUttered)]
    assert [*before, *within] == [str(number) for number in range(asked)]
    assert len(tracker.held.said_before(3)) == 3


def test_knows_slots_as_another_model_has_them(store: ConversationStore, domain: Domain) -> None:
    for _ in range(TURNS_BEFORE_MOVING + 1):
        say(store, SlotSet("name", "Ann"))
    read(store)
    store.domain = Domain.empty()
    tracker = read(store)
    assert tracker is not None
    assert "name" not in tracker.slots
    store.domain = domain
    tracker = read(store)
    assert tracker is not None
    assert tracker.get_slot("name") == "Ann"


def test_streams_what_is_new_once(store: ConversationStore) -> None:
    published: list[str] = []

    class Broker(EventBroker):
        def publish(self, event: dict[str, object]) -> None:
            published.append(str(event["event"]))

    store.event_broker = Broker()
    for _ in range(TURNS_BEFORE_MOVING + 2):
        say(store)
    assert published.count("user") == TURNS_BEFORE_MOVING + 2


def test_other_visitors_do_not_wait_while_one_waits_for_the_database(
    store: ConversationStore, tmp_path: Path
) -> None:
    say(store)
    other = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def meanwhile() -> list[str]:
        order: list[str] = []
        tracker = await store.retrieve(ANN)
        assert tracker is not None
        tracker.update(UserUttered("hello"))

        async def save() -> None:
            with pytest.raises(OperationalError):
                await store.save(tracker)
            order.append("saved")

        waiting = asyncio.create_task(save())
        for _ in range(5):
            await asyncio.sleep(0.01)
        await store.retrieve("somebody else")
        order.append("somebody else")
        await waiting
        return order

    assert asyncio.run(meanwhile()) == ["somebody else", "saved"]
    other.execute("ROLLBACK")
    other.close()


def test_an_agent_does_not_hide_the_stores_errors(store: ConversationStore, domain: Domain) -> None:
    open_store.install()
    assert Agent(domain=domain, tracker_store=store).tracker_store is store


def test_refuses_a_rasa_it_was_not_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasa.__version__", "3.7.0")
    with pytest.raises(ConfigError, match=r"3\.7\.0"):
        open_store.install()
