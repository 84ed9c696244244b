"""Runs the migrations against DATABASE_URL, or the URL that `support.database.migrate` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from support import config, database
from support.models import Base

# Any number will do, as long as no other program locks the same one in this database.
MIGRATION_LOCK = 5_055_001


def run() -> None:
    url = context.config.attributes.get("database_url") or config.load().database_url
    engine = database.connect(url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True
        )
        context.run_migrations()
    engine.dispose()


run()
