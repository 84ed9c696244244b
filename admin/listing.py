"""Requests as the API lists them and the pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin import shapes
from admin.errors import Refused
from support import database, inbox, requests
from support.inbox import Wanted
from support.models import RequestStatus, User
from support.people import TOKEN_HOLDER


@dataclass(frozen=True)
class Page:
    """One page of requests. following: the cursor to go on with, if there are more."""

    rows: list[dict[str, Any]]
    following: str | None


def page(wanted: Wanted, limit: int, cursor: int | None = None) -> Page:
    """One page of requests."""
    with database.read_scope() as session:
        # One more than shown tells whether there is another page.
        found = inbox.find(session, wanted, limit + 1, cursor)
        rows = [shapes.request_summary(row) for row in found[:limit]]
    return Page(rows, str(found[limit - 1].id) if len(found) > limit else None)


def find(reference: str) -> dict[str, Any]:
    """Everything about the request with this reference. Raises Refused: 404."""
    with database.read_scope() as session:
        row = requests.find(session, reference)
        if row is None:
            raise Refused(404, "not_found", "There is no request with this reference.")
        return shapes.request_detail(row)


def open_ones() -> dict[str, str]:
    """How many requests wait to be taken, and to be answered, in words."""
    with database.read_scope() as session:
        counted = inbox.count_open(session)
    return {
        status.value: _in_words(counted[status]) for status in RequestStatus if status in counted
    }


def takers() -> list[str]:
    """Who may have taken a request."""
    with database.read_scope() as session:
        return sorted({TOKEN_HOLDER.name, *_users(session)}, key=str.casefold)


def _users(session: Session) -> list[str]:
    return list(session.scalars(select(User.name)))


def _in_words(count: int) -> str:
    return f"{count}" if count < inbox.COUNTED_TO else f"{count} or more"
