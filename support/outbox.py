"""The outbox: deliveries waiting to be made, claimed by one process at a time.

Rows are written with the request that causes them. A claim is one conditional UPDATE, so any
number of processes may work on one database; a claim whose process died goes stale and is taken
again. Delivery is therefore at least once: a process killed between the other side's yes and the
row saying so repeats that one message, under the same id.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from support import database
from support.errors import DeliveryError
from support.models import Attempt, Delivery, DeliveryStatus, RequestEvent
from support.retry import next_delay
from support.targets import Target

# Longer than any attempt's own time limits, so that only a dead process's claim goes stale.
CLAIM_LASTS = dt.timedelta(seconds=120)


@dataclass(frozen=True)
class Claim:
    """One delivery that this process may try now, and nobody else."""

    delivery_id: str
    token: str


def enqueue(
    session: Session, event: RequestEvent, targets: Sequence[Target], now: dt.datetime
) -> None:
    """Add one delivery of this news for each target, in the caller's transaction."""
    session.add_all(
        Delivery(
            id=uuid.uuid4().hex,
            request=event.request,
            event=event,
            channel=target.channel,
            target=target.address,
            label=target.label,
            status=DeliveryStatus.QUEUED,
            created_at=now,
            due_at=now,
        )
        for target in targets
    )


def claim(now: dt.datetime, limit: int) -> list[Claim]:
    """Claim up to `limit` deliveries that are due, oldest first, stale claims included.

    News of a request waits for the earlier news to the same target, so that it arrives in order.
    """
    token = uuid.uuid4().hex
    with database.session_scope() as session:
        candidates = select(Delivery.id, Delivery.status, Delivery.due_at)
        rows = session.execute(
            candidates.where(_is_open(Delivery), Delivery.due_at <= now, ~_waits())
            .order_by(Delivery.due_at)
            .limit(limit)
        ).all()
        return [
            Claim(row.id, token)
            for row in rows
            if session.execute(
                update(Delivery)
                .where(
                    Delivery.id == row.id,
                    Delivery.status == row.status,
                    Delivery.due_at == row.due_at,
                )
                .values(status=DeliveryStatus.SENDING, due_at=now + CLAIM_LASTS, claimed_by=token)
            ).rowcount
        ]


def record_sent(held: Claim, answer: str, now: dt.datetime) -> None:
    """The other side accepted. `answer`: what it said."""
    with database.session_scope() as session:
        if _was_erased(session, held):
            return
        session.add(Attempt(delivery_id=held.delivery_id, at=now, accepted=True, answer=answer))
        # Whoever holds the claim now: an acceptance is a fact.
        session.execute(
            update(Delivery)
            .where(Delivery.id == held.delivery_id)
            .values(status=DeliveryStatus.SENT, claimed_by=None)
        )


def record_failure(held: Claim, error: DeliveryError, now: dt.datetime) -> None:
    """The attempt failed: queue the next one, or give up."""
    with database.session_scope() as session:
        if _was_erased(session, held):
            return
        session.add(
            Attempt(delivery_id=held.delivery_id, at=now, accepted=False, answer=str(error))
        )
        session.flush()
        made = select(Attempt.id).where(Attempt.delivery_id == held.delivery_id)
        delay = next_delay(len(session.execute(made).all()), error)
        status = DeliveryStatus.FAILED if delay is None else DeliveryStatus.QUEUED
        session.execute(
            update(Delivery)
            .where(Delivery.id == held.delivery_id, Delivery.claimed_by == held.token)
            .values(status=status, due_at=now + (delay or dt.timedelta()), claimed_by=None)
        )


def give_back(held: Claim, now: dt.datetime) -> None:
    """Return an attempt that was claimed but not begun, as when the server stops."""
    with database.session_scope() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id == held.delivery_id, Delivery.claimed_by == held.token)
            .values(status=DeliveryStatus.QUEUED, due_at=now, claimed_by=None)
        )


def progress_of(request_id: int, event_id: int | None = None) -> str:
    """`progress`, read in a transaction of its own."""
    with database.read_scope() as session:
        return progress(session, request_id, event_id)


def progress(session: Session, request_id: int, event_id: int | None = None) -> str:
    """How telling the team stands, of the request or of one event, in one word.

    accepted: at least one message was accepted. pending: a first attempt is still to end.
    delayed: all have been tried, none was accepted, and some will be tried again. undeliverable:
    all have been given up.
    """
    query = select(Delivery).where(Delivery.request_id == request_id)
    if event_id is not None:
        query = query.where(Delivery.event_id == event_id)
    deliveries: Sequence[Delivery] = session.scalars(query).all()
    if any(d.status == DeliveryStatus.SENT for d in deliveries):
        return "accepted"
    open_ones = [d for d in deliveries if d.status != DeliveryStatus.FAILED]
    if any(not d.attempts for d in open_ones):
        return "pending"
    return "delayed" if open_ones else "undeliverable"


def _was_erased(session: Session, held: Claim) -> bool:
    """Whether the request was erased meanwhile; then there is nothing to record it with."""
    return session.get(Delivery, held.delivery_id) is None


def _is_open(delivery: Any) -> Any:
    """Condition: neither accepted nor given up. Two comparisons, so that an index can serve."""
    return or_(delivery.status == DeliveryStatus.QUEUED, delivery.status == DeliveryStatus.SENDING)


def _waits() -> Any:
    """Condition: earlier news of the same request to the same target is still on its way."""
    earlier = aliased(Delivery)
    return exists().where(
        earlier.request_id == Delivery.request_id,
        earlier.channel == Delivery.channel,
        earlier.target == Delivery.target,
        earlier.event_id < Delivery.event_id,
        _is_open(earlier),
    )
