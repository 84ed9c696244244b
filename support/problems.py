"""What is wrong with telling the team at this moment, read from the outbox. Names no visitor."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, not_, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql import ColumnElement, Select

from support import due, hourly, settings
from support.models import Alert, Attempt, Channel, Delivery, DeliveryStatus, LimitHit, Request

# A greylisted mail is through by then; what is not is worth somebody's time.
LATE_AFTER = dt.timedelta(minutes=10)
LATE_ATTEMPTS = 4
STUCK_AFTER = dt.timedelta(minutes=5)
FORGET_AFTER = dt.timedelta(days=7)
# Below this a limit has done its work, and nobody needs to know.
HITS_WORTH_TELLING = 20
EXAMPLES = 5
CANARY = "canary"
MAIL = "email"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. kind: a key of `alert_words.PROBLEMS`; count: messages concerned.

    channel: the failing one, None when none is. since: the oldest of them. answers: what the other
    sides said last.
    """

    kind: str
    channel: str | None
    count: int
    since: dt.datetime | None = None
    references: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def problems(session: Session, now: dt.datetime) -> list[Problem]:
    """Everything that is wrong, the worst first; an empty list when all is well."""
    failed = _of("failed", session.execute(_failed(session, now)).all(), session)
    late = _of("late", session.execute(_late(now)).all(), session)
    return [*failed, *late, *_stuck(session, now), *_held(session, now), *_others(session, now)]


def dead(session: Session, now: dt.datetime) -> int:
    """How many messages have been given up of late, and were not sent again."""
    lately = Delivery.due_at > now - FORGET_AFTER
    return int(session.execute(select(func.count()).where(is_dead(), lately)).scalar_one())


def is_dead() -> ColumnElement:
    """Condition: given up, and its request has got through to nobody since."""
    later = aliased(Delivery)
    through = exists().where(
        later.request_id == Delivery.request_id,
        later.status == DeliveryStatus.SENT,
        later.created_at > Delivery.created_at,
    )
    return and_(Delivery.status == DeliveryStatus.FAILED, ~through)


def hits_since(session: Session, then: dt.datetime) -> dict[str, int]:
    """How often each limit has stopped somebody."""
    query = select(LimitHit.kind, func.count()).where(LimitHit.at > then).group_by(LimitHit.kind)
    return dict(session.execute(query).all())


def _deliveries() -> Select:
    columns = (Delivery.id, Delivery.channel, Delivery.created_at, Request.reference)
    query = select(*columns).join(Request, Request.id == Delivery.request_id)
    return query.order_by(Delivery.created_at)


def _failed(session: Session, now: dt.datetime) -> Select:
    """Given up, at a target that is still one and has accepted nothing since."""
    later, elsewhere = aliased(Attempt), aliased(Delivery)
    tried = select(func.max(Attempt.id)).where(Attempt.delivery_id == Delivery.id)
    last = tried.correlate(Delivery).scalar_subquery()
    accepted_since = (
        exists()
        .where(
            later.delivery_id == elsewhere.id,
            elsewhere.channel == Delivery.channel,
            elsewhere.target == Delivery.target,
            later.accepted,
            later.id > last,
        )
        .correlate(Delivery)
    )
    return _deliveries().where(
        Delivery.status == DeliveryStatus.FAILED,
        Delivery.due_at > now - FORGET_AFTER,
        ~accepted_since,
        _is_target(session),
    )


def _is_target(session: Session) -> ColumnElement:
    """Condition: what goes there today goes there still; else it is mended, in a way."""
    addresses = settings.read(session).agent_emails
    channel = exists().where(Channel.id == Delivery.target, Channel.enabled, Channel.for_requests)
    return or_(and_(Delivery.channel == MAIL, Delivery.target.in_(addresses)), channel)


def _late(now: dt.datetime) -> Select:
    """Tried, not accepted yet, and still on its way."""
    made = select(func.count()).where(Attempt.delivery_id == Delivery.id).scalar_subquery()
    return _deliveries().where(
        due.is_open(),
        or_(made >= LATE_ATTEMPTS, and_(made > 0, Delivery.created_at < now - LATE_AFTER)),
    )


def _of(kind: str, rows: Sequence[Row], session: Session) -> list[Problem]:
    by_channel = defaultdict(list)
    for row in rows:
        by_channel[row.channel].append(row)
    return [
        Problem(
            kind,
            channel,
            len(those),
            those[0].created_at,
            _some(row.reference for row in those),
            _last_answers(session, [row.id for row in those[-EXAMPLES:]]),
        )
        for channel, those in by_channel.items()
    ]


def _last_answers(session: Session, delivery_ids: Sequence[str]) -> tuple[str, ...]:
    last = select(func.max(Attempt.id)).where(Attempt.delivery_id.in_(delivery_ids))
    answers = select(Attempt.answer).where(
        Attempt.id.in_(last.group_by(Attempt.delivery_id).scalar_subquery())
    )
    return _some(session.scalars(answers.order_by(Attempt.id.desc())))


def _stuck(session: Session, now: dt.datetime) -> list[Problem]:
    """Due for long, while nobody tries anything at all."""
    then = now - STUCK_AFTER
    tried = exists().where(Attempt.at > then, Attempt.at < now + due.CLOCKS_DIFFER)
    if session.execute(select(tried)).scalar():
        return []
    waiting = or_(
        and_(Delivery.status == DeliveryStatus.QUEUED, Delivery.due_at <= then), due.is_stale(then)
    )
    held = list(hourly.held_back(session, now))
    query = _deliveries().where(waiting, ~due.waits(), not_(hourly.is_one_of(held)))
    rows = session.execute(query).all()
    references = _some(row.reference for row in rows)
    return [Problem("stuck", None, len(rows), rows[0].created_at, references)] if rows else []


def _held(session: Session, now: dt.datetime) -> list[Problem]:
    count = sum(hourly.held_back(session, now).values())
    return [Problem("held", None, count)] if count else []


def _others(session: Session, now: dt.datetime) -> list[Problem]:
    """The daily test, and limits that stop many."""
    found = []
    newest = session.scalars(
        select(Alert).where(Alert.kind == CANARY).order_by(Alert.id.desc()).limit(1)
    ).first()
    if newest and _canary_fails(newest, now) and settings.read(session).daily_test:
        answers = [a["answer"] for a in newest.answers if not a["accepted"]]
        found.append(Problem(CANARY, MAIL, 1, None, (), _some(answers)))
    hits = sum(hits_since(session, now - hourly.HOUR).values())
    if hits >= HITS_WORTH_TELLING:
        found.append(Problem("limits", None, hits))
    return found


def _canary_fails(canary: Alert, now: dt.datetime) -> bool:
    # One refusal may be greylisting.
    lately = canary.at > now - dt.timedelta(days=2)
    return lately and not canary.accepted and canary.detail["tries"] > 1


def _some(texts: Iterable[Any]) -> tuple[str, ...]:
    """The first few different ones."""
    return tuple(dict.fromkeys(texts))[:EXAMPLES]
