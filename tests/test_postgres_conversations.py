"""Rasa's tracker store of ours on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, inspect, text

from support.config import Config
from tests import postgres
from tests.test_conversation_store import (
    ConversationStore,
    domain,
    store,
    test_a_deleted_conversation_is_forgotten_with_its_window,
    test_a_new_session_ends_the_window,
    test_does_not_write_back_what_is_erased_while_a_turn_has_it,
    test_keeps_an_open_form_although_its_beginning_is_long_ago,
    test_reads_the_same_after_a_restart,
    test_reads_what_was_said_before_the_window,
    test_sees_what_another_server_stored_meanwhile,
    test_stores_each_event_once_however_long_the_conversation,
)

pytestmark = pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not()))
__all__ = [
    "domain",
    "store",
    "test_a_deleted_conversation_is_forgotten_with_its_window",
    "test_a_new_session_ends_the_window",
    "test_does_not_write_back_what_is_erased_while_a_turn_has_it",
    "test_keeps_an_open_form_although_its_beginning_is_long_ago",
    "test_reads_the_same_after_a_restart",
    "test_reads_what_was_said_before_the_window",
    "test_sees_what_another_server_stored_meanwhile",
    "test_stores_each_event_once_however_long_the_conversation",
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """PostgreSQL."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def configuration(server: str, configuration: Config) -> Config:
    """With an empty database for conversations there."""
    name = f"conversations_{uuid.uuid4().hex}"
    maker = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", future=True)
    with maker.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    maker.dispose()
    return replace(configuration, conversations_url=f"{server}/{name}")


def test_finds_the_end_of_a_conversation_by_an_index(store: ConversationStore) -> None:
    indexes = inspect(store.engine).get_indexes("events")
    assert ["sender_id", "id"] in [index["column_names"] for index in indexes]
