"""Retention: what is older than Support Operations keeps it is deleted, once an hour.

In small batches with rests between them, so that neither visitors nor Rasa wait for it. What fails
is deleted an hour later.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from support import database, erasing, settings
from support.models import (
    Alert,
    AuditEntry,
    Erasure,
    FailedLookup,
    Handoff,
    IdempotencyKey,
    LimitHit,
    Request,
    RequestStatus,
    SettingChange,
    SignIn,
    SignInFailure,
)
from support.settings import Settings
from support.tracker_rows import TrackerRows

ACTOR = "retention"
REQUESTS_AT_ONCE = 50
CONVERSATIONS_AT_ONCE = 1000
ROWS_AT_ONCE = 500
# What is left has time until the next hour.
BATCHES = 200
# SQLite has one writer at a time: after each batch it is the others' turn, for as long, times this.
RESTS = 2.0
ENDED = (RequestStatus.ANSWERED, RequestStatus.CLOSED, RequestStatus.CANCELLED)
# What is needed for a while only; it says nothing about anybody, so no receipt counts it.
PASSING = (
    (FailedLookup.at, dt.timedelta(days=2)),
    (SignInFailure.at, dt.timedelta(days=7)),
    (LimitHit.at, dt.timedelta(days=30)),
    (IdempotencyKey.at, dt.timedelta(days=1)),
    (SignIn.ends_at, dt.timedelta()),
)
RECORDS = (AuditEntry.at, SettingChange.at, Alert.at, Erasure.at)


def run(rows: TrackerRows, now: dt.datetime) -> Erasure | None:
    """Delete everything that is due; the receipt, or None when there was nothing.

    A request waits as long as a message about it does. Raises SQLAlchemyError when a database
    cannot be reached; what was deleted by then stays so, and has its receipt.
    """
    current = settings.current()
    counted: Counter[str] = Counter()
    try:
        for counts in _batches(rows, current, now):
            counted.update(counts)
    finally:
        receipt = _receipt(+counted, now)
    return receipt


def is_due(current: Settings, now: dt.datetime) -> Any:
    """Condition: the request has been kept as long as the settings say."""
    ended = func.coalesce(Request.ended_at, Request.changed_at, Request.created_at)
    conditions = []
    if current.keep_ended_days:
        since = now - dt.timedelta(days=current.keep_ended_days)
        conditions.append(and_(Request.status.in_(ENDED), ended < since))
    if current.keep_open_days:
        since = now - dt.timedelta(days=current.keep_open_days)
        conditions.append(and_(Request.status.not_in(ENDED), Request.created_at < since))
    return and_(or_(False, *conditions), ~erasing.is_waiting())


def _batches(rows: TrackerRows, current: Settings, now: dt.datetime) -> Iterator[erasing.Counts]:
    yield from _until_done(partial(_old_requests, rows, current, now))
    if current.keep_conversations_days:
        since = now - dt.timedelta(days=current.keep_conversations_days)
        yield from _until_done(partial(_silent_conversations, rows, since))
    if current.keep_open_days:
        since = now - dt.timedelta(days=current.keep_open_days)
        yield from _until_done(partial(_old_rows, Handoff.started_at, since))
    if current.keep_audit_days:
        since = now - dt.timedelta(days=current.keep_audit_days)
        for column in RECORDS:
            yield from _until_done(partial(_old_rows, column, since))
    for column, kept in PASSING:
        for _ in _until_done(partial(_old_rows, column, now - kept)):
            pass


def _until_done(delete_some: Callable[[], erasing.Counts]) -> Iterator[erasing.Counts]:
    for _ in range(BATCHES):
        began = time.monotonic()
        counts = delete_some()
        if not counts:
            return
        yield counts
        time.sleep(RESTS * (time.monotonic() - began))


def _old_requests(rows: TrackerRows, current: Settings, now: dt.datetime) -> erasing.Counts:
    due = select(Request.id).where(is_due(current, now)).order_by(Request.id)
    with database.read_scope() as session:
        ids = list(session.scalars(due.limit(REQUESTS_AT_ONCE)))
        alone = erasing.conversations_alone(session, ids)
    if not ids:
        return {}
    events = rows.forget(alone)
    with database.session_scope() as session:
        # Looked at again, because the team may have reopened one, or the visitor added to it.
        still = list(
            session.scalars(due.where(Request.id.in_(ids)).with_for_update(skip_locked=True))
        )
        counts = erasing.requests_with_all(session, still, _still_alone(session, still, alone))
    return +Counter({**counts, erasing.CONVERSATIONS: events})


def _still_alone(session: Session, ids: list[int], alone: list[str]) -> list[str]:
    return sorted(set(alone) & set(erasing.conversations_alone(session, ids)))


def _silent_conversations(rows: TrackerRows, since: dt.datetime) -> erasing.Counts:
    events = rows.forget(rows.silent_since(since, CONVERSATIONS_AT_ONCE))
    return {erasing.CONVERSATIONS: events} if events else {}


def _old_rows(column: Any, since: dt.datetime) -> erasing.Counts:
    table = column.class_.__table__
    keys = list(table.primary_key)
    with database.session_scope() as session:
        old = session.execute(select(*keys).where(column < since).limit(ROWS_AT_ONCE)).all()
        for key in old:
            same = and_(*(name == value for name, value in zip(keys, key, strict=True)))
            session.execute(delete(table).where(same))
    return {table.name: len(old)} if old else {}


def _receipt(counts: erasing.Counts, now: dt.datetime) -> Erasure | None:
    if not counts:
        return None
    with database.session_scope() as session:
        return erasing.write_receipt(session, "retention", ACTOR, counts, now)
