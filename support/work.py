"""What the team does with a request: take, give back, answer, close, reopen, note, send again.

Each is one transaction with its event and its line in the record of who did what. Doing what is
done already does nothing, so that a double click or a repeated call is harmless. `seen` is the
version of the request that somebody decided by; what has changed since is not overwritten.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support import audit, database, followups, requests
from support.errors import NoSuchRequest, RequestChanged, RequestTaken, WorkRefused
from support.models import (
    Delivery,
    DeliveryStatus,
    EventKind,
    Request,
    RequestEvent,
    RequestStatus,
)

NEW, TAKEN, ANSWERED = RequestStatus.NEW, RequestStatus.TAKEN, RequestStatus.ANSWERED
CLOSED = RequestStatus.CLOSED
NOTE_LENGTH = 4000


class Action(str, enum.Enum):
    """What moves a request from one status to another."""

    TAKE = "take"
    GIVE_BACK = "give-back"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"


class Whom(str, enum.Enum):
    """Who gets a message that is sent again."""

    SAME = "same"  # whom it was for
    TEAM = "team"  # the team as it is now


@dataclass(frozen=True)
class Move:
    """An action's rules. done: where it is done already; possible: where it can be done."""

    done: tuple[RequestStatus, ...]
    possible: tuple[RequestStatus, ...]
    kind: EventKind


MOVES = {
    Action.TAKE: Move((), (NEW,), EventKind.TAKEN),
    Action.ANSWER: Move((ANSWERED,), (NEW, TAKEN), EventKind.ANSWERED),
    Action.CLOSE: Move((CLOSED,), (NEW, TAKEN, ANSWERED), EventKind.CLOSED),
    Action.REOPEN: Move((NEW, TAKEN), (ANSWERED, CLOSED), EventKind.REOPENED),
    Action.GIVE_BACK: Move((NEW,), (TAKEN,), EventKind.GIVEN_BACK),
}


def possible(request: Request) -> list[Action]:
    """What can be done with the request now, the likeliest first."""
    return [action for action, move in MOVES.items() if request.status in move.possible]


def version(session: Session, request: Request) -> int:
    """A number that is another one after whatever happened to the request."""
    newest = select(func.max(RequestEvent.id)).where(RequestEvent.request_id == request.id)
    return session.scalar(newest) or 0


def do(reference: str, action: Action, who: str, now: dt.datetime, seen: int | None = None) -> None:
    """Do it, as this person.

    Raises NoSuchRequest, RequestTaken, RequestChanged, WorkRefused; then nothing is changed.
    """
    with _at_work(reference) as (session, request):
        move = MOVES[action]
        if action is Action.TAKE and request.status == TAKEN:
            if request.taken_by == who:
                return
            raise RequestTaken(request.taken_by)
        if request.status in move.done:
            return
        if seen is not None and seen != version(session, request):
            raise RequestChanged()
        if request.status not in move.possible:
            raise WorkRefused(
                f"The request is {request.status.value}, so this cannot be done: {action.value}."
            )
        _move(session, request, action, who, now)
        audit.record(session, who, f"request.{move.kind.value}", request.reference, now)


def note(reference: str, text: str, who: str, now: dt.datetime) -> None:
    """Write a note for the team; visitors never see it. Raises NoSuchRequest, WorkRefused."""
    # PostgreSQL stores no NUL, and nothing stores half a character.
    text = text.replace("\0", "").encode(errors="replace").decode().strip()
    if not 1 <= len(text) <= NOTE_LENGTH:
        raise WorkRefused(f"A note has 1 to {NOTE_LENGTH} characters.")
    with _at_work(reference) as (session, request):
        followups.write(session, request, EventKind.NOTE, {"text": text}, who, now)
        audit.record(session, who, "request.noted", request.reference, now)


def resend(reference: str, delivery_id: str, whom: Whom, who: str, now: dt.datetime) -> None:
    """Have a message to the team made once more, as a delivery of its own.

    Raises NoSuchRequest, and WorkRefused while the message is still on its way.
    """
    with _at_work(reference) as (session, request):
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.request_id != request.id:
            raise NoSuchRequest("This request has no such delivery.")
        if delivery.status in (DeliveryStatus.QUEUED, DeliveryStatus.SENDING):
            raise WorkRefused("This message is still on its way, and is tried again by itself.")
        detail = {"delivery": delivery.id, "to": whom.value}
        if _is_under_way(session, request, detail):
            return
        event = followups.write(session, request, EventKind.RESENT, detail, who, now)
        if whom is Whom.TEAM:
            followups.tell(session, event, now)
        else:
            session.add(_copy(delivery, event, now))
        audit.record(session, who, "request.resent", request.reference, now, {"to": whom.value})


@contextmanager
def _at_work(reference: str) -> Iterator[tuple[Session, Request]]:
    """A transaction in which nobody else changes the request. Raises NoSuchRequest."""
    with database.session_scope() as session:
        written = requests.written(reference)
        request = followups.locked(session, Request.reference == written)
        if request is None:
            raise NoSuchRequest()
        yield session, request


def _move(session: Session, request: Request, action: Action, who: str, now: dt.datetime) -> None:
    if action is Action.REOPEN:
        followups.reopen(session, request, who, now)
        return
    if action is Action.GIVE_BACK:
        request.status, request.taken_by, request.taken_at = NEW, None, None
    elif action is Action.TAKE:
        request.status, request.taken_by, request.taken_at = TAKEN, who, now
    else:
        request.status = ANSWERED if action is Action.ANSWER else CLOSED
        request.ended_at = now
        if action is Action.ANSWER and request.taken_by is None:
            request.taken_by, request.taken_at = who, now
    followups.write(session, request, MOVES[action].kind, {}, who, now)


def _is_under_way(session: Session, request: Request, detail: dict[str, str]) -> bool:
    """Whether just this was asked for already and is still to be sent."""
    asked = [e for e in request.events if e.kind == EventKind.RESENT and e.detail == detail]
    waiting = select(Delivery.id).where(
        Delivery.event_id.in_([event.id for event in asked]),
        Delivery.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING)),
    )
    return bool(asked) and session.scalars(waiting.limit(1)).first() is not None


def _copy(delivery: Delivery, event: RequestEvent, now: dt.datetime) -> Delivery:
    return Delivery(
        id=uuid.uuid4().hex,
        request=event.request,
        event=event,
        channel=delivery.channel,
        target=delivery.target,
        label=delivery.label,
        status=DeliveryStatus.QUEUED,
        created_at=now,
        due_at=now,
    )
