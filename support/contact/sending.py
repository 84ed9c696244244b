"""Storing what was written into a contact form, by the rules that hold for the chat.

The same form is one request however often it is sent, and whoever has an open request adds to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from support import database, delivery, followups, requests
from support.contact.forms import Form
from support.errors import RequestEnded
from support.form_state import NAMES
from support.models import Request
from support.requests import Line, NewRequest

CHANNEL = "contact_form"
_DETAILS = tuple(name for name in NAMES if name != "reason")


@dataclass(frozen=True)
class Letter:
    """What was written. values: the checked answers, by field; client: see support/clients.py."""

    form: Form
    values: Mapping[str, str]
    unverified: Sequence[str]
    page_url: str | None
    client: str | None
    transcript: Sequence[Line] = ()


@dataclass(frozen=True)
class Stored:
    """Where it went. added: to a request that was open already. event_id: what tells the team."""

    request_id: int
    event_id: int
    reference: str
    added: bool


def store(letter: Letter, now: dt.datetime) -> Stored:
    """Store it, and wake this process's delivery loop if it has one.

    Raises what requests.submit and followups.add raise; RequestEnded for a form whose request is
    not open any more. Then nothing is stored.
    """
    form = letter.form
    with database.read_scope() as session:
        ids = (form.own_id, form.handoff_id)
        known = session.scalars(select(Request).where(Request.handoff_id.in_(ids)))
        is_open = {each.handoff_id: followups.is_open(each, now) for each in known}
        living = followups.open_request_of(session, form.conversation_id, now)
    if is_open.get(form.own_id) is False:
        raise RequestEnded()
    if form.own_id in is_open:
        stored = _submit(letter, form.own_id, now)
    elif is_open.get(form.handoff_id):
        stored = _submit(letter, form.handoff_id, now)
    elif living is not None:
        stored = _add(letter, living, now)
    else:
        # What the chat began may have been sent and ended meanwhile: then this is another request.
        ended = form.handoff_id in is_open
        stored = _submit(letter, form.own_id if ended else form.handoff_id, now)
    delivery.wake()
    return stored


def _submit(letter: Letter, handoff_id: str, now: dt.datetime) -> Stored:
    values = letter.values
    request = requests.submit(
        NewRequest(
            handoff_id=handoff_id,
            conversation_id=letter.form.conversation_id,
            name=values.get("name", ""),
            email=values.get("email"),
            phone=values.get("phone"),
            reason=values.get("reason", ""),
            channel=CHANNEL,
            page_url=letter.page_url,
            transcript=letter.transcript,
            unverified=letter.unverified,
            client=letter.client,
        ),
        now,
    )
    return Stored(request.id, followups.newest_event(request.id), request.reference, added=False)


def _add(letter: Letter, living: Request, now: dt.datetime) -> Stored:
    """The message is an addition; other details than the request has correct it."""
    given = {name: letter.values[name] for name in _DETAILS if name in letter.values}
    followups.contribute(living.id, given, letter.values["reason"], now, letter.unverified)
    return Stored(living.id, followups.newest_event(living.id), living.reference, added=True)
