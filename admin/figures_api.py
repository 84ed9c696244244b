"""The figures over the API, and what the page shares with it: the range, and the shape."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import asdict
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin.answering import answer
from admin.errors import Refused
from support import database, figures
from support.delivery import utc_now
from support.figures import MOST_DAYS, By, Figures

DAYS = 30


def add_api(api: Blueprint) -> None:
    """With its address below /admin/api."""
    api.add_route(read_figures, "/figures", methods=["GET"])


async def read_figures(request: Request) -> HTTPResponse:
    """Counts over time. Raises Refused: 422."""
    return answer(shape(await asyncio.to_thread(read, *asked(request))))


def asked(request: Request) -> tuple[int, By]:
    """How many days up to today, and by what. Raises Refused: 422."""
    text, by = request.args.get("days", str(DAYS)), request.args.get("by", By.DAY.value)
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= days <= MOST_DAYS:
        wrong = f"days must be a number from 1 to {MOST_DAYS}."
        raise Refused(422, "invalid_value", wrong, "days")
    if by not in {each.value for each in By}:
        raise Refused(422, "invalid_value", "by must be one of: day, week.", "by")
    return days, By(by)


def read(days: int, by: By) -> Figures:
    """The figures of so many days, today included."""
    now = utc_now()
    first = now.date() - dt.timedelta(days=days - 1)
    with database.read_scope() as session:
        return figures.read(session, first, now.date(), by, now)


def shape(found: Figures) -> dict[str, Any]:
    """The figures as plain values, each count inside what it is of."""
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "by": found.by.value,
        "asks": {**asdict(found.asks), "given_up_at": found.given_up_at},
        "requests": {
            **asdict(found.requests),
            "median_seconds_until_taken": found.median_until_taken,
            "p90_seconds_until_taken": found.p90_until_taken,
        },
        "columns": [
            {
                "start": column.start.isoformat(),
                "asks": asdict(column.asks),
                "requests": asdict(column.requests),
            }
            for column in found.columns
        ],
    }
