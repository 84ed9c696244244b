"""What visitors' asks have come to, counted over time.

Every number is of something, said beside it: of all who asked for a person, or of the requests
that came in. Both by the day, in UTC, on which they began.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from support import handoffs
from support.models import Delivery, DeliveryStatus, Handoff, Request

# Who has said nothing for so long has given up, though the form was not ended.
GIVEN_UP_AFTER = dt.timedelta(hours=1)
MOST_DAYS = 366
# Of the requests taken, of how long it took: the median, and what nine of ten stay below.
SHARES = (0.5, 0.9)


class By(str, enum.Enum):
    """How long a column of the picture is."""

    DAY = "day"
    WEEK = "week"  # from Monday


@dataclass(frozen=True)
class Asks:
    """Who asked for a person, and how it ended.

    given_up: stopped, left by the assistant, or silent for GIVEN_UP_AFTER. off: asked while Support
    Operations was off. under_way: still in the form.
    """

    total: int = 0
    sent: int = 0
    given_up: int = 0
    off: int = 0
    under_way: int = 0


@dataclass(frozen=True)
class Requests:
    """Requests that came in. failed: no message about it was accepted, and all were given up."""

    total: int = 0
    failed: int = 0
    taken: int = 0


@dataclass(frozen=True)
class Column:
    """One day or week. start: its first day in the range."""

    start: dt.date
    asks: Asks
    requests: Requests


@dataclass(frozen=True)
class Figures:
    """All of it, from `first` to `last`, both in.

    given_up_at: how many of the asks ended at which question. until_taken: seconds from coming in
    to being taken, the median and what nine of ten stay below, over the requests taken.
    """

    first: dt.date
    last: dt.date
    by: By
    asks: Asks
    given_up_at: dict[str, int]
    requests: Requests
    median_until_taken: float | None
    p90_until_taken: float | None
    columns: list[Column]


def read(session: Session, first: dt.date, last: dt.date, by: By, now: dt.datetime) -> Figures:
    """Count. The range has at most MOST_DAYS days."""
    asks = _asks(session, first, last, now)
    came = _requests(session, first, last)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    starts = {day: max(first, day - dt.timedelta(days=day.weekday())) for day in days}
    columns: dict[dt.date, list[dt.date]] = {}
    for day in days:
        columns.setdefault(day if by is By.DAY else starts[day], []).append(day)
    total = _sum_requests(came.values())
    median, p90 = _until_taken(session, first, last, total.taken)
    return Figures(
        first=first,
        last=last,
        by=by,
        asks=_sum_asks(asks.values()),
        given_up_at=_given_up_at(session, first, last, now),
        requests=total,
        median_until_taken=median,
        p90_until_taken=p90,
        columns=[
            Column(
                start,
                _sum_asks(asks[day] for day in those if day in asks),
                _sum_requests(came[day] for day in those if day in came),
            )
            for start, those in columns.items()
        ],
    )


def _asks(session: Session, first: dt.date, last: dt.date, now: dt.datetime) -> dict[dt.date, Asks]:
    silent = Handoff.changed_at < now - GIVEN_UP_AFTER
    day = func.date(Handoff.started_at)
    rows = session.execute(
        select(day, Handoff.outcome, silent, func.count())
        .where(_within(Handoff.started_at, first, last))
        .group_by(day, Handoff.outcome, silent)
    ).all()
    counted: dict[dt.date, Counter[str]] = {}
    for when, outcome, is_silent, count in rows:
        counted.setdefault(_day(when), Counter())[end_of(outcome, bool(is_silent))] += count
    return {when: Asks(total=sum(ends.values()), **ends) for when, ends in counted.items()}


def end_of(outcome: str, is_silent: bool) -> str:
    """How an ask ended, as `Asks` calls it. is_silent: since GIVEN_UP_AFTER."""
    ends = {
        handoffs.SENT: "sent",
        handoffs.OFF: "off",
        handoffs.OPEN: "given_up" if is_silent else "under_way",
    }
    return ends.get(outcome, "given_up")


def _given_up_at(
    session: Session, first: dt.date, last: dt.date, now: dt.datetime
) -> dict[str, int]:
    """By question, the one that most gave up at first."""
    ended = Handoff.outcome.in_((handoffs.STOPPED, handoffs.LEFT))
    silent = and_(Handoff.outcome == handoffs.OPEN, Handoff.changed_at < now - GIVEN_UP_AFTER)
    count = func.count()
    rows = session.execute(
        select(Handoff.question, count)
        .where(_within(Handoff.started_at, first, last), ended | silent)
        .group_by(Handoff.question)
        .order_by(count.desc(), Handoff.question)
    ).all()
    return {question or "": number for question, number in rows}


def _requests(session: Session, first: dt.date, last: dt.date) -> dict[dt.date, Requests]:
    day = func.date(Request.created_at)
    within = _within(Request.created_at, first, last)
    taken = func.count(Request.taken_at)
    rows = session.execute(select(day, func.count(), taken).where(within).group_by(day)).all()
    failed = dict(
        session.execute(select(day, func.count()).where(within, *undelivered()).group_by(day)).all()
    )
    return {_day(when): Requests(total, failed.get(when, 0), taken) for when, total, taken in rows}


def undelivered() -> list[Any]:
    """Conditions on a request: some message was given up, and no other is, or was, any better."""
    given_up, better = aliased(Delivery), aliased(Delivery)
    return [
        Request.id.in_(select(given_up.request_id).where(given_up.status == DeliveryStatus.FAILED)),
        ~exists().where(better.request_id == Request.id, better.status != DeliveryStatus.FAILED),
    ]


def _until_taken(session: Session, first: dt.date, last: dt.date, taken: int) -> list[float | None]:
    """The seconds that each of SHARES of the requests taken stays below or at."""
    if not taken:
        return [None] * len(SHARES)
    if session.get_bind().dialect.name == "sqlite":
        days = func.julianday(Request.taken_at) - func.julianday(Request.created_at)
        seconds = days * 86_400
    else:
        seconds = func.extract("epoch", Request.taken_at - Request.created_at)
    ranks = [max(1, math.ceil(taken * share)) for share in SHARES]
    # Sorted once for all shares; with a million requests that is most of the work.
    ranked = (
        select(seconds.label("seconds"), func.row_number().over(order_by=seconds).label("rank"))
        .where(_within(Request.created_at, first, last), Request.taken_at.is_not(None))
        .subquery()
    )
    query = select(ranked.c.rank, ranked.c.seconds).where(ranked.c.rank.in_(ranks))
    found = {rank: float(value) for rank, value in session.execute(query)}
    return [found.get(rank) for rank in ranks]


def _within(moment: Any, first: dt.date, last: dt.date) -> Any:
    begin = dt.datetime.combine(first, dt.time(), dt.timezone.utc)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), dt.timezone.utc)
    return and_(moment >= begin, moment < end)


def _day(stored: Any) -> dt.date:
    """SQLite's date is a text."""
    return stored if isinstance(stored, dt.date) else dt.date.fromisoformat(stored)


def _sum_asks(these: Iterable[Asks]) -> Asks:
    total: Counter[str] = Counter()
    for each in these:
        total.update(vars(each))
    return Asks(**total)


def _sum_requests(these: Iterable[Requests]) -> Requests:
    total: Counter[str] = Counter()
    for each in these:
        total.update(vars(each))
    return Requests(**total)
