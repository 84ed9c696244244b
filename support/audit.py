"""The record of who did what: changes, in the transaction that makes them, and looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Select

from support import database
from support.models import AuditEntry

# How many entries other servers may write between a moment and the entry that tells of it.
OUT_OF_ORDER = 1000


@dataclass(frozen=True)
class Wanted:
    """Which entries; None and () leave open. actions: any of these. until: no longer included."""

    actor: str | None = None
    actions: tuple[str, ...] = ()
    object: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def record(
    session: Session,
    actor: str,
    action: str,
    of: str | None,
    now: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry.

    action: a noun and a verb, such as 'request.viewed'. of: what it was done to, such as a
    reference. detail: never what a visitor said or gave.
    """
    session.add(
        AuditEntry(at=now, actor=actor, action=action, object=of, detail=dict(detail or {}))
    )


def look(
    actor: str,
    action: str,
    of: str | None,
    now: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write that somebody is about to see personal data; what cannot be written must not be shown.

    A transaction of its own. Raises SQLAlchemyError.
    """
    with database.session_scope() as session:
        record(session, actor, action, of, now, detail)


def find(session: Session, wanted: Wanted, limit: int, before: int | None) -> list[AuditEntry]:
    """The newest entries, newest first; before: the id to continue from."""
    entries = _where(select(AuditEntry), wanted)
    if wanted.since:
        entries = _between(session, entries, AuditEntry.at >= wanted.since, first=True)
    if wanted.until:
        entries = _between(session, entries, AuditEntry.at < wanted.until, first=False)
    if before is not None:
        entries = entries.where(AuditEntry.id < before)
    return list(session.scalars(entries.order_by(AuditEntry.id.desc()).limit(limit)))


def _where(entries: Select, wanted: Wanted) -> Select:
    if wanted.actor:
        entries = entries.where(AuditEntry.actor == wanted.actor)
    if wanted.actions:
        entries = entries.where(AuditEntry.action.in_(wanted.actions))
    if wanted.object:
        entries = entries.where(AuditEntry.object == wanted.object)
    return entries


def _between(session: Session, entries: Select, in_time: Any, *, first: bool) -> Select:
    """The entries on one side of a moment, without reading those on the other.

    They are read by id, so the moment is turned into one; `in_time` itself sorts out the few that
    were written in another order than they happened.
    """
    nearest = AuditEntry.at if first else AuditEntry.at.desc()
    bound = session.scalars(select(AuditEntry.id).where(in_time).order_by(nearest).limit(1)).first()
    if bound is None:
        return entries.where(in_time)
    by_id = (
        AuditEntry.id >= bound - OUT_OF_ORDER if first else AuditEntry.id <= bound + OUT_OF_ORDER
    )
    return entries.where(in_time, by_id)
