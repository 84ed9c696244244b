"""What visitors were told about telling the team, and what has become of it since.

A visitor reads what is recorded at that moment: 'sent' once somebody of the team has it, 'saved'
while that is still tried, 'undelivered' when it has been given up. When it turns out otherwise,
the visitor is told once, by whichever process gets to it first.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from support import database, followups
from support.models import Delivery, DeliveryStatus, EventKind, Request, RequestEvent, RequestStatus

SENT, SAVED, UNDELIVERED = "sent", "saved", "undelivered"
# By `outbox.progress`.
WORDS = {"accepted": SENT, "pending": SAVED, "delayed": SAVED, "undeliverable": UNDELIVERED}


@dataclass(frozen=True)
class News:
    """What a visitor was told is no longer so.

    first: it is about the request itself, not about what was added to it. told: what the visitor
    has read. now: 'sent' or 'undelivered'.
    """

    event_id: int
    reference: str
    first: bool
    told: str
    now: str


def tell(event_id: int, word: str) -> None:
    """Record that the visitor is told `word` about this event."""
    with database.session_scope() as session:
        session.execute(update(RequestEvent).where(RequestEvent.id == event_id).values(told=word))


def tell_of_request(request_id: int, word: str) -> None:
    """Record that the visitor is told `word` about the request itself."""
    with database.session_scope() as session:
        session.execute(
            update(RequestEvent)
            .where(RequestEvent.request_id == request_id, RequestEvent.kind == EventKind.CREATED)
            .values(told=word)
        )


def with_news(now: dt.datetime) -> set[str]:
    """The conversations in which something turned out otherwise than the visitor was told."""
    with database.read_scope() as session:
        return {event.conversation_id for event in _otherwise(session, now)}


def has_news(session: Session, conversation_id: str, now: dt.datetime) -> bool:
    """Whether something turned out otherwise in this conversation."""
    return bool(_otherwise(session, now, conversation_id))


def take_news(conversation_id: str, now: dt.datetime) -> list[News]:
    """What the visitor is to be told now, oldest first; nobody else gets it after this.

    To be given back with `give_back` when it cannot be said.
    """
    with database.session_scope() as session:
        return [
            News(each.id, each.reference, each.kind == EventKind.CREATED, each.told, each.stands)
            for each in _otherwise(session, now, conversation_id)
            if _replace(session, each.id, each.told, each.stands)
        ]


def give_back(news: News) -> None:
    """The visitor could not be told: somebody else may, later."""
    with database.session_scope() as session:
        _replace(session, news.event_id, news.now, news.told)


@dataclass(frozen=True)
class _Event:
    """What a visitor was told about, and how telling the team of it stands now."""

    id: int
    kind: EventKind
    told: str
    reference: str
    conversation_id: str
    stands: str


def _otherwise(
    session: Session, now: dt.datetime, conversation_id: str | None = None
) -> list[_Event]:
    """What turned out otherwise than it was told, oldest first.

    Nothing of a request that the visitor has taken back, or that the team has seen by now, or that
    is so old that nobody waits any more.
    """
    # Columns of tables, and no list: each turn asks, and mapping to objects takes half the time.
    event, request = RequestEvent.__table__.c, Request.__table__.c
    unsettled = (
        select(event.id, event.kind, event.told, request.reference, request.conversation_id)
        .join_from(Request.__table__, RequestEvent.__table__, request.id == event.request_id)
        .where(
            or_(event.told == SAVED, event.told == UNDELIVERED),
            request.status == RequestStatus.NEW,
            request.created_at > now - followups.OPEN_FOR,
        )
    )
    if conversation_id is not None:
        unsettled = unsettled.where(request.conversation_id == conversation_id)
    rows = session.execute(unsettled.order_by(event.id)).all()
    if not rows:
        return []
    stands = _stand(session, unsettled.with_only_columns(request.id))
    found = [
        _Event(row.id, row.kind, row.told, row.reference, row.conversation_id, stands[row.id])
        for row in rows
        if row.id in stands
    ]
    return [event for event in found if event.stands not in (event.told, SAVED)]


def _stand(session: Session, requests: Select) -> dict[int, str]:
    """SENT, SAVED or UNDELIVERED, for each event of these requests that has deliveries.

    What the team had sent again counts for the event that it was about.
    """
    columns = (Delivery.id, Delivery.event_id, Delivery.status)
    deliveries = session.execute(select(*columns).where(Delivery.request_id.in_(requests))).all()
    again = select(RequestEvent.id, RequestEvent.detail).where(
        RequestEvent.request_id.in_(requests), RequestEvent.kind == EventKind.RESENT
    )
    copy_of = {row.id: row.detail.get("delivery") for row in session.execute(again)}
    event_of = {row.id: row.event_id for row in deliveries}
    statuses = defaultdict(set)
    for row in deliveries:
        event = row.event_id
        while event in copy_of:
            event = event_of.get(copy_of[event])
        statuses[event].add(row.status)
    return {event: _in_a_word(those) for event, those in statuses.items()}


def _in_a_word(statuses: Set[DeliveryStatus]) -> str:
    if DeliveryStatus.SENT in statuses:
        return SENT
    return SAVED if statuses - {DeliveryStatus.FAILED} else UNDELIVERED


def _replace(session: Session, event_id: int, old: str, new: str) -> bool:
    replaced = session.execute(
        update(RequestEvent)
        .where(RequestEvent.id == event_id, RequestEvent.told == old)
        .values(told=new)
    )
    return bool(replaced.rowcount)
