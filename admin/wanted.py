"""Which requests an address asks for: search, filters and order, read and written back."""

from __future__ import annotations

import datetime as dt
import enum
from typing import TypeVar
from urllib.parse import urlencode

from sanic.request import Request

from admin import reading
from admin.access import person_of
from admin.errors import Refused
from support.inbox import OPEN, Sort, Trouble, Wanted
from support.models import RequestStatus

FILTERS = ("q", "status", "taken_by", "since", "until", "delivery", "sort")
MAX_WORDS = 200
MAX_NAME = 200
# Beside a status, what is still to be done; and beside a name, whoever asks.
OPEN_ONES, ME = "open", "me"
E = TypeVar("E", bound=enum.Enum)


def wanted(request: Request) -> Wanted:
    """What `q`, `status`, `taken_by`, `since`, `until`, `delivery` and `sort` ask for.

    Raises Refused when one of them cannot be understood.
    """
    given = request.args
    since, until = (reading.day(given.get(name, ""), name) for name in ("since", "until"))
    taken_by = given.get("taken_by")
    return Wanted(
        words=_short(given.get("q", ""), "q", MAX_WORDS),
        statuses=_statuses(request),
        taken_by=person_of(request).name
        if taken_by == ME
        else taken_by and _short(taken_by, "taken_by", MAX_NAME),
        since=since,
        until=until and until + dt.timedelta(days=1),
        delivery=_one_of(Trouble, given["delivery"][0], "delivery")
        if "delivery" in given
        else None,
        sort=_one_of(Sort, given.get("sort", Sort.NEWEST.value), "sort"),
    )


def filters(request: Request) -> list[tuple[str, str]]:
    """The address's filters as they are, for a form."""
    return [(name, value) for name in FILTERS for value in request.args.getlist(name, [])]


def query(request: Request, **more: str) -> str:
    """The address's filters as they are, with more, for a link."""
    return urlencode([*filters(request), *more.items()])


def narrowing(asked: Wanted) -> list[str]:
    """The names of the filters in use; never what they look for."""
    return sorted(name for name, value in vars(asked).items() if value and name != "sort")


def _statuses(request: Request) -> tuple[RequestStatus, ...]:
    found: list[RequestStatus] = []
    for word in request.args.getlist("status", []):
        those = OPEN if word == OPEN_ONES else (_one_of(RequestStatus, word, "status"),)
        found += [status for status in those if status not in found]
    return tuple(found)


def _one_of(words: type[E], word: str, name: str) -> E:
    try:
        return words(word)
    except ValueError:
        known = ", ".join(each.value for each in words)
        raise Refused(422, "invalid_value", f"{name} must be one of: {known}.", name) from None


def _short(text: str, name: str, most: int) -> str:
    if len(text) > most:
        raise Refused(422, "invalid_value", f"{name} has at most {most} characters.", name)
    return text
