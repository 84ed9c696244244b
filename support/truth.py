"""What visitors were told about telling the team, and what has become of it since.

A visitor reads what is recorded at that moment: 'sent' once somebody of the team has it, 'saved'
while that is still tried, 'undelivered' when it has been given up. When it turns out otherwise,
the visitor is told once, by whichever process gets to it first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import case, func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from support import database, due, followups
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
        return {row.conversation_id for row in _otherwise(session, _unsettled(now))}


def has_news(conversation_id: str, now: dt.datetime) -> bool:
    """Whether something turned out otherwise in this conversation."""
    with database.read_scope() as session:
        here = _unsettled(now).where(Request.conversation_id == conversation_id)
        return any(True for _ in _otherwise(session, here))


def take_news(conversation_id: str, now: dt.datetime) -> list[News]:
    """What the visitor is to be told now, oldest first; nobody else gets it after this.

    To be given back with `give_back` when it cannot be said.
    """
    here = _unsettled(now).where(Request.conversation_id == conversation_id)
    with database.session_scope() as session:
        return [
            News(row.id, row.reference, row.kind == EventKind.CREATED, row.told, row.stands)
            for row in _otherwise(session, here)
            if _replace(session, row.id, row.told, row.stands)
        ]


def give_back(news: News) -> None:
    """The visitor could not be told: somebody else may, later."""
    with database.session_scope() as session:
        _replace(session, news.event_id, news.now, news.told)


def _unsettled(now: dt.datetime) -> Select:
    """Events that may turn out otherwise, each with how its deliveries stand together.

    Nothing of a request that the visitor has taken back, or that the team has seen by now, or that
    is so old that nobody waits any more.
    """
    stands = case(
        (func.max(case((Delivery.status == DeliveryStatus.SENT, 1), else_=0)) == 1, SENT),
        (func.max(case((due.is_open(), 1), else_=0)) == 1, SAVED),
        else_=UNDELIVERED,
    )
    columns = (RequestEvent.id, RequestEvent.kind, RequestEvent.told)
    return (
        select(*columns, Request.reference, Request.conversation_id, stands.label("stands"))
        .join(Request, Request.id == RequestEvent.request_id)
        .join(Delivery, Delivery.event_id == RequestEvent.id)
        .where(
            RequestEvent.told.in_((SAVED, UNDELIVERED)),
            Request.status == RequestStatus.NEW,
            Request.created_at > now - followups.OPEN_FOR,
        )
        .group_by(*columns, Request.reference, Request.conversation_id)
        .order_by(RequestEvent.id)
    )


def _otherwise(session: Session, unsettled: Select) -> Iterator[Row]:
    for row in session.execute(unsettled):
        if row.stands not in (row.told, SAVED):
            yield row


def _replace(session: Session, event_id: int, old: str, new: str) -> bool:
    replaced = session.execute(
        update(RequestEvent)
        .where(RequestEvent.id == event_id, RequestEvent.told == old)
        .values(told=new)
    )
    return bool(replaced.rowcount)
