"""A request that is only rehearsed: how it is told from a real one, and what it carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from support.flow.template_values import values_of
from support.notifications.message import Added, Line, Message
from support.requests import NewRequest

# No visitor's conversation begins so: theirs are signed, or begin with another word.
PREFIX = "rehearsal-"
# Under this the action hands the request back.
KEY = "rehearsed_request"
REFERENCE = "R-7KQ9M"


def is_rehearsal(conversation_id: str) -> bool:
    """Whether nothing of this conversation may be stored or sent."""
    return conversation_id.startswith(PREFIX)


def to_json(new: NewRequest, now: dt.datetime) -> dict[str, Any]:
    """The request, to be handed back instead of stored."""
    row = {name: value for name, value in vars(new).items() if name != "fields"}
    return {
        **row,
        "answers": [asdict(each) for each in new.answers],
        "transcript": [asdict(line) for line in new.transcript],
        "unverified": list(new.unverified),
        "at": now.timestamp(),
        "given": new.given,
    }


def answers(row: dict[str, Any]) -> dict[str, str]:
    """What the visitor gave, by field."""
    return {name: value for name, value in row["given"].items() if value}


def template_values(row: dict[str, Any]) -> dict[str, Any]:
    """What the templates see of it."""
    message = Message(
        delivery_id=PREFIX,
        channel="email",
        target="",
        reference=REFERENCE,
        created_at=dt.datetime.fromtimestamp(row["at"], dt.timezone.utc),
        name=row["given"]["name"],
        email=row["email"],
        phone=row["phone"],
        reason=row["reason"],
        visitor_channel="socketio",
        page_url="https://example.org/help",
        transcript=tuple(
            Line(dt.datetime.fromtimestamp(line["at"], dt.timezone.utc), line["who"], line["text"])
            for line in row["transcript"]
        ),
        unverified=tuple(row["unverified"]),
        answers=tuple(Added(**each) for each in row["answers"]),
    )
    return values_of(message)
