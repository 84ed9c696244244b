"""What a visitor says about a request that is stored: more, something else, or never mind.

Each is an event in the request's history, written in one transaction with the messages that tell
the team. Saying the same again, as after a lost answer, is the same event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from support import database, limits, outbox, settings, targets
from support.errors import RequestEnded, SupportDisabled
from support.models import EventKind, Request, RequestEvent, RequestStatus
from support.targets import Target

ANSWERS = ("name", "email", "phone", "reason")
VISITOR = "visitor"
# What a team has not answered by then it will not; asking again is a new request.
OPEN_FOR = dt.timedelta(days=14)
# In an answered one, too: what a visitor adds to it is no new request, and opens it again.
OPEN = (RequestStatus.NEW, RequestStatus.TAKEN, RequestStatus.ANSWERED)


def open_request_of(session: Session, conversation_id: str, now: dt.datetime) -> Request | None:
    """The visitor's newest request that the team may still be working on."""
    query = select(Request).where(
        Request.conversation_id == conversation_id,
        Request.status.in_(OPEN),
        Request.created_at > now - OPEN_FOR,
    )
    found: Request | None = session.scalars(query.order_by(Request.id.desc()).limit(1)).first()
    return found


def is_open(request: Request, now: dt.datetime) -> bool:
    """Whether the team may still be working on it."""
    return request.status in OPEN and request.created_at > now - OPEN_FOR


def add(request_id: int, text: str, now: dt.datetime) -> RequestEvent:
    """The visitor says more. The last addition, said again, is not added twice.

    Raises SupportDisabled, RequestEnded, LimitReached; then nothing is stored.
    """
    with limits.recorded(now), database.session_scope() as session:
        request = _open(session, request_id, now)
        last = _last_said(request)
        if last.kind == EventKind.ADDITION and last.detail == {"text": text}:
            return last
        _refuse_while_off(session)
        limits.check_change(session, request, now)
        return record(session, request, EventKind.ADDITION, {"text": text}, now)


def correct(
    request_id: int,
    answers: Mapping[str, str],
    now: dt.datetime,
    labels: Mapping[str, str] | None = None,
    unverified: Sequence[str] = (),
) -> RequestEvent | None:
    """The visitor changes answers. None when that is what the request says already.

    labels: of added fields that the request may have no answer to yet. unverified: the fields
    whose new answers could not be checked.
    Raises SupportDisabled, RequestEnded, LimitReached; then nothing is stored.
    """
    with limits.recorded(now), database.session_scope() as session:
        request = _open(session, request_id, now)
        last = _last_said(request)
        if last.kind == EventKind.CORRECTION and _news(last) == dict(answers):
            return last
        _refuse_while_off(session)
        return take_correction(session, request, answers, now, labels, unverified)


def contribute(
    request_id: int,
    answers: Mapping[str, str],
    text: str,
    now: dt.datetime,
    unverified: Sequence[str] = (),
) -> None:
    """The visitor writes once more, in one form: `text` is added, answers that differ are changed.

    What the request says already is left out. unverified: see `correct`.
    Raises SupportDisabled, RequestEnded, LimitReached; then nothing is stored.
    """
    with limits.recorded(now), database.session_scope() as session:
        request = _open(session, request_id, now)
        added = [each.detail for each in request.events if each.kind == EventKind.ADDITION]
        is_said = request.reason == text or {"text": text} in added
        if not is_said or differ(request, answers):
            _refuse_while_off(session)
        take_correction(session, request, answers, now, unverified=unverified)
        if not is_said:
            limits.check_change(session, request, now)
            record(session, request, EventKind.ADDITION, {"text": text}, now)


def cancel(request_id: int, now: dt.datetime) -> RequestEvent:
    """The visitor takes the request back, whether Support Operations is on or off.

    Raises RequestEnded when the team is done with it; then nothing is stored.
    """
    with database.session_scope() as session:
        request = locked(session, Request.id == request_id)
        if request is None or request.status == RequestStatus.CLOSED:
            raise RequestEnded()
        taken_back = [e for e in request.events if e.kind == EventKind.CANCELLED]
        if taken_back:
            event: RequestEvent = taken_back[0]
            return event
        request.status, request.ended_at = RequestStatus.CANCELLED, now
        return record(session, request, EventKind.CANCELLED, {}, now)


