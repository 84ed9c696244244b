"""The outbox: deliveries waiting to be made, claimed by one process at a time.

Rows are written with the request that causes them. A claim is one conditional UPDATE, so any
number of processes may work on one database; a claim whose process died goes stale, counts as an
attempt, and the delivery is tried again. Delivery is therefore at least once: a process killed
between the other side's yes and the row saying so repeats that one message, under the same id.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, not_, select, update
from sqlalchemy.orm import Session

from support import database, due, hourly
from support.due import CLAIM_LASTS
from support.errors import DeliveryError
from support.models import Attempt, Delivery, DeliveryStatus, RequestEvent
from support.retry import next_delay
from support.targets import Target

ANSWER_LENGTH = 1000
ENDED_IN_THE_MIDDLE = (
    "The process that was sending ended in the middle, or has not been heard of for "
    f"{CLAIM_LASTS.seconds} seconds; the message may have been accepted."
)


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


def claim(now: dt.datetime, limit: int, *, take_over: bool = True) -> list[Claim]:
    """Claim up to `limit` deliveries that are due, oldest first.

    News of a request waits for the earlier news to the same target, so that it arrives in order,
    and a target that has got what the hour allows waits for the next one. take_over: whether what
    a process has held for too long returns to the queue first; it is then due like the others.
    """
    with database.read_scope() as session:
        if not session.execute(select(Delivery.id).where(due.wants_work(now)).limit(1)).first():
            return []
    with database.session_scope() as session:
        if take_over:
            _take_back_stale(session, now)
        return _claim(session, now, limit)


def record_sent(held: Claim, answer: str, now: dt.datetime) -> None:
    """The other side accepted. `answer`: what it said."""
    with database.session_scope() as session:
        if _was_erased(session, held):
            return
        _add_attempt(session, held.delivery_id, now, answer, accepted=True)
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
        _add_attempt(session, held.delivery_id, now, str(error), accepted=False)
        _plan_next(session, held, error, now)


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


def _claim(session: Session, now: dt.datetime, limit: int) -> list[Claim]:
    token = uuid.uuid4().hex
    used, allowed = hourly.used(session, now), hourly.allowed(session)
    full = [target for target, count in used.items() if count >= allowed]
    rows = session.execute(
        select(Delivery.id, Delivery.channel, Delivery.target)
        .where(due.is_due(now), ~due.waits(), not_(hourly.is_one_of(full)))
        .order_by(Delivery.due_at)
        .limit(limit)
        # Elsewhere another process's rows would be waited for, only to be found taken.
        .with_for_update(skip_locked=True)
    ).all()
    claims = []
    for row in rows:
        if used[row.channel, row.target] < allowed and _take(session, row.id, token, now):
            used[row.channel, row.target] += 1
            claims.append(Claim(row.id, token))
    return claims


def _take(session: Session, delivery_id: str, token: str, now: dt.datetime) -> bool:
    taken = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == DeliveryStatus.QUEUED)
        .values(status=DeliveryStatus.SENDING, due_at=now + CLAIM_LASTS, claimed_by=token)
    )
    return bool(taken.rowcount)


def _take_back_stale(session: Session, now: dt.datetime) -> None:
    """Return to the queue what was claimed and never written back, as an attempt that failed."""
    # A claim cannot last so long: the clock was set back since. It gets its time anew.
    session.execute(
        update(Delivery)
        .where(due.is_claimed_in_the_future(now))
        .values(due_at=now + CLAIM_LASTS)
        .execution_options(synchronize_session=False)
    )
    stale = select(Delivery.id, Delivery.claimed_by, Delivery.due_at).where(due.is_stale(now))
    for row in session.execute(stale.with_for_update(skip_locked=True)).all():
        held = Claim(row.id, row.claimed_by)
        _add_attempt(session, row.id, now, ENDED_IN_THE_MIDDLE, accepted=False)
        _plan_next(session, held, DeliveryError(ENDED_IN_THE_MIDDLE), row.due_at - CLAIM_LASTS)


def _add_attempt(
    session: Session, delivery_id: str, now: dt.datetime, answer: str, *, accepted: bool
) -> None:
    # Other sides say all sorts of things; not every database stores a NUL or half a character.
    text = answer.replace("\0", "").encode(errors="replace").decode()[:ANSWER_LENGTH]
    session.add(Attempt(delivery_id=delivery_id, at=now, accepted=accepted, answer=text))
    session.flush()


def _plan_next(session: Session, held: Claim, error: DeliveryError, since: dt.datetime) -> None:
    """Queue the next attempt, counted from `since`, or give up; unless others hold it by now."""
    made = select(func.count()).where(Attempt.delivery_id == held.delivery_id)
    delay = next_delay(session.execute(made).scalar_one(), error, held.delivery_id)
    status = DeliveryStatus.FAILED if delay is None else DeliveryStatus.QUEUED
    session.execute(
        update(Delivery)
        .where(Delivery.id == held.delivery_id, Delivery.claimed_by == held.token)
        .values(status=status, due_at=since + (delay or dt.timedelta()), claimed_by=None)
    )
