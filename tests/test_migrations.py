"""Bringing a database that has been in use up to the newest version."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import text

from support import database, inbox, outbox, requests
from support.config import PROJECT, Config
from support.inbox import Wanted
from support.models import EventKind, RequestStatus

BEFORE_HISTORY = "0001"
ROWS = (
    "INSERT INTO requests (id, reference, handoff_id, conversation_id, created_at, name, email,"
    " reason, channel, transcript) VALUES (1, 'R-7KQ9M', 'form-1', 'conversation-1',"
    " '2026-03-01 12:00:00', 'Ann Lee', 'ann@example.org', 'my order', 'rest', '[]')",
    "INSERT INTO deliveries (id, request_id, channel, target, status, created_at, due_at) VALUES"
    " ('d1', 1, 'email', 'team@example.org', 'sent', '2026-03-01 12:00:00', '2026-03-01 12:00:00')",
    "INSERT INTO attempts (delivery_id, at, accepted, answer) VALUES"
    " ('d1', '2026-03-01 12:00:00', 1, '250 OK')",
)


@pytest.fixture
def alembic(configuration: Config) -> AlembicConfig:
    """Alembic's own settings, for a database of the test's own."""
    settings = AlembicConfig(str(PROJECT / "alembic.ini"))
    settings.attributes["database_url"] = configuration.database_url
    return settings


@pytest.fixture
def in_use(configuration: Config, alembic: AlembicConfig) -> Config:
    """A database from before requests had a history, with one that was sent."""
    command.upgrade(alembic, BEFORE_HISTORY)
    engine = database.connect(configuration.database_url)
    with engine.begin() as connection:
        for row in ROWS:
            connection.execute(text(row))
    engine.dispose()
    return configuration


def test_gives_requests_from_before_a_status_and_a_history(in_use: Config) -> None:
    database.migrate(in_use)
    database.connect(in_use.database_url)
    with database.read_scope() as session:
        request = requests.find(session, "R-7KQ9M")
        assert request is not None
        assert request.status == RequestStatus.NEW
        (event,) = request.events
        assert (event.kind, event.at) == (EventKind.CREATED, request.created_at)
        assert [d.event_id for d in request.deliveries] == [event.id]
        assert [a.answer for a in request.deliveries[0].attempts] == ["250 OK"]
        assert outbox.progress(session, request.id) == "accepted"
    database.disconnect()


def test_goes_back_and_forth_without_losing_a_request(
    in_use: Config, alembic: AlembicConfig
) -> None:
    database.migrate(in_use)
    command.downgrade(alembic, BEFORE_HISTORY)
    database.migrate(in_use)
    engine = database.connect(in_use.database_url)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.execute(text("SELECT count(*) FROM attempts")).scalar() == 1
    database.disconnect()


@pytest.mark.parametrize("words", ["ann", "ann@example.org", "7KQ9M", "order"])
def test_finds_requests_from_before_they_could_be_searched(in_use: Config, words: str) -> None:
    database.migrate(in_use)
    database.connect(in_use.database_url)
    with database.read_scope() as session:
        found = inbox.find(session, Wanted(words=words, statuses=(RequestStatus.NEW,)), 10)
        assert [row.reference for row in found] == ["R-7KQ9M"]
    database.disconnect()
