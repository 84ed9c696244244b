"""Reading what the chat knows: the last answers, the open form, the talk; nothing when in doubt."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from support import chat_records
from support.chat_records import NOTHING, ChatRecords
from support.conversations import NAME_SPACE, TOKEN_LENGTH, Tokens
from support.fields import WORD_JOINER

ANN = "web-ann"
TABLE = "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, data TEXT)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with Rasa's table, and nothing in it."""
    path = tmp_path / "conversations.db"
    with sqlite3.connect(path) as connection:
        connection.execute(TABLE)
    return path


def tell(file: Path, *events: dict[str, Any], who: str = ANN) -> None:
    """Events, as Rasa stores them."""
    with sqlite3.connect(file) as connection:
        connection.executemany(
            "INSERT INTO events (sender_id, type_name, data) VALUES (?, ?, ?)",
            [(who, event["event"], json.dumps(event)) for event in events],
        )


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def said(who: str, text: str | None) -> dict[str, Any]:
    return {"event": who, "text": text, "timestamp": 1.0}


def read(file: Path, who: str = ANN) -> chat_records.Record:
    return ChatRecords(f"sqlite:///{file}").read(who)


def test_reads_the_last_answer_to_each_question(file: Path) -> None:
    tell(file, slot("name", "An"), slot("name", "Ann"), slot("email", "ann@example.org"))
    tell(file, slot("reason", "x"), slot("reason", None), slot("offer", "made"), slot("phone", 7))
    tell(file, slot("name", "Bob"), who="web-bob")
    assert read(file).answers == {"name": "Ann", "email": "ann@example.org"}


def test_reads_which_form_is_open(file: Path) -> None:
    tell(file, slot("handoff_id", "form-1"))
    assert read(file).handoff_id == "form-1"
    tell(file, slot("handoff_id", None))
    assert read(file).handoff_id is None


@pytest.mark.parametrize("forgets", ["restart", "reset_slots"])
def test_forgets_what_rasa_has_forgotten(file: Path, forgets: str) -> None:
    tell(file, slot("name", "Ann"), slot("handoff_id", "form-1"), {"event": forgets})
    assert read(file).answers == {}
    tell(file, slot("email", "ann@example.org"))
    assert read(file).answers == {"email": "ann@example.org"}
    assert read(file).handoff_id is None


def test_reads_the_talk_in_its_order_without_our_invisible_mark(file: Path) -> None:
    tell(file, said("user", WORD_JOINER + "/restart"), said("bot", "Hello"), said("bot", None))
    lines = [(line.who, line.text) for line in read(file).transcript]
    assert lines == [("visitor", "/restart"), ("assistant", "Hello")]


def test_reads_no_more_than_the_newest_of_an_endless_talk(file: Path) -> None:
    tell(file, *(said("user", f"line {n}") for n in range(chat_records.EVENTS + 100)))
    lines = read(file).transcript
    assert len(lines) == chat_records.LINES
    assert lines[-1].text == f"line {chat_records.EVENTS + 99}"


def test_cuts_an_answer_of_an_insane_size(file: Path) -> None:
    tell(file, slot("reason", "x" * 100_000))
    assert len(read(file).answers["reason"]) == chat_records.ANSWER_LENGTH


@pytest.mark.parametrize("data", ["{", "[]", '"slot"', "null", '{"event": "user", "text": "hi"}'])
def test_reads_nothing_when_an_event_is_broken(file: Path, data: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO events VALUES (1, ?, 'slot', ?)", (ANN, data))
    assert read(file) == NOTHING


def test_reads_nothing_where_there_is_no_database_and_makes_none(tmp_path: Path) -> None:
    assert read(tmp_path / "none.db") == NOTHING
    assert list(tmp_path.iterdir()) == []


def test_reads_nothing_where_there_is_no_table(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    assert read(tmp_path / "empty.db") == NOTHING


def test_reads_nothing_from_a_server_that_is_not_there() -> None:
    records = ChatRecords("postgresql://ann:secret@127.0.0.1:1/conversations")
    assert records.read(ANN) == NOTHING


def test_reads_while_rasa_writes(file: Path) -> None:
    tell(file, slot("name", "Ann"))
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("BEGIN IMMEDIATE")
    assert read(file).answers == {"name": "Ann"}
    writer.close()


# --- tokens ---


def test_knows_its_own_tokens_again() -> None:
    conversation, token = Tokens("secret").issue()
    assert conversation.startswith(NAME_SPACE)
    assert Tokens("secret").conversation(token) == conversation
    assert Tokens("another").conversation(token) is None


def test_issues_every_conversation_once() -> None:
    assert len({Tokens("secret").issue()[0] for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "claim", [None, "", "web-ann", "web-ann.sig", 7, ["x"], {"a": 1}, "é.ü", "x" * TOKEN_LENGTH * 2]
)
def test_takes_nothing_else_for_a_token(claim: Any) -> None:
    assert Tokens("secret").conversation(claim) is None
