"""The team's work on requests, as the pages and the API ask for it: errors become answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from admin.errors import Refused
from support import delivery, work
from support.delivery import utc_now
from support.errors import NoSuchRequest, RequestChanged, RequestTaken, WorkRefused
from support.people import Person
from support.work import Action, Whom


async def do(person: Person, reference: str, action: Action, seen: int | None) -> None:
    """Take, give back, answer, close or reopen. seen: the version that the person has read.

    Raises Refused: 404, 409, 412.
    """
    with _refusals():
        await asyncio.to_thread(work.do, reference, action, person.name, utc_now(), seen)


async def note(person: Person, reference: str, text: str) -> None:
    """Write a note. Raises Refused: 404, 422."""
    with _refusals():
        if not 1 <= len(text.strip()) <= work.NOTE_LENGTH:
            wrong = f"A note has 1 to {work.NOTE_LENGTH} characters."
            raise Refused(422, "invalid_value", wrong, "text")
        await asyncio.to_thread(work.note, reference, text, person.name, utc_now())


async def resend(person: Person, reference: str, delivery_id: str, whom: str) -> None:
    """Have a message made again. Raises Refused: 404, 409, 422."""
    try:
        to = Whom(whom)
    except ValueError:
        known = ", ".join(each.value for each in Whom)
        raise Refused(422, "invalid_value", f"to must be one of: {known}.", "to") from None
    with _refusals():
        await asyncio.to_thread(work.resend, reference, delivery_id, to, person.name, utc_now())
    delivery.wake()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NoSuchRequest as error:
        raise Refused(404, "not_found", str(error)) from None
    except RequestTaken as error:
        raise Refused(409, "taken", str(error)) from None
    except RequestChanged as error:
        raise Refused(412, "stale", str(error)) from None
    except WorkRefused as error:
        raise Refused(409, "wrong_status", str(error)) from None
