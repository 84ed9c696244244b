"""Runs the migrations against DATABASE_URL, or the URL that `support.database.migrate` hands in."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import event, text

from support import config, database, search
from support.models import Base

# Any number will do, as long as no other program locks the same one in this database.
MIGRATION_LOCK = 5_055_001


def run() -> None:
    url = context.config.attributes.get("database_url") or config.load().database_url
    engine = database.connect(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_tables_be_rebuilt)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            include_name=lambda name, *_: not search.is_index(name),
        )
        context.run_migrations()
    engine.dispose()


def _let_tables_be_rebuilt(connection: Any, _record: Any) -> None:
    # SQLite changes a column by making the table anew, and would refuse to drop the old one while
    # rows of other tables belong to its rows.
    connection.execute("PRAGMA foreign_keys=OFF")


run()
