"""Requests for tests of what becomes of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from support import database, followups, requests, settings
from support.models import Attempt, Delivery, EventKind, Request
from support.requests import Line, NewRequest

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)
ANN = NewRequest(
    handoff_id="form-1",
    conversation_id="conversation-1",
    name="Ann Lee",
    email="ann@example.org",
    phone="+12025550123",
    reason="my order never came",
    channel="rest",
    page_url="https://shop.example.org/cart",
    transcript=(
        Line(NOON.timestamp(), "visitor", "I want an agent"),
        Line(NOON.timestamp() + 1, "assistant", "What's your name?"),
    ),
)


def switch_on(*addresses: str) -> None:
    """Support Operations is on, for these of the team."""
    with database.session_scope() as session:
        changes = {
            "enabled": True,
            "agent_emails": addresses or ("team@example.org",),
            # All of them are Ann's.
            "requests_per_conversation": 100,
            "requests_per_client": 100_000,
        }
        settings.update(session, changes, actor="Bob", now=NOON)


def submit(**changes: Any) -> int:
    """Ann sends a request, unless `changes` say otherwise; its number."""
    return int(requests.submit(replace(ANN, **changes), NOON).id)


def submit_many(count: int) -> None:
    """As many visitors send requests, in a moment: one transaction instead of one each."""
    with database.session_scope() as session:
        for number in range(count):
            values = {**vars(ANN), "handoff_id": f"many-{number}", "transcript": [], "answers": []}
            del values["fields"]
            request = Request(reference=f"R-{number:05}", created_at=NOON, **values)
            session.add(request)
            followups.record(session, request, EventKind.CREATED, {"name": ANN.name}, NOON)


def deliveries() -> list[Delivery]:
    """All of them, by target."""
    with database.read_scope() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.target)))


def attempts() -> list[tuple[bool, str]]:
    """Of all deliveries, oldest first: accepted or not, and the answer."""
    with database.read_scope() as session:
        rows = session.scalars(select(Attempt).order_by(Attempt.id))
        return [(row.accepted, row.answer) for row in rows]
