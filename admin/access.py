"""Who is asking."""

from __future__ import annotations

from sanic.request import Request

from support.people import TOKEN_HOLDER, Person


def person_of(_request: Request) -> Person:
    """The person that this request, let through by the guard, comes from."""
    return TOKEN_HOLDER
