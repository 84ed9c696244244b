"""What databases refuse, as it is counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from support import database
from support.config import Config
from support.models import StoredSetting
from support.store_errors import StoreErrors, kind_of
from tests import postgres

Counts = Counter[tuple[str, str]]


@pytest.fixture
def counts(configuration: Config) -> Iterator[Counts]:
    """By store and kind, while both databases of the configuration are watched."""
    counted: Counts = Counter()

    def count(store: str, kind: str) -> None:
        counted[store, kind] += 1

    errors = StoreErrors(count)
    errors.listen(configuration)
    yield counted
    errors.stop()


def engine(url: str) -> Engine:
    """Somebody's, who does not wait for locks."""
    return create_engine(url, future=True, connect_args={"timeout": 0})


def run(engine: Engine, statement: str) -> None:
    """Try it."""
    with suppress(SQLAlchemyError), engine.begin() as connection:
        connection.execute(text(statement))


def file_of(url: str) -> str:
    """Of an SQLite database."""
    return url.removeprefix("sqlite:///")


def test_counts_locks_by_store(configuration: Config, counts: Counts) -> None:
    for url in (configuration.conversations_url, configuration.database_url):
        others = sqlite3.connect(file_of(url), isolation_level=None)
        others.execute("CREATE TABLE a (b)")
        others.execute("BEGIN EXCLUSIVE")
        run(engine(url), "INSERT INTO a VALUES (1)")
        others.close()
    assert counts == {("conversations", "locked"): 1, ("support", "locked"): 1}


def test_counts_a_database_that_cannot_be_opened(configuration: Config, counts: Counts) -> None:
    Path(file_of(configuration.conversations_url)).mkdir()
    run(engine(configuration.conversations_url), "SELECT 1")
    assert counts == {("conversations", "unreachable"): 1}


def test_counts_other_faults_and_other_databases(
    configuration: Config, counts: Counts, tmp_path: Path
) -> None:
    run(engine(configuration.database_url), "SELECT * FROM nothing")
    run(engine(f"sqlite:///{tmp_path}/other.db"), "SELECT * FROM nothing")
    assert counts == {("support", "failed"): 1, ("other", "failed"): 1}


def test_counts_nothing_while_all_is_well(db: Config, counts: Counts) -> None:
    with database.session_scope() as session:
        session.add(StoredSetting(name="one", value=1))
    assert counts == {}


def test_counts_no_row_that_is_there_already(db: Config, counts: Counts) -> None:
    for _ in range(2):
        with suppress(SQLAlchemyError), database.session_scope() as session:
            session.add(StoredSetting(name="one", value=1))
    assert counts == {}


def test_stops_counting(configuration: Config) -> None:
    counted: list[str] = []
    errors = StoreErrors(lambda store, _kind: counted.append(store))
    errors.listen(configuration)
    errors.stop()
    run(engine(configuration.database_url), "SELECT * FROM nothing")
    assert counted == []


@pytest.mark.parametrize(
    "words, kind",
    [
        ("database is locked", "locked"),
        ("canceling statement due to lock timeout", "locked"),
        ("deadlock detected", "locked"),
        ("no such table: a", "failed"),
    ],
)
def test_tells_locks_from_other_faults(words: str, kind: str) -> None:
    assert kind_of(Exception(words)) == kind


@pytest.mark.skipif(postgres.why_not() is not None, reason=str(postgres.why_not()))
def test_counts_a_postgresql_that_goes_away(configuration: Config) -> None:
    counted: Counts = Counter()
    with postgres.server() as url:
        here = replace(configuration, database_url=f"{url}/postgres")
        errors = StoreErrors(lambda store, kind: counted.update([(store, kind)]))
        errors.listen(here)
        try:
            theirs = create_engine(here.database_url, future=True)
            run(theirs, "SELECT 1")
            run(theirs, "SELECT pg_terminate_backend(pg_backend_pid())")
            assert counted == {("support", "unreachable"): 1}
            theirs.dispose()
            with suppress(SQLAlchemyError):
                create_engine(here.database_url.replace("/postgres", "/nowhere")).connect()
            assert counted == {("support", "unreachable"): 1, ("other", "unreachable"): 1}
        finally:
            errors.stop()
