"""Rasa's conversations, forgotten from outside Rasa."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from support.matching import Person, pattern
from support.tracker_rows import TrackerRows
from tests.rasa_events import kept, say

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
ANN = pattern(Person("email", "ann@example.org"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/conversations.db"


@pytest.fixture
def rows(url: str) -> TrackerRows:
    say(url, "one", "hello", NOON)
    say(url, "one", "I am ANN@example.org", NOON + dt.timedelta(hours=1))
    say(url, "two", "hello", NOON)
    return TrackerRows(url)


def test_forgets_whole_conversations_and_no_other(rows: TrackerRows, url: str) -> None:
    assert rows.count(["one", "nobody"]) == 2
    assert rows.forget(["one", "nobody"]) == 2
    assert kept(url) == ["two"]
    assert rows.forget(["one"]) == 0


def test_finds_conversations_silent_since(rows: TrackerRows) -> None:
    assert rows.silent_since(NOON, 10) == []
    assert rows.silent_since(NOON + dt.timedelta(minutes=1), 10) == ["two"]
    assert rows.silent_since(NOON + dt.timedelta(days=1), 1) in (["one"], ["two"])
    assert len(rows.silent_since(NOON + dt.timedelta(days=1), 10)) == 2


def test_finds_who_is_mentioned_however_it_is_written(rows: TrackerRows, url: str) -> None:
    say(url, "three", "joann@example.org and ann@example.org.uk are others", NOON)
    say(url, "four", "hi", NOON, parse_data={"entities": [{"value": "ann@example.org"}]})
    assert rows.mentioning(ANN) == {"one", "four"}
    assert rows.mentioning(pattern(Person("email", "100%_@example.org"))) == set()


def test_finds_a_number_in_its_normal_form_only_whole(rows: TrackerRows, url: str) -> None:
    say(url, "three", "/set", NOON, value="+12025550123")
    say(url, "four", "9120255501234", NOON)
    assert rows.mentioning(pattern(Person("phone", "+12025550123"))) == {"three"}


def test_leaves_nothing_in_the_files(rows: TrackerRows, url: str, tmp_path: Path) -> None:
    def traces() -> bool:
        return any(b"ANN@example.org" in file.read_bytes() for file in tmp_path.iterdir())

    assert traces()
    rows.forget(["one"])
    rows.scrub()
    assert not traces()


def test_has_nothing_to_do_before_rasa_has_run(tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    rows = TrackerRows(f"sqlite:///{file}")
    assert (rows.forget(["one"]), rows.count(["one"])) == (0, 0)
    assert rows.silent_since(NOON, 5) == []
    assert rows.mentioning(ANN) == set()
    rows.scrub()
    assert not file.exists()
    sqlite3.connect(file).close()
    assert rows.forget(["one"]) == 0


def test_gives_way_to_rasa(rows: TrackerRows, tmp_path: Path) -> None:
    rasa = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    rasa.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        rows.forget(["one"])
    rasa.execute("ROLLBACK")
    assert rows.forget(["one"]) == 2
    rasa.close()
