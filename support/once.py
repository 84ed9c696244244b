"""Doing something once, however often it is asked for: by a key, and what was answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from support import database
from support.errors import KeyReused, StillAtWork
from support.models import IdempotencyKey

KEPT = dt.timedelta(days=1)
# Longer than any call is worked at, so that only a dead server's claim is taken over.
CLAIM_LASTS = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Answer:
    """What was answered the first time."""

    status: int
    headers: Mapping[str, str]
    body: str


def begin(actor: str, key: str, fingerprint: str, now: dt.datetime) -> Answer | None:
    """Claim the key for a call; None: go on, and `finish` or `abandon` it.

    fingerprint: the same for the same call only. Returns the answer when there is one already.
    Raises KeyReused for another call's key, StillAtWork while the first call is going on.
    """
    stored = _claimed_before(actor, key, now)
    if stored is None:
        try:
            with database.session_scope() as session:
                session.add(IdempotencyKey(actor=actor, key=key, at=now, fingerprint=fingerprint))
            return None
        except IntegrityError:
            raise StillAtWork() from None
    if stored.fingerprint != fingerprint:
        raise KeyReused()
    if stored.status is None:
        _take_over(stored, now)
        return None
    return Answer(stored.status, stored.headers, stored.body)


def finish(actor: str, key: str, answer: Answer) -> None:
    """Keep the answer for a day."""
    with database.session_scope() as session:
        session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.actor == actor, IdempotencyKey.key == key)
            .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
        )


def abandon(actor: str, key: str) -> None:
    """Nothing was done, so that the same call may be tried again."""
    with database.session_scope() as session:
        session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.actor == actor,
                IdempotencyKey.key == key,
                IdempotencyKey.status.is_(None),
            )
        )


def _claimed_before(actor: str, key: str, now: dt.datetime) -> IdempotencyKey | None:
    with database.session_scope() as session:
        same = (IdempotencyKey.actor == actor, IdempotencyKey.key == key)
        session.execute(delete(IdempotencyKey).where(*same, IdempotencyKey.at <= now - KEPT))
        stored: IdempotencyKey | None = session.scalars(select(IdempotencyKey).where(*same)).first()
        return stored


def _take_over(stored: IdempotencyKey, now: dt.datetime) -> None:
    with database.session_scope() as session:
        taken = session.execute(
            update(IdempotencyKey)
            .where(
                IdempotencyKey.actor == stored.actor,
                IdempotencyKey.key == stored.key,
                IdempotencyKey.status.is_(None),
                IdempotencyKey.at == stored.at,
                IdempotencyKey.at <= now - CLAIM_LASTS,
            )
            .values(at=now)
        )
        if not taken.rowcount:
            raise StillAtWork()
