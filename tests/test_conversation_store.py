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
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    from components import open_store, serving
    from components.conversation_store import ConversationStore
    from components.conversation_window import TURNS_BEFORE_MOVING

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


def test_an_agent_does_not_hide_the_stores_errors(store: ConversationStore, domain: Domain) -> None:
    open_store.install()
    assert Agent(domain=domain, tracker_store=store).tracker_store is store


def test_refuses_a_rasa_it_was_not_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rasa.__version__", "3.7.0")
    with pytest.raises(ConfigError, match=r"3\.7\.0"):
        open_store.install()
