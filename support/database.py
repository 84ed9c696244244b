"""The database: the engine, sessions, and bringing the tables up to date.

One engine a process, set by `connect` when a server starts. SQLite by default; PostgreSQL by
DATABASE_URL alone.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from support.config import PROJECT, Config

# A visitor waits for what is written, so a locked database must answer within a turn's time.
SQLITE_BUSY_SECONDS = 3
POSTGRES_CONNECT_SECONDS = 3

_sessions: sessionmaker = sessionmaker(future=True, expire_on_commit=False)
_readers: sessionmaker = sessionmaker(future=True, expire_on_commit=False)
READ_ONLY = "read_only"


def connect(url: str) -> Engine:
    """Make the engine for `url` and let `session_scope` use it.

    The folder of an SQLite file is created when it is missing.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(url, parsed.database)
    else:
        engine = create_engine(
            url,
            future=True,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": POSTGRES_CONNECT_SECONDS},
        )
    _sessions.configure(bind=engine)
    _readers.configure(bind=engine.execution_options(**{READ_ONLY: True}))
    return engine


def disconnect() -> None:
    """Close every pooled connection of this process."""
    engine = _sessions.kw.get("bind")
    if engine is not None:
        engine.dispose()
        _sessions.configure(bind=None)
        _readers.configure(bind=None)


@contextmanager
def session_scope() -> Iterator[Session]:
    """One transaction: committed at the end, rolled back when anything is raised."""
    with _sessions.begin() as session:
        yield session


@contextmanager
def read_scope() -> Iterator[Session]:
    """A look at the database that never waits for a writer. Nothing may be changed in it."""
    with _readers.begin() as session:
        yield session


def scrub(engine: Engine | None = None) -> None:
    """Move SQLite's journal into the file, so that nothing erased is left in it.

    engine: of another database than ours. Whoever reads just now keeps it as it is, until the
    journal is written over. PostgreSQL's vacuum does this by itself.
    """
    is_ours = engine is None
    engine = engine or _sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        # Not in a transaction: a checkpoint cannot be.
        with contextlib.closing(engine.raw_connection()) as connection:
            if is_ours:
                # Merging the words to search by drops those of rows that are gone.
                connection.cursor().execute(
                    "INSERT INTO requests_search (requests_search) VALUES ('optimize')"
                )
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def lock(session: Session, table: str) -> None:
    """Let nobody else write to the table before this transaction ends; readers go on.

    SQLite needs no more than the transaction: there is one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def migrate(config: Config) -> None:
    """Bring the tables of DATABASE_URL up to the newest version; safe to call again."""
    # Imported here: only servers and set-up migrate, and Alembic costs their readers nothing.
    from alembic import command
    from alembic.config import Config as AlembicConfig

    # It lists its own parts at every start; which migrations run is worth a line.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    settings = AlembicConfig(str(PROJECT / "alembic.ini"))
    settings.attributes["database_url"] = config.database_url
    command.upgrade(settings, "head")


def _sqlite(url: str, file: str | None) -> Engine:
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        future=True,
        # An error's text goes to the log, and parameters are what visitors said.
        hide_parameters=True,
        connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False},
        # Without a pool each look would open the file anew, and each last one close its journal.
        poolclass=QueuePool,
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin too late for two writers; ours begin at once, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten, not just marked as free.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A reader that turns writer half-way fails at once with "locked", whatever the time limit.
        read_only = connection.get_execution_options().get(READ_ONLY)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
