"""Requests: storing one with its deliveries, whole or not at all, and finding it again."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from support import database, followups, limits, settings
from support.errors import IncompleteRequest, RequestEnded, SupportDisabled
from support.form_fields import STANDARD, Fields
from support.form_state import is_complete
from support.models import Delivery, EventKind, Request

# Read aloud and typed from a mail: no 0/O, 1/I/L, 5/S, 2/Z, 8/B, U/V.
REFERENCE_LETTERS = "3479ACDEFGHJKMNPQRTWXY"
REFERENCE_LENGTH = 5
# What a request stands under whose visitor was not asked for a name.
NAMELESS = "A visitor"
COLLISIONS_ALLOWED = 5
# The newest ones: a mail has to carry them.
TRANSCRIPT_LINES = 500


@dataclass(frozen=True)
class Line:
    """One line of the conversation. at: seconds since 1970; who: 'visitor' or 'assistant'."""

    at: float
    who: str
    text: str


@dataclass(frozen=True)
class Answer:
    """The answer to a field that a designer added. label: what the team calls the field."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class NewRequest:
    """What a visitor asked to send.

    handoff_id: the same for every try to send the same form. unverified: which of the answers could
    not be checked and are as the visitor typed them. client: see support/clients.py. answers: those
    to added fields. fields: what was asked for.
    """

    handoff_id: str
    conversation_id: str
    name: str
    email: str | None
    phone: str | None
    reason: str
    channel: str
    page_url: str | None
    transcript: Sequence[Line]
    unverified: Sequence[str] = ()
    client: str | None = None
    answers: Sequence[Answer] = ()
    fields: Fields = STANDARD

    @property
    def given(self) -> dict[str, str | None]:
        """Every answer by its field, as it is stored."""
        standard = {name: getattr(self, name) for name in followups.ANSWERS}
        added = {answer.name: answer.value for answer in self.answers}
        return {**standard, "name": self.name or NAMELESS, **added}


def submit(new: NewRequest, now: dt.datetime) -> Request:
    """Store the request and one delivery for each team address, in one transaction.

    Sending the same handoff_id again returns the request stored first; answers that differ by then
    are taken for a correction of it.
    Raises SupportDisabled when Support Operations is off at this moment, IncompleteRequest when
    something needed is missing, RequestEnded when answers differ from those of a request that the
    team is done with, LimitReached; then nothing is stored.
    """
    if not is_complete({**new.given, "name": new.name}, new.fields):
        raise IncompleteRequest()
    for _ in range(COLLISIONS_ALLOWED):
        try:
            with limits.recorded(now):
                return _store(new, now)
        except IntegrityError:
            # The reference was taken, or another process stored this handoff_id meanwhile.
            continue
    raise RuntimeError(f"No free reference after {COLLISIONS_ALLOWED} tries; lengthen it.")


def has_open(conversation_id: str, now: dt.datetime) -> bool:
    """Whether a request of this conversation is open, read in a transaction of its own."""
    with database.read_scope() as session:
        return followups.open_request_of(session, conversation_id, now) is not None


def is_stored(handoff_id: str) -> bool:
    """Whether this form has become a request, read in a transaction of its own."""
    with database.read_scope() as session:
        query = select(Request.id).where(Request.handoff_id == handoff_id)
        return session.scalars(query).first() is not None


def find(session: Session, reference: str) -> Request | None:
    """The request with this reference, however it is typed (case, spaces, missing 'R-')."""
    query = select(Request).where(Request.reference == written(reference))
    attempts = selectinload(Request.deliveries).selectinload(Delivery.attempts)
    told = selectinload(Request.deliveries).selectinload(Delivery.event)
    history = selectinload(Request.events)
    found: Request | None = session.scalars(query.options(attempts, told, history)).first()
    return found


def written(reference: str) -> str:
    """A reference as it is stored, however it is typed."""
    return "R-" + "".join(reference.upper().split()).removeprefix("R-")


def _store(new: NewRequest, now: dt.datetime) -> Request:
    with database.session_scope() as session:
        stored = followups.locked(session, Request.handoff_id == new.handoff_id)
        if stored is not None:
            if followups.is_open(stored, now):
                labels = {answer.name: answer.label for answer in new.answers}
                followups.take_correction(session, stored, new.given, now, labels, new.unverified)
            elif followups.differ(stored, new.given):
                raise RequestEnded()
            return stored
        current = settings.read(session)
        if not current.enabled:
            raise SupportDisabled()
        limits.check_request(session, new.conversation_id, new.client, new.email, current, now)
        request = Request(
            reference=_reference(),
            handoff_id=new.handoff_id,
            conversation_id=new.conversation_id,
            created_at=now,
            name=new.name or NAMELESS,
            email=new.email,
            phone=new.phone,
            reason=new.reason,
            channel=new.channel,
            page_url=new.page_url,
            transcript=[vars(line) for line in new.transcript[-TRANSCRIPT_LINES:]],
            unverified=list(new.unverified),
            client=new.client,
            answers=[vars(answer) for answer in new.answers],
        )
        session.add(request)
        followups.record(session, request, EventKind.CREATED, new.given, now)
        return request


def _reference() -> str:
    return "R-" + "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))
