"""What a visitor has said and answered in the chat, read from Rasa's events, without Rasa.

Read with care: bounded, with short time limits, and nothing at all when it cannot be read. Whoever
asks for this has lost the chat already and must not wait for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, create_engine, select, table
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from support.fields import WORD_JOINER
from support.form_state import NAMES
from support.requests import Line

logger = logging.getLogger(__name__)

EVENTS = 2_000
LINES = 200
SECONDS = 2
ANSWER_LENGTH = 4_000
HANDOFF_ID = "handoff_id"
# After these, what was answered before is forgotten in Rasa too.
_FORGETS = ("restart", "reset_slots")
_SPEAKERS = {"user": "visitor", "bot": "assistant"}
_events = table("events", *map(column, ("id", "sender_id", "type_name", "data")))


@dataclass(frozen=True)
class Record:
    """answers: by field. handoff_id: of the form that the chat has open, if any."""

    answers: dict[str, str]
    handoff_id: str | None
    transcript: Sequence[Line]


NOTHING = Record({}, None, ())


class ChatRecords:
    """Rasa's conversations. Opens the database when it is first asked, and never creates it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    def read(self, conversation_id: str) -> Record:
        """What is on record of a conversation; NOTHING when that cannot be read. Never raises."""
        wanted = ("slot", *_SPEAKERS, *_FORGETS)
        query = (
            select(_events.c.data)
            .where(_events.c.sender_id == conversation_id, _events.c.type_name.in_(wanted))
            .order_by(_events.c.id.desc())
            .limit(EVENTS)
        )
        try:
            self._engine = self._engine or _open(self._url)
            with self._engine.connect() as connection:
                rows = connection.execute(query).scalars().all()
            return _record([json.loads(row) for row in rows])
        except (SQLAlchemyError, ValueError, KeyError, TypeError) as error:
            logger.error("A conversation cannot be read: %s", type(error).__name__)
            return NOTHING


def _open(url: str) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {"future": True, "hide_parameters": True, "poolclass": NullPool}
    if parsed.get_backend_name() == "sqlite":
        # Read only: opened the usual way, a missing file would be made, and then be empty.
        file = URL.create("sqlite", database=f"file:{parsed.database}", query=_READ_ONLY)
        return create_engine(file, connect_args={"timeout": SECONDS}, **options)
    limits = {"connect_timeout": SECONDS, "options": f"-c statement_timeout={SECONDS * 1000}"}
    return create_engine(parsed, connect_args=limits, **options)


_READ_ONLY = {"mode": "ro", "uri": "true"}


def _record(newest_first: Sequence[dict[str, Any]]) -> Record:
    slots: dict[str, Any] = {}
    lines: list[Line] = []
    forgotten = False
    for event in newest_first:
        kind = event["event"]
        forgotten = forgotten or kind in _FORGETS
        if kind == "slot" and not forgotten:
            slots.setdefault(event["name"], event.get("value"))
        elif kind in _SPEAKERS and event.get("text") and len(lines) < LINES:
            text = event["text"].removeprefix(WORD_JOINER)
            lines.append(Line(event["timestamp"], _SPEAKERS[kind], text))
    answers = {name: slots[name] for name in NAMES if isinstance(slots.get(name), str)}
    handoff_id = slots.get(HANDOFF_ID)
    return Record(
        answers={name: text[:ANSWER_LENGTH] for name, text in answers.items() if text},
        handoff_id=handoff_id if isinstance(handoff_id, str) and handoff_id else None,
        transcript=lines[::-1],
    )
