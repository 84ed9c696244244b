"""The published flow for whoever trains a model, in a process that serves nobody.

A database that is not there yet has no flow in it; one that cannot be read is an error, because a
model without the published flow would be another assistant.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from support import config
from support.errors import FlowUnreadable
from support.flow import versions
from support.flow.document import Changes
from support.models import FlowVersion

CONNECT_SECONDS = 5


def changes() -> Changes:
    """What the published flow changes in the project's files. Raises FlowUnreadable."""
    url = make_url(config.database_url())
    if url.get_backend_name() == "sqlite":
        if url.database and not Path(url.database).exists():
            return Changes()
        options = {"timeout": CONNECT_SECONDS}
    else:
        options = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(url, future=True, hide_parameters=True, connect_args=options)
    try:
        if not inspect(engine).has_table(FlowVersion.__tablename__):
            return Changes()
        with Session(engine, future=True) as session:
            return versions.live_changes(session)
    except SQLAlchemyError as error:
        raise FlowUnreadable(
            f"The published handoff flow cannot be read ({type(error).__name__}): is DATABASE_URL "
            "right, and the database up? Nothing is trained without it."
        ) from None
    finally:
        engine.dispose()
