"""The settings, or what they were when the database could be read last.

For words that must be said just when nothing works: the other ways to reach the team.
"""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from support import settings
from support.settings import Settings

logger = logging.getLogger(__name__)
_last: Settings | None = None


def settings_now() -> Settings | None:
    """The settings in force, else the last ones known to this process; None before any."""
    global _last
    try:
        _last = settings.current()
    except SQLAlchemyError as error:
        logger.error("Settings cannot be read: %s", type(error).__name__)
    return _last