def take_correction(
    session: Session,
    request: Request,
    answers: Mapping[str, str | None],
    now: dt.datetime,
    labels: Mapping[str, str] | None = None,
    unverified: Sequence[str] = (),
) -> RequestEvent | None:
    """Write the answers that differ into the request and its history, and tell the team.

    labels, unverified: see `correct`. Raises LimitReached.
    """
    before = answers_of(request)
    changes = [
        {"field": name, "old": before.get(name), "new": new}
        for name, new in answers.items()
        if before.get(name) != new
    ]
    if not changes:
        return None
    limits.check_change(session, request, now)
    for change in changes:
        _write_answer(request, str(change["field"]), change["new"], labels or {})
    changed = {change["field"] for change in changes}
    request.unverified = [
        *(name for name in request.unverified if name not in changed),
        *(name for name in unverified if name in changed),
    ]
    return record(session, request, EventKind.CORRECTION, {"changes": changes}, now)


def differ(request: Request, answers: Mapping[str, str | None]) -> bool:
    """Whether any of these answers is not the request's."""
    before = answers_of(request)
    return any(before.get(name) != answer for name, answer in answers.items())


def newest_event(request_id: int) -> int:
    """What was told the team last on the visitor's behalf, read in a transaction of its own."""
    said = (EventKind.CREATED, EventKind.ADDITION, EventKind.CORRECTION)
    query = select(RequestEvent.id).where(
        RequestEvent.request_id == request_id, RequestEvent.kind.in_(said)
    )
    with database.read_scope() as session:
        newest: int = session.scalars(query.order_by(RequestEvent.id.desc()).limit(1)).one()
    return newest


def answers_of(request: Request) -> dict[str, str | None]:
    """Every answer by its field, those to added fields among them."""
    standard = {name: getattr(request, name) for name in ANSWERS}
    return {**standard, **{row["name"]: row["value"] for row in request.answers}}


def record(
    session: Session, request: Request, kind: EventKind, detail: dict[str, Any], now: dt.datetime
) -> RequestEvent:
    """Write one event of the visitor's, and the messages that tell the team of it."""
    if request.status == RequestStatus.ANSWERED:
        reopen(session, request, VISITOR, now)
    event = write(session, request, kind, detail, VISITOR, now)
    tell(session, event, now)
    return event


def reopen(session: Session, request: Request, actor: str, now: dt.datetime) -> None:
    """Give an ended request back to whoever had it, or else to all."""
    request.status = RequestStatus.TAKEN if request.taken_by else RequestStatus.NEW
    request.ended_at = None
    write(session, request, EventKind.REOPENED, {}, actor, now)


def write(
    session: Session,
    request: Request,
    kind: EventKind,
    detail: dict[str, Any],
    actor: str,
    now: dt.datetime,
) -> RequestEvent:
    """Write one event into the request's history."""
    event = RequestEvent(request=request, at=now, actor=actor, kind=kind, detail=detail)
    request.changed_at = now
    session.add(event)
    session.flush()
    return event


def tell(session: Session, event: RequestEvent, now: dt.datetime) -> None:
    """Add the messages that tell the team, as it is now, of an event."""
    outbox.enqueue(session, event, _targets(session, event.request), now)


def locked(session: Session, condition: Any) -> Request | None:
    """The request, so that no other process changes it before this transaction ends."""
    found: Request | None = session.scalars(
        select(Request).where(condition).with_for_update()
    ).first()
    return found


def _targets(session: Session, request: Request) -> list[Target]:
    """The team as it is now; those who were told first, when there is nobody any more."""
    return targets.of_team(session) or targets.of_request(session, request.id)


def _open(session: Session, request_id: int, now: dt.datetime) -> Request:
    request = locked(session, Request.id == request_id)
    if request is None or not is_open(request, now):
        raise RequestEnded()
    return request


def _write_answer(
    request: Request, name: str, value: str | None, labels: Mapping[str, str]
) -> None:
    if name in ANSWERS:
        setattr(request, name, value)
        return
    rows = [row for row in request.answers if row["name"] != name]
    called = {row["name"]: row["label"] for row in request.answers}
    label = called.get(name) or labels.get(name, name)
    # A new list, so that the column is seen to have changed.
    request.answers = [*rows, {"name": name, "label": label, "value": value}]


def _refuse_while_off(session: Session) -> None:
    if not settings.read(session).enabled:
        raise SupportDisabled()


def _last_said(request: Request) -> RequestEvent:
    """What the visitor did last; what the team did since does not make a repeat news."""
    said: list[RequestEvent] = [event for event in request.events if event.actor == VISITOR]
    return said[-1]


def _news(event: RequestEvent) -> dict[str, str]:
    return {change["field"]: change["new"] for change in event.detail["changes"]}
