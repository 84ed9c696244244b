"""The settings and the published flow, or what they were when the database could be read last.

For words that must be said just when nothing works: the other ways to reach the team.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from support import database, settings, truth
from support.flow import versions
from support.flow.document import Changes
from support.settings import Settings

logger = logging.getLogger(__name__)
_last: Settings | None = None
_flow: tuple[int, Changes] = (0, Changes())


@dataclass(frozen=True)
class Look:
    """What a turn needs to know when it begins.

    settings: those in force, else the last ones known to this process; None before any. has_news:
    whether something turned out otherwise than this visitor was told (support/truth.py).
    """

    settings: Settings | None
    has_news: bool


def look(conversation_id: str, now: dt.datetime) -> Look:
    """Look once for all of a turn. Never raises; what cannot be read is no news."""
    global _last
    try:
        with database.read_scope() as session:
            _last = settings.read(session)
            return Look(_last, truth.has_news(session, conversation_id, now))
    except SQLAlchemyError as error:
        logger.error("Settings cannot be read: %s", type(error).__name__)
    return Look(_last, has_news=False)


def settings_now() -> Settings | None:
    """The settings in force, else the last ones known to this process; None before any."""
    global _last
    try:
        _last = settings.current()
    except SQLAlchemyError as error:
        logger.error("Settings cannot be read: %s", type(error).__name__)
    return _last


def flow_now() -> Changes:
    """What the published flow changes in the files, else what it did when it was read last."""
    global _flow
    try:
        with database.read_scope() as session:
            number = versions.live_number(session)
            if number != _flow[0]:
                _flow = (number, versions.live_changes(session))
    except SQLAlchemyError as error:
        logger.error("The published flow cannot be read: %s", type(error).__name__)
    return _flow[1]
