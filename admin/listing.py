"""Requests as the API lists them and the pages show them."""

from __future__ import annotations

from typing import Any

from admin import shapes
from admin.errors import Refused
from support import database, requests


def page(limit: int, before: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """One page of requests and the reference to continue before, if there are more.

    Raises Refused when `before` is no request's reference.
    """
    with database.read_scope() as session:
        last = requests.find(session, before) if before is not None else None
        if before is not None and last is None:
            raise Refused(422, "invalid_value", "before must be a request's reference.", "before")
        # One more than shown tells whether there is another page.
        rows = requests.newest(session, limit + 1, last.id if last else None)
        shown = [shapes.request_summary(row) for row in rows[:limit]]
    return shown, shown[-1]["reference"] if len(rows) > limit else None


def find(reference: str) -> dict[str, Any]:
    """Everything about the request with this reference. Raises Refused: 404."""
    with database.read_scope() as session:
        row = requests.find(session, reference)
        if row is None:
            raise Refused(404, "not_found", "There is no request with this reference.")
        return shapes.request_detail(row)
