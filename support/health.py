"""How the delivery of requests is doing, in a few figures without personal data."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from support import database, due
from support.models import Delivery
from support.problems import is_dead, problems


@dataclass(frozen=True)
class Health:
    """status: 'ok', or 'degraded' when the owner has something to mend.

    The figures are None when the database cannot be read. dead: messages that were given up, and
    nothing about their request has got through since. loop: whether this server sends.
    """

    status: str
    database: bool
    loop: bool
    unsent: int | None = None
    oldest_unsent_seconds: int | None = None
    dead: int | None = None
    problems: tuple[str, ...] = ()

    @property
    def can_work(self) -> bool:
        """Whether a request that came now would be stored and sent."""
        return self.database and self.loop

    def as_json(self) -> dict[str, Any]:
        """For the answer to whoever asks."""
        return {**asdict(self), "problems": list(self.problems)}


def look(now: dt.datetime, loop: bool) -> Health:
    """Health at this moment. loop: whether this server's delivery loop is alive. Never raises."""
    try:
        return _look(now, loop)
    except SQLAlchemyError:
        return Health("degraded", database=False, loop=loop)


def _look(now: dt.datetime, loop: bool) -> Health:
    with database.read_scope() as session:
        count, oldest = session.execute(
            select(func.count(), func.min(Delivery.created_at)).where(due.is_open())
        ).one()
        dead = select(func.count()).where(is_dead())
        kinds = tuple(dict.fromkeys(problem.kind for problem in problems(session, now)))
        return Health(
            status="ok" if loop and not kinds else "degraded",
            database=True,
            loop=loop,
            unsent=count,
            oldest_unsent_seconds=max(0, round((now - oldest).total_seconds())) if oldest else 0,
            dead=session.execute(dead).scalar_one(),
            problems=kinds,
        )
