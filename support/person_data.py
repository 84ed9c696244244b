"""What is stored of one person, and erasing it on their request.

A request belongs to a person when their address or number is, or was, its visitor's own. One that
names them elsewhere, also in a field that a designer added, may be somebody else's: it is shown,
and an admin decides. Nothing of what is looked for is written down: not in the receipt, not in the
record, not in the log.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from support import audit, database, erasing, matching
from support.errors import DataChanged
from support.matching import Pattern, Person
from support.models import Erasure, IdempotencyKey, Request, RequestEvent
from support.tracker_rows import TrackerRows

_BETWEEN_DIGITS = " -().+/"


@dataclass(frozen=True)
class Found:
    """What would be erased.

    references: of the person's requests. counts: by table. others: references of requests that are
    kept, although the same conversation, or their own, mentions the person: somebody has to look.
    """

    references: tuple[str, ...]
    counts: erasing.Counts
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.counts)


@dataclass(frozen=True)
class _Data:
    """Numbers of requests that go, conversations that go, and requests that are kept."""

    ids: list[int]
    conversations: list[str]
    others: list[int]


def find(wanted: Person, rows: TrackerRows, actor: str, now: dt.datetime) -> Found:
    """What is stored of the person. Raises SQLAlchemyError when a database cannot be read."""
    mentioned = _mentioned(wanted, rows)
    with database.read_scope() as session:
        data = _data(session, wanted, mentioned)
        counts = erasing.count_with_all(session, data.ids, data.conversations)
        references, others = _references(session, data.ids), _references(session, data.others)
    events = rows.count(data.conversations)
    with database.session_scope() as session:
        audit.record(session, actor, "visitor.looked_up", None, now)
    return Found(references, +Counter({**counts, erasing.CONVERSATIONS: events}), others)


def erase(
    wanted: Person,
    rows: TrackerRows,
    actor: str,
    now: dt.datetime,
    shown: Sequence[str] | None = None,
) -> Erasure | None:
    """Erase all of it: requests, conversations, and messages that were still to be sent.

    shown: the references that somebody has agreed to. Returns the receipt, None when nothing is
    stored of the person. Raises DataChanged, when there are other requests by now, and
    SQLAlchemyError; then the requests are all still there, and erasing again does the rest.
    """
    mentioned = _mentioned(wanted, rows)
    with database.read_scope() as session:
        data = _data(session, wanted, mentioned)
        if shown is not None and set(_references(session, data.ids)) != set(shown):
            raise DataChanged()
    # First, because this is the one that may have to wait for Rasa.
    events = rows.forget(data.conversations)
    with database.session_scope() as session:
        _lock(session, data.ids)
        counts = erasing.requests_with_all(session, data.ids, data.conversations)
        counts = +Counter({**counts, erasing.CONVERSATIONS: events})
        counts = +(Counter(counts) + Counter(_answers(session, wanted)))
        if not counts:
            return None
        receipt = erasing.write_receipt(session, "person", actor, counts, now)
        audit.record(session, actor, "visitor.erased", None, now, {"receipt": receipt.id})
    rows.scrub()
    database.scrub()
    return receipt


def _mentioned(wanted: Person, rows: TrackerRows) -> set[str]:
    if wanted.kind == "reference":
        return set()
    return rows.mentioning(matching.pattern(wanted))


def _data(session: Session, wanted: Person, mentioned: set[str]) -> _Data:
    ids, mentioning = _of(session, wanted)
    alone = erasing.conversations_alone(session, sorted(ids))
    conversation = Request.conversation_id
    theirs = session.scalars(select(conversation).where(Request.id.in_(ids)))
    kept = select(Request.id, conversation).where(
        or_(
            Request.id.in_(mentioning),
            conversation.in_({*mentioned, *theirs}),
        ),
        Request.id.not_in(ids),
    )
    others = {row.id: row.conversation_id for row in session.execute(kept)}
    conversations = {*alone, *mentioned} - set(others.values())
    return _Data(sorted(ids), sorted(conversations), sorted(others))


def _of(session: Session, wanted: Person) -> tuple[set[int], set[int]]:
    """The requests of the person, and others whose history mentions the address or number."""
    if wanted.kind == "reference":
        query = select(Request.id).where(Request.reference == wanted.value)
        return set(session.scalars(query)), set()
    if wanted.kind == "email":
        given = func.lower(Request.email) == wanted.value.lower()
    else:
        given = _digits(Request.phone) == matching.digits_of(wanted.value)
    now_theirs = set(session.scalars(select(Request.id).where(given)))
    pattern = matching.pattern(wanted)
    events = _events_with(session, pattern)
    once_theirs = {e.request_id for e in events if pattern.is_in(_given(e.detail, wanted.kind))}
    ids = now_theirs | once_theirs
    return ids, {e.request_id for e in events} - ids


def _events_with(session: Session, pattern: Pattern) -> list[Any]:
    detail = func.lower(cast(RequestEvent.detail, String))
    query = select(RequestEvent.request_id, RequestEvent.detail).where(
        or_(*(detail.contains(part, autoescape=True) for part in pattern.parts))
    )
    return [row for row in session.execute(query) if pattern.is_in(row.detail)]


def _given(detail: dict[str, Any], field: str) -> list[Any]:
    """The answers to this field that an event of a request's history tells of."""
    changes = [change for change in detail.get("changes", ()) if change["field"] == field]
    return [detail.get(field), *(change[side] for change in changes for side in ("old", "new"))]


def _references(session: Session, ids: list[int]) -> tuple[str, ...]:
    query = select(Request.reference).where(Request.id.in_(ids)).order_by(Request.id)
    return tuple(session.scalars(query))


def _lock(session: Session, ids: list[int]) -> None:
    session.execute(select(Request.id).where(Request.id.in_(ids)).with_for_update())


def _answers(session: Session, wanted: Person) -> erasing.Counts:
    """Delete answers of the API that hold the person's address, kept for repeated calls."""
    part = json.dumps(wanted.value)[1:-1].lower()
    query = select(IdempotencyKey).where(
        func.lower(IdempotencyKey.body).contains(part, autoescape=True)
    )
    answers = session.scalars(query).all()
    for answer in answers:
        session.delete(answer)
    return {IdempotencyKey.__tablename__: len(answers)}


def _digits(number: Any) -> Any:
    for character in _BETWEEN_DIGITS:
        number = func.replace(number, character, "")
    return number
