"""What databases have refused, counted where SQLAlchemy hears of it, whoever asked.

Rasa's own store is one of them: it goes on in memory when its database fails, and only says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from support.config import Config

SUPPORT, CONVERSATIONS, OTHER = "support", "conversations", "other"
LOCKED, UNREACHABLE, FAILED = "locked", "unreachable", "failed"
# SQLite's words, and PostgreSQL's for a lock that was waited for too long or cannot be had.
SAYS_LOCKED = ("locked", "lock timeout", "deadlock", "could not obtain lock")


class StoreErrors:
    """Counts the errors of all databases of this process while it listens.

    count: called with the store (`support`, `conversations` or `other`) and the kind of error.
    """

    def __init__(self, count: Callable[[str, str], None]) -> None:
        self._count = count
        self._stores: dict[str | None, str] = {}

    def listen(self, config: Config) -> None:
        """Begin."""
        self._stores = {
            make_url(config.conversations_url).database: CONVERSATIONS,
            make_url(config.database_url).database: SUPPORT,
        }
        event.listen(Engine, "handle_error", self._failed)

    def stop(self) -> None:
        """End."""
        event.remove(Engine, "handle_error", self._failed)

    def _failed(self, context: Any) -> None:
        error = context.sqlalchemy_exception
        # Writing what is there already is how some things are done only once.
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            is_away = context.connection is None or context.is_disconnect
            kind = UNREACHABLE if is_away else kind_of(error.orig)
            self._count(self._stores.get(context.engine.url.database, OTHER), kind)


def kind_of(error: BaseException | None) -> str:
    """Whether others held a lock for too long, or something else is wrong."""
    text = str(error).lower()
    return LOCKED if any(words in text for words in SAYS_LOCKED) else FAILED
