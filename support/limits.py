"""How much one visitor, or one network, may send, so that nobody floods the team's mailboxes.

Requests and changes to them are counted in the database, for all processes together; two processes
at the same moment may each take one more. Messages are counted in the process that takes them.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from support import database
from support.errors import LimitReached
from support.models import EventKind, LimitHit, Request, RequestEvent
from support.settings import Settings

logger = logging.getLogger(__name__)

DAY = dt.timedelta(days=1)
MESSAGES = "messages_per_minute"
REQUESTS_HERE = "requests_per_conversation"
REQUESTS_CLIENT = "requests_per_client"
# Additions and corrections to one request in a day: each is a mail to the whole team.
CHANGES = "changes_per_request"
CHANGES_PER_DAY = 10
# An office behind one address may have so many visitors writing at the same time.
CONVERSATIONS_PER_CLIENT = 10
# Answering each message over the limit is right for people; so many times the limit are none.
FLOOD = 4
WINDOW_SECONDS = 60.0
KEYS = 20_000
RECORD_EVERY = dt.timedelta(minutes=1)


def check_request(
    session: Session,
    conversation_id: str,
    client: str | None,
    email: str | None,
    current: Settings,
    now: dt.datetime,
) -> None:
    """Raise LimitReached when no new request is taken from this visitor today."""
    counted = (
        (REQUESTS_HERE, Request.conversation_id == conversation_id, True),
        (REQUESTS_CLIENT, Request.client == client, client),
        (REQUESTS_CLIENT, func.lower(Request.email) == (email or "").lower(), email),
    )
    for kind, condition, known in counted:
        since = select(func.count(Request.id)).where(Request.created_at > now - DAY)
        if known and session.scalar(since.where(condition)) >= getattr(current, kind):
            raise LimitReached(kind, conversation_id, client)


def check_change(session: Session, request: Request, now: dt.datetime) -> None:
    """Raise LimitReached when this request has been added to or corrected often enough today."""
    made = select(func.count(RequestEvent.id)).where(
        RequestEvent.request_id == request.id,
        RequestEvent.kind.in_((EventKind.ADDITION, EventKind.CORRECTION)),
        RequestEvent.at > now - DAY,
    )
    if session.scalar(made) >= CHANGES_PER_DAY:
        raise LimitReached(CHANGES, request.conversation_id, request.client)


@contextmanager
def recorded(now: dt.datetime) -> Iterator[None]:
    """Keep a LimitReached for the owner to see, in a transaction after the one that it ends."""
    try:
        yield
    except LimitReached as reached:
        record(reached.kind, reached.conversation_id, reached.client, now)
        raise


def record(kind: str, conversation_id: str, client: str | None, now: dt.datetime) -> None:
    """Write that a limit stopped somebody, once a minute at most. Never raises."""
    somebody = [LimitHit.conversation_id == conversation_id]
    if client:
        somebody.append(LimitHit.client == client)
    lately = select(LimitHit.id).where(
        LimitHit.kind == kind, LimitHit.at > now - RECORD_EVERY, or_(*somebody)
    )
    try:
        with database.session_scope() as session:
            if session.scalars(lately.limit(1)).first() is None:
                session.add(
                    LimitHit(at=now, kind=kind, conversation_id=conversation_id, client=client)
                )
    except SQLAlchemyError as error:
        logger.error("A limit was reached and cannot be recorded: %s", type(error).__name__)


class Verdict(enum.Enum):
    """What to do with a message."""

    TAKE = "take"
    SLOW_DOWN = "slow down"  # say that it was too fast, and do no more
    REFUSE = "refuse"  # not even that: it was said already


@dataclass
class _Window:
    began: float
    limit: int
    count: int = 0
    told: bool = False

    @property
    def over(self) -> bool:
        return self.count > self.limit


class MessageLimits:
    """Counts messages by conversation and by network, a minute at a time.

    Of more than KEYS conversations and networks, those are forgotten that began longest ago.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: OrderedDict[tuple[str, str], _Window] = OrderedDict()

    def count(self, conversation: str, client: str | None, per_minute: int) -> tuple[Verdict, bool]:
        """Count a message; what to do with it, and whether it is the minute's first over a limit.

        per_minute: how many one conversation may send; a network may send several times that.
        """
        own = self._add(("conversation", conversation), per_minute)
        windows = [own]
        if client:
            windows.append(self._add(("client", client), per_minute * CONVERSATIONS_PER_CLIENT))
        over = [window for window in windows if window.over]
        if not over:
            return Verdict.TAKE, False
        flooding = any(window.count > window.limit * FLOOD for window in over)
        first = any(window.count == window.limit + 1 for window in over)
        # One machine in an office must not leave the people there without a word.
        refused, own.told = flooding and own.told, True
        return (Verdict.REFUSE if refused else Verdict.SLOW_DOWN), first

    def _add(self, key: tuple[str, str], limit: int) -> _Window:
        now = self._clock()
        window = self._windows.get(key)
        if window is None or now - window.began >= WINDOW_SECONDS:
            self._windows.pop(key, None)
            window = self._windows[key] = _Window(now, limit)
            while len(self._windows) > KEYS:
                self._windows.popitem(last=False)
        window.limit = limit
        window.count += 1
        return window
