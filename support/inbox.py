"""The team's list of requests: searched, filtered, sorted, page by page.

Every page is read from an index in its own order and stops when it is full, so that a million
requests cost no more than a hundred. Requests get their numbers in the order they come in, so
the number is the order of every list, and the cursor.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, exists, func, select, union_all
from sqlalchemy.orm import Session, aliased, selectinload

from support import search
from support.models import Delivery, DeliveryStatus, Request, RequestStatus

OPEN = (RequestStatus.NEW, RequestStatus.TAKEN)
# Numbers follow time but for clocks that differ between servers, or are set back.
CLOCKS_DIFFER = dt.timedelta(days=1)
COUNTED_TO = 1000


class Sort(str, enum.Enum):
    """The order of a list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    WAITING = "waiting"  # of those that nobody has answered or ended: who has waited longest


class Trouble(str, enum.Enum):
    """What is wrong with telling the team."""

    FAILED = "failed"  # a message was given up, and none was accepted since
    WAITING = "waiting"  # a message is still to be accepted


@dataclass(frozen=True)
class Wanted:
    """Which requests, in which order. What is empty does not narrow.

    words: all of them, each the beginning of a word of the answers or the reference. taken_by: a
    name. since, until: when they came in; until itself is out.
    """

    words: str = ""
    statuses: tuple[RequestStatus, ...] = ()
    taken_by: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    delivery: Trouble | None = None
    sort: Sort = Sort.NEWEST


def find(session: Session, wanted: Wanted, limit: int, cursor: int | None = None) -> list[Request]:
    """One page. cursor: the number of the last request of the page before."""
    ids = find_ids(session, wanted, limit, cursor)
    query = select(Request).where(Request.id.in_(ids)).options(selectinload(Request.deliveries))
    found = {row.id: row for row in session.scalars(query)}
    return [found[number] for number in ids if number in found]


def find_ids(session: Session, wanted: Wanted, limit: int, cursor: int | None = None) -> list[int]:
    """The numbers of the requests of one page."""
    if wanted.sort is Sort.WAITING and not wanted.statuses:
        wanted = replace(wanted, statuses=OPEN)
    terms = search.query_terms(wanted.words)
    if wanted.words.strip() and not terms:
        return []
    within = _Range.of(session, wanted, cursor)
    if within is None:
        return []
    has_words = search.has_words(session, Request.words, terms)
    if wanted.delivery:
        queries = [_by_delivery(wanted, wanted.delivery, has_words, within)]
    elif terms and search.has_index(session):
        queries = [_by_words(wanted, terms, within)]
    else:
        queries = _by_status(wanted, has_words, within)
    pages = [within.page(query, limit) for query in queries]
    return list(session.scalars(_merged(pages, within, limit)))


def count_open(session: Session) -> dict[RequestStatus, int]:
    """How many are new and how many taken; COUNTED_TO stands for that many or more."""
    return {
        status: session.scalar(
            select(func.count()).select_from(
                select(Request.id).where(Request.status == status).limit(COUNTED_TO).subquery()
            )
        )
        for status in OPEN
    }


@dataclass(frozen=True)
class _Range:
    """The numbers that a page can hold, and the way it goes through them."""

    low: int | None
    high: int | None
    down: bool

    @classmethod
    def of(cls, session: Session, wanted: Wanted, cursor: int | None) -> _Range | None:
        """None: there is no request in the range of time."""
        down = wanted.sort is Sort.NEWEST
        lows = [] if down or cursor is None else [cursor + 1]
        highs = [cursor - 1] if down and cursor is not None else []
        for ends, first in ((lows, _first_since), (highs, _last_until)):
            moment = wanted.since if ends is lows else wanted.until
            if moment is not None:
                number = session.scalar(first(moment))
                if number is None:
                    return None
                ends.append(number)
        return cls(max(lows, default=None), min(highs, default=None), down)

    def holds(self, number: Any) -> Any:
        """Condition: the number is in the range."""
        low = [] if self.low is None else [number >= self.low]
        high = [] if self.high is None else [number <= self.high]
        return and_(True, *low, *high)

    def page(self, query: Any, limit: int) -> Any:
        """The query for numbers, so that it ends with the page."""
        number = query.selected_columns[0]
        return query.order_by(number.desc() if self.down else number).limit(limit)


def _first_since(moment: dt.datetime) -> Any:
    query = select(Request.id).where(Request.created_at >= moment - CLOCKS_DIFFER)
    return query.order_by(Request.created_at, Request.id).limit(1)


def _last_until(moment: dt.datetime) -> Any:
    query = select(Request.id).where(Request.created_at < moment + CLOCKS_DIFFER)
    return query.order_by(Request.created_at.desc(), Request.id.desc()).limit(1)


def _by_words(wanted: Wanted, terms: Sequence[search.Term], within: _Range) -> Any:
    """SQLite's index of words knows status and taker, too, so a rare one is found as fast."""
    marks = [[search.status_mark(status.value) for status in wanted.statuses]]
    marks += [[search.taker_mark(wanted.taken_by)]] if wanted.taken_by else []
    number = search.INDEX.c.rowid
    match = search.sqlite_match(terms, [those for those in marks if those])
    query = select(number).where(match, within.holds(number))
    rest = _in_time(wanted)
    return query.join(Request, Request.id == number).where(*rest) if rest else query


def _by_delivery(wanted: Wanted, trouble: Trouble, has_words: list[Any], within: _Range) -> Any:
    """Few deliveries are in trouble, so they lead to their requests."""
    number = Delivery.request_id
    query = select(number).where(_in_trouble(trouble, Delivery), within.holds(number))
    rest = [*_in_time(wanted), *has_words, *_with_status(wanted), *_with_taker(wanted)]
    return (query.join(Request).where(*rest) if rest else query).distinct()


def _by_status(wanted: Wanted, has_words: list[Any], within: _Range) -> list[Any]:
    """An index is in order for one status only, so there is a query for each."""
    rest = [*_in_time(wanted), *has_words, *_with_taker(wanted), within.holds(Request.id)]
    if not wanted.statuses and not wanted.taken_by:
        return [select(Request.id).where(*rest)]
    statuses = wanted.statuses or tuple(RequestStatus)
    return [select(Request.id).where(Request.status == status, *rest) for status in statuses]


def _merged(pages: Sequence[Any], within: _Range, limit: int) -> Any:
    if len(pages) == 1:
        return pages[0]
    together = union_all(*(select(page.subquery()) for page in pages)).subquery()
    return within.page(select(together), limit)


def _with_status(wanted: Wanted) -> list[Any]:
    return [Request.status.in_(wanted.statuses)] if wanted.statuses else []


def _with_taker(wanted: Wanted) -> list[Any]:
    return [Request.taken_by == wanted.taken_by] if wanted.taken_by else []


def _in_time(wanted: Wanted) -> list[Any]:
    since = [Request.created_at >= wanted.since] if wanted.since else []
    until = [Request.created_at < wanted.until] if wanted.until else []
    return [*since, *until]


def _in_trouble(trouble: Trouble, delivery: Any) -> Any:
    """Condition on a delivery."""
    if trouble is Trouble.WAITING:
        return delivery.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING))
    later = aliased(Delivery)
    since = exists().where(
        later.request_id == delivery.request_id,
        later.status == DeliveryStatus.SENT,
        later.event_id > delivery.event_id,
    )
    return and_(delivery.status == DeliveryStatus.FAILED, ~since)
