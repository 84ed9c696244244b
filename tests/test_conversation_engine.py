"""The connections to the file of conversations: kept, and never to a file that is gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from components import conversation_engine


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the conversations are."""
    return tmp_path / "var" / "conversations.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    """With a table, in which there is one row."""
    made = conversation_engine.connect(f"sqlite:///{file}")
    run(made, "CREATE TABLE said (words)")
    run(made, "INSERT INTO said VALUES ('hello')")
    yield made
    made.dispose()


def run(engine: Engine, statement: str) -> list[Any]:
    """What it gives."""
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


def raw(engine: Engine) -> Any:
    """The driver's connection that the next one to ask gets."""
    with engine.connect() as connection:
        return connection.connection.dbapi_connection


def test_makes_the_folder(engine: Engine, file: Path) -> None:
    assert file.is_file()


def test_keeps_a_connection(engine: Engine) -> None:
    assert raw(engine) is raw(engine)


def test_keeps_nobody_from_emptying_the_journal(engine: Engine, file: Path) -> None:
    journal = file.with_name(file.name + "-wal")
    assert journal.stat().st_size > 0
    assert run(engine, "PRAGMA wal_checkpoint(TRUNCATE)") == [0]
    assert journal.stat().st_size == 0


def test_opens_a_file_that_was_put_in_its_place(engine: Engine, file: Path) -> None:
    run(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    run(engine, "INSERT INTO said VALUES ('lost')")
    for journal in file.parent.glob(f"{file.name}-*"):
        journal.unlink()
    copy.replace(file)
    assert run(engine, "SELECT words FROM said") == ["hello"]
    run(engine, "INSERT INTO said VALUES ('again')")
    assert run(engine, "SELECT words FROM said") == ["hello", "again"]


def test_does_not_go_on_in_a_file_that_was_deleted(engine: Engine, file: Path) -> None:
    file.unlink()
    with pytest.raises(OperationalError, match="no such table"):
        run(engine, "SELECT words FROM said")


def test_says_so_when_the_file_cannot_be_opened(engine: Engine, file: Path) -> None:
    aside = file.rename(file.with_name("aside.db"))
    file.mkdir()
    for _ in range(2):
        with pytest.raises(OperationalError, match="unable to open"):
            run(engine, "SELECT words FROM said")
    file.rmdir()
    aside.rename(file)
    assert run(engine, "SELECT words FROM said") == ["hello"]
