"""Rasa's table of conversations, for tests that need no Rasa."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import Any

from sqlalchemy.engine import make_url

TABLE = (
    "CREATE TABLE IF NOT EXISTS events (id INTEGER NOT NULL PRIMARY KEY, sender_id VARCHAR(255) "
    "NOT NULL, type_name VARCHAR(255) NOT NULL, timestamp FLOAT, intent_name VARCHAR(255), "
    "action_name VARCHAR(255), data TEXT)"
)


def say(url: str, conversation: str, text: str, at: dt.datetime, **more: Any) -> None:
    """Keep a visitor's message as Rasa does."""
    data = {"event": "user", "text": text, "timestamp": at.timestamp(), **more}
    with sqlite3.connect(_file(url)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TABLE)
        connection.execute(
            "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, 'user', ?, ?)",
            (conversation, at.timestamp(), json.dumps(data)),
        )
    connection.close()


def kept(url: str) -> list[str]:
    """The conversation of each event that is kept."""
    connection = sqlite3.connect(_file(url))
    try:
        return [row[0] for row in connection.execute("SELECT sender_id FROM events ORDER BY id")]
    finally:
        connection.close()


def _file(url: str) -> str:
    return str(make_url(url).database)
