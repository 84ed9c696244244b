"""Rasa's conversations in our store: what clocks must not do to them."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
    from rasa.shared.core.slots import TextSlot
    from rasa.shared.core.trackers import DialogueStateTracker

    from components import conversation_store
    from components.conversation_store import ConversationStore

VISITOR = "web-visitor"
NOON = 1_772_366_400.0
HOUR = 3600


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConversationStore]:
    """An empty one."""
    config = SimpleNamespace(conversations_url=f"sqlite:///{tmp_path}/conversations.db")
    monkeypatch.setattr(conversation_store.serving, "prepare", lambda: config)
    domain = Domain.empty()
    domain.slots = [TextSlot(name, [{"type": "custom"}]) for name in ("name", "email")]
    store = ConversationStore(domain)
    yield store
    store.engine.dispose()


def begin(at: float) -> list[Any]:
    """What Rasa writes when a session begins."""
    return [ActionExecuted("action_session_start", timestamp=at), SessionStarted(timestamp=at)]


def say(store: ConversationStore, *events: Any) -> None:
    """A turn: read the conversation, add to it, write it back."""
    tracker = asyncio.run(store.retrieve(VISITOR)) or DialogueStateTracker(
        VISITOR, store.domain.slots
    )
    for event in events:
        tracker.update(event)
    asyncio.run(store.save(tracker))


def answers(store: ConversationStore) -> tuple[Any, Any, int]:
    """Name and e-mail of the latest session, and how many events are kept in all."""
    tracker = asyncio.run(store.retrieve(VISITOR))
    whole = asyncio.run(store.retrieve_full_tracker(VISITOR))
    return tracker.get_slot("name"), tracker.get_slot("email"), len(whole.events)


def test_keeps_what_is_said_after_the_clock_was_set_back(store: ConversationStore) -> None:
    say(store, *begin(NOON))
    before = NOON - HOUR
    say(store, UserUttered("Ann Lee", timestamp=before), SlotSet("name", "Ann", timestamp=before))
    say(store, SlotSet("email", "ann@example.org", timestamp=before + 1))
    assert answers(store) == ("Ann", "ann@example.org", 5)


def test_begins_anew_with_a_session_that_a_slow_clock_began(store: ConversationStore) -> None:
    say(store, *begin(NOON), SlotSet("name", "Ann", timestamp=NOON + 1))
    say(store, *begin(NOON - HOUR), SlotSet("email", "ann@example.org", timestamp=NOON - HOUR))
    name, email, events = answers(store)
    assert (name, email) == (None, "ann@example.org")
    assert events == 6
