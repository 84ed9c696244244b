"""What is said to the team about one request, whatever the channel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from support import settings
from support.flow import versions
from support.flow.document import ChatMessage, Mail
from support.models import Delivery, DeliveryStatus, EventKind, RequestEvent

SHORT_LINE = 12
# Rasa's names for its doors, as the team would call them.
VISITOR_CHANNELS = {
    "socketio": "website chat",
    "rest": "REST",
    "contact_form": "contact form",
}


@dataclass(frozen=True)
class Line:
    """One line of the conversation."""

    at: dt.datetime
    who: str
    text: str


@dataclass(frozen=True)
class Change:
    """One answer that the visitor corrected."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class News:
    """What a follow-up says that the first message did not.

    kind: 'addition', 'correction' or 'cancelled'. text: an addition's words. follows: the
    delivery_id of the first message to the same target, None if that was never accepted.
    """

    kind: str
    at: dt.datetime
    text: str = ""
    changes: tuple[Change, ...] = ()
    follows: str | None = None


@dataclass(frozen=True)
class Added:
    """The answer to a field that a designer added."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Message:
    """One delivery's content. delivery_id stays the same when the message is repeated.

    unverified: the fields that are as the visitor typed them, because they could not be checked.
    The answers are as they stand now. asked_as: the name under which the visitor asked at first,
    None when that is `name`. news: None in the first message about a request. sender_name: whom
    the team sees as the sender; empty: as MAIL_FROM says. test: no visitor asked, an admin tries.
    answers: those to fields that a designer added. mail, chat_message: the designer's own templates
    for the first mail, and for the first message anywhere else that takes words.
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
    asked_as: str | None = None
    news: News | None = None
    sender_name: str = ""
    test: bool = False
    answers: tuple[Added, ...] = ()
    mail: Mail | None = None
    chat_message: ChatMessage | None = None

    @property
    def asked_from(self) -> str:
        """The channel, and the page if it is known, in words."""
        channel = VISITOR_CHANNELS.get(self.visitor_channel, self.visitor_channel)
        return f"{channel}, {self.page_url}" if self.page_url else channel

    @property
    def reply_to(self) -> str | None:
        """The visitor's address, if it is one."""
        return None if "email" in self.unverified else self.email

    @property
    def given(self) -> tuple[str, ...]:
        """What the visitor gave: another side may repeat it, and an error or a log must not."""
        added = (answer.value for answer in self.answers)
        given = (self.name, self.email, self.phone, self.reason, self.asked_as, *added)
        news = (self.news.text, *_both(self.news.changes)) if self.news else ()
        # Of a conversation not the "yes" that any answer may hold as well.
        lines = (each.text for each in self.transcript if len(each.text) > SHORT_LINE)
        return tuple(text for text in (*given, *news, *lines) if text and len(text) > 1)

    @classmethod
    def from_delivery(cls, delivery: Delivery) -> Message:
        """Read everything a channel may need while the session is open."""
        request = delivery.request
        session = object_session(delivery)
        sender_name = settings.read(session).sender_name
        changes = versions.live_changes(session)
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
            asked_as=request.events[0].detail.get("name"),
            news=_news(delivery),
            sender_name=sender_name,
            answers=tuple(Added(**row) for row in request.answers),
            mail=changes.notification,
            chat_message=changes.chat_message,
        )


def _both(changes: tuple[Change, ...]) -> list[str | None]:
    return [side for change in changes for side in (change.old, change.new)]


def _news(delivery: Delivery) -> News | None:
    event = _told(delivery)
    if event.kind == EventKind.CREATED:
        return None
    changes = tuple(Change(**change) for change in event.detail.get("changes", ()))
    text = event.detail.get("text", "")
    return News(event.kind.value, event.at, text, changes, _first_accepted(delivery))


def _told(delivery: Delivery) -> RequestEvent:
    """What the message tells: of one that was made again, what the first one told."""
    event: RequestEvent = delivery.event
    while event.kind == EventKind.RESENT:
        earlier = object_session(delivery).get(Delivery, event.detail["delivery"])
        event = earlier.event
    return event


def _first_accepted(delivery: Delivery) -> str | None:
    """The message that the same target has got about the request first, by its delivery_id."""
    query = select(Delivery.id).where(
        Delivery.request_id == delivery.request_id,
        Delivery.channel == delivery.channel,
        Delivery.target == delivery.target,
        Delivery.status == DeliveryStatus.SENT,
        Delivery.event_id < delivery.event_id,
    )
    first: str | None = (
        object_session(delivery).scalars(query.order_by(Delivery.event_id).limit(1)).first()
    )
    return first


def _line(row: dict[str, Any]) -> Line:
    at = dt.datetime.fromtimestamp(row["at"], dt.timezone.utc)
    return Line(at, row["who"], row["text"])
