"""Rasa's stored conversations, for forgetting them: the `events` table of its SQL tracker store.

Rasa's server writes to it all the time, and while it waits for a lock it answers nobody. So each
conversation is forgotten in a transaction of its own, and we are the ones who give way.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import column, create_engine, delete, event, func, inspect, or_, select, table
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import NullPool

from support import database
from support.matching import Pattern

WAIT_SECONDS = 1
# Looking for a person reads every message there is.
LOOK_SECONDS = 60

_EVENTS = "events"
_events = table(_EVENTS, *map(column, ("id", "sender_id", "timestamp", "data")))


class TrackerRows:
    """The conversations in the database at `url`; none when Rasa has not made its table yet.

    Every method raises SQLAlchemyError when the database cannot be reached, or is locked.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        sqlite = self._engine.dialect.name == "sqlite"
        self._file = Path(self._engine.url.database or "") if sqlite else None

    def count(self, conversations: Iterable[str]) -> int:
        """How many events are kept of these conversations."""
        query = select(func.count()).select_from(_events)
        with self._connected() as connection:
            counted = [
                connection.execute(query.where(_events.c.sender_id == one)).scalar_one()
                for one in (conversations if connection else ())
            ]
        return sum(counted)

    def forget(self, conversations: Iterable[str]) -> int:
        """Delete all that is kept of these conversations; return how many events that were."""
        deleted = 0
        with self._connected() as connection:
            for one in conversations if connection else ():
                with connection.begin():
                    rows = connection.execute(delete(_events).where(_events.c.sender_id == one))
                deleted += rows.rowcount
        return deleted

    def scrub(self) -> None:
        """Leave nothing of what was deleted in SQLite's files."""
        if self._file and self._file.is_file():
            database.scrub(self._engine)

    def silent_since(self, moment: dt.datetime, limit: int) -> list[str]:
        """Up to `limit` conversations in which nothing has been said since."""
        query = (
            select(_events.c.sender_id)
            .group_by(_events.c.sender_id)
            .having(func.max(_events.c.timestamp) < moment.timestamp())
            .limit(limit)
        )
        with self._connected() as connection:
            return list(connection.execute(query).scalars()) if connection else []

    def mentioning(self, pattern: Pattern) -> set[str]:
        """The conversations in which what the pattern looks for was said, or is remembered."""
        texts = func.lower(_events.c.data)
        query = select(_events.c.sender_id, _events.c.data).where(
            or_(*(texts.contains(part, autoescape=True) for part in pattern.parts))
        )
        found: set[str] = set()
        with self._connected() as connection:
            for conversation, data in connection.execute(query) if connection else ():
                if conversation not in found and pattern.is_in(json.loads(data)):
                    found.add(conversation)
        return found

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A connection; None when there is no table."""
        if self._file and not self._file.is_file():
            # Connecting would make an empty one.
            yield None
            return
        with self._engine.connect() as connection:
            yield connection if _is_there(connection) else None


def _is_there(connection: Connection) -> bool:
    return bool(inspect(connection.engine).has_table(_EVENTS))


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            future=True,
            hide_parameters=True,
            poolclass=NullPool,
            connect_args={"timeout": WAIT_SECONDS},
        )
        event.listen(engine, "connect", _overwrite_what_is_deleted)
        return engine
    limits = f"-c lock_timeout={WAIT_SECONDS}s -c statement_timeout={LOOK_SECONDS}s"
    return create_engine(
        url,
        future=True,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={"connect_timeout": WAIT_SECONDS + 2, "options": limits},
    )


def _overwrite_what_is_deleted(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA secure_delete=ON")
