"""The database of Rasa's conversations, opened."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import (
    DisconnectionError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.pool import QueuePool

logger = logging.getLogger(__name__)

# How long a turn waits for the database; the visitor waits as long for the apology.
BUSY_SECONDS = 2
CONNECT_SECONDS = 5
# Rasa's own index has no ids: PostgreSQL would read all of a long conversation to find its end.
IN_ORDER = text("CREATE INDEX IF NOT EXISTS events_of_a_conversation ON events (sender_id, id)")


def connect(address: str) -> Engine:
    """An engine for the database at `address`; a SQLite file's folder is made."""
    url = make_url(address)
    # An error's text goes to the log, and parameters are what visitors said.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() != "sqlite":
        limits = {"connect_timeout": CONNECT_SECONDS, "options": f"-c lock_timeout={BUSY_SECONDS}s"}
        return create_engine(url, pool_pre_ping=True, connect_args=limits, **options)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # Opening the file for each read and write, and emptying its journal after each, is a quarter
    # of a turn.
    limits = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(
        url, connect_args=limits, poolclass=QueuePool, max_overflow=-1, **options
    )
    event.listen(engine, "connect", _prepare)
    if url.database:
        _SameFile(url.database).watch(engine)
    return engine


def make_tables(engine: Engine, tables: MetaData) -> None:
    """Make what is missing. Raises OperationalError when the database cannot be reached."""
    try:
        tables.create_all(engine)
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.execute(IN_ORDER)
    except (ProgrammingError, IntegrityError) as error:
        # Another server that starts at the same moment makes them.
        logger.info("Not made here: the table of conversations (%s)", type(error).__name__)
    except OperationalError as error:
        if "already exists" not in str(error):
            raise


def _prepare(connection: Any, _record: Any) -> None:
    # Readers do not block the writer, and a commit need not wait for the disk twice.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    # What a visitor has deleted is overwritten, not just marked as free.
    connection.execute("PRAGMA secure_delete=ON")


class _SameFile:
    """Opens an SQLite file anew when another one has been put in its place, a restored one, say."""

    def __init__(self, path: str) -> None:
        self._path = path

    def watch(self, engine: Engine) -> None:
        """From now on."""
        event.listen(engine, "connect", self._note)
        event.listen(engine, "checkout", self._compare)

    def _note(self, _connection: Any, record: Any) -> None:
        record.info["file"] = self._which()

    def _compare(self, _connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != self._which():
            raise DisconnectionError("The file of conversations is another one.")

    def _which(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
