"""Erasing requests with all that belongs to them, in one transaction, with a receipt."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, or_, select
from sqlalchemy.orm import Session

from support.models import (
    Base,
    Delivery,
    DeliveryStatus,
    Erasure,
    IdempotencyKey,
    Request,
)

# Events that Rasa keeps of conversations; not one of our tables, so it needs a name.
CONVERSATIONS = "conversation_events"
WAITING = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
Counts = Mapping[str, int]


def requests_with_all(session: Session, ids: Sequence[int], alone: Sequence[str]) -> Counts:
    """Delete these requests and every row that belongs to one; return how many, by table.

    alone: conversations of which nothing is kept, whose rows go too.
    """
    counted: Counter[str] = Counter()
    references = _references(session, ids)
    for table, condition in _belonging(ids, references, alone):
        counted[table.name] += session.execute(delete(table).where(condition)).rowcount
    return +counted


def count_with_all(session: Session, ids: Sequence[int], alone: Sequence[str]) -> Counts:
    """What `requests_with_all` would delete."""
    counted = {
        table.name: session.execute(
            select(func.count()).select_from(table).where(condition)
        ).scalar_one()
        for table, condition in _belonging(ids, _references(session, ids), alone)
    }
    return +Counter(counted)


def conversations_alone(session: Session, ids: Sequence[int]) -> list[str]:
    """The conversations of these requests that have no other request."""
    theirs = select(Request.conversation_id).where(Request.id.in_(ids)).distinct()
    others = select(Request.conversation_id).where(
        Request.conversation_id.in_(theirs), Request.id.not_in(ids)
    )
    return sorted(set(session.scalars(theirs)) - set(session.scalars(others)))


def is_waiting() -> Any:
    """Condition: some message about the request is still to be sent."""
    return (
        select(Delivery.id)
        .where(Delivery.request_id == Request.id, Delivery.status.in_(WAITING))
        .exists()
    )


def write_receipt(
    session: Session, kind: str, actor: str, counts: Counts, now: dt.datetime
) -> Erasure:
    """Record that data is gone. kind: 'retention' or 'person'."""
    receipt = Erasure(at=now, actor=actor, kind=kind, counts=dict(counts))
    session.add(receipt)
    session.flush()
    return receipt


def _references(session: Session, ids: Sequence[int]) -> list[str]:
    return list(session.scalars(select(Request.reference).where(Request.id.in_(ids))))


def _belonging(
    ids: Sequence[int], references: Sequence[str], alone: Sequence[str]
) -> list[tuple[Table, Any]]:
    """Tables with the rows that go, those first that point to others."""
    rows: list[tuple[Table, Any]] = []
    for table in reversed(Base.metadata.sorted_tables):
        condition = _rows_of(table, ids)
        if condition is None:
            said = {"reference": references, "conversation_id": alone}
            named = [table.c[name].in_(values) for name, values in said.items() if name in table.c]
            condition = or_(*named) if named else None
        if condition is not None:
            rows.append((table, condition))
    answers = [IdempotencyKey.body.contains(reference) for reference in references]
    return [(IdempotencyKey.__table__, or_(*answers)), *rows] if answers else rows


def _rows_of(table: Table, ids: Sequence[int]) -> Any:
    """Condition: the row is one of these requests, or points to one, at whatever remove."""
    if table is Request.__table__:
        return table.c.id.in_(ids)
    for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)):
        condition = _rows_of(key.column.table, ids)
        if condition is not None:
            return key.parent.in_(select(key.column).where(condition))
    return None
