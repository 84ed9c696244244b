"""What is said to the team about one request, whatever the channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from support.models import Delivery


@dataclass(frozen=True)
class Line:
    """One line of the conversation."""

    at: dt.datetime
    who: str
    text: str


@dataclass(frozen=True)
class Message:
    """One delivery's content. delivery_id stays the same when the message is repeated.

    unverified: the fields that are as the visitor typed them, because they could not be checked.
    """

    delivery_id: str
    channel: str
    target: str
    reference: str
    created_at: dt.datetime
    name: str
    email: str | None
    phone: str | None
    reason: str
    visitor_channel: str
    page_url: str | None
    transcript: tuple[Line, ...]
    unverified: tuple[str, ...] = ()

    @property
    def reply_to(self) -> str | None:
        """The visitor's address, if it is one."""
        return None if "email" in self.unverified else self.email

    @classmethod
    def from_delivery(cls, delivery: Delivery) -> Message:
        """Read everything a channel may need while the session is open."""
        request = delivery.request
        return cls(
            delivery_id=delivery.id,
            channel=delivery.channel,
            target=delivery.target,
            reference=request.reference,
            created_at=request.created_at,
            name=request.name,
            email=request.email,
            phone=request.phone,
            reason=request.reason,
            visitor_channel=request.channel,
            page_url=request.page_url,
            transcript=tuple(_line(row) for row in request.transcript),
            unverified=tuple(request.unverified),
        )


def _line(row: dict[str, Any]) -> Line:
    at = dt.datetime.fromtimestamp(row["at"], dt.timezone.utc)
    return Line(at, row["who"], row["text"])
