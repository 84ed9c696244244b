"""How a request stands: for its own conversation, and for whoever knows reference and address.

A reference alone tells nothing, and neither pair can be found by guessing: a wrong pair is
recorded, and after a few no pair is looked at for a while, the right one included.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from support import database, followups, outbox, requests
from support.errors import TooManyTries
from support.models import FailedLookup, Request, RequestStatus

TRIES_PER_REFERENCE = 5
REFERENCE_WINDOW = dt.timedelta(hours=1)
TRIES_PER_CONVERSATION = 5
CONVERSATION_WINDOW = dt.timedelta(days=1)
REFERENCE_COLUMN = 12
# How a visitor hears of it: 'pending' is not worth a word of its own.
STATES = {
    "accepted": "accepted",
    "pending": "waiting",
    "delayed": "waiting",
    "undeliverable": "undeliverable",
}
# What the team or the visitor has done with it says more than how the team was told.
SINCE = {
    RequestStatus.TAKEN: "taken",
    RequestStatus.ANSWERED: "answered",
    RequestStatus.CLOSED: "closed",
    RequestStatus.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class Standing:
    """A request as a visitor hears of it. state: one of STATES' or SINCE's values."""

    request_id: int
    reference: str
    asked_at: dt.datetime
    state: str
    is_open: bool


def of_conversation(conversation_id: str, now: dt.datetime) -> Standing | None:
    """The conversation's open request, or else its newest."""
    with database.read_scope() as session:
        newest = select(Request).where(Request.conversation_id == conversation_id)
        request = (
            followups.open_request_of(session, conversation_id, now)
            or session.scalars(newest.order_by(Request.id.desc()).limit(1)).first()
        )
        return None if request is None else _standing(session, request, now)


def by_reference_and_email(
    reference: str, email: str, conversation_id: str, now: dt.datetime
) -> Standing | None:
    """The request with both; None alike when there is no such request and when one is wrong.

    Raises TooManyTries when there have been too many wrong ones.
    """
    reference = requests.written(reference)[:REFERENCE_COLUMN]
    with database.session_scope() as session:
        tries = session.scalars(
            select(FailedLookup).where(
                FailedLookup.at > now - max(REFERENCE_WINDOW, CONVERSATION_WINDOW),
                or_(
                    FailedLookup.reference == reference,
                    FailedLookup.conversation_id == conversation_id,
                ),
            )
        ).all()
        for_reference = [row.at for row in tries if row.reference == reference]
        in_conversation = [row.at for row in tries if row.conversation_id == conversation_id]
        if not may_try(for_reference, in_conversation, now):
            raise TooManyTries()
        # Nothing more is read of a request before the address is right: it takes no longer.
        columns = select(Request.id, Request.email).where(Request.reference == reference)
        row = session.execute(columns).first()
        if same_address((row.email or "") if row else "", email):
            return _standing(session, session.get(Request, row.id), now)
        session.add(FailedLookup(at=now, reference=reference, conversation_id=conversation_id))
        return None


def may_try(
    for_reference: Sequence[dt.datetime], in_conversation: Sequence[dt.datetime], now: dt.datetime
) -> bool:
    """Whether another pair may be looked at, by when wrong ones were tried before."""
    lately = [at for at in for_reference if at > now - REFERENCE_WINDOW]
    here = [at for at in in_conversation if at > now - CONVERSATION_WINDOW]
    return len(lately) < TRIES_PER_REFERENCE and len(here) < TRIES_PER_CONVERSATION


def same_address(on_record: str, given: str) -> bool:
    """Whether the addresses are the same but for case; no faster for one that nearly is."""
    same = hmac.compare_digest(on_record.casefold().encode(), given.casefold().encode())
    return same and bool(on_record)


def _standing(session: Session, request: Request, now: dt.datetime) -> Standing:
    since = SINCE.get(request.status)
    state = since or STATES[outbox.progress(session, request.id)]
    return Standing(
        request_id=request.id,
        reference=request.reference,
        asked_at=request.created_at,
        state=state,
        is_open=followups.is_open(request, now),
    )
