"""The tables. Statuses are words; times are UTC."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Enum, ForeignKey, Integer, String, Text
from sqlalchemy.orm import declarative_base, deferred, relationship
from sqlalchemy.types import TypeDecorator

Base: Any = declarative_base()


class UtcDateTime(TypeDecorator):
    """A moment in UTC: SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        return None if value is None else value.astimezone(dt.timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        return None if value is None else value.replace(tzinfo=dt.timezone.utc)


class DeliveryStatus(str, enum.Enum):
    """Where a delivery stands."""

    QUEUED = "queued"  # waits for its (next) attempt
    SENDING = "sending"  # claimed by a process that is trying now
    SENT = "sent"  # accepted by the other side
    FAILED = "failed"  # given up: permanent error, or no attempts left


class RequestStatus(str, enum.Enum):
    """Where a request stands between the visitor and the team."""

    NEW = "new"  # the team is told, or being told; nobody has ended it
    CANCELLED = "cancelled"  # the visitor has taken it back


class EventKind(str, enum.Enum):
    """What happened to a request."""

    CREATED = "created"  # the visitor sent it; detail: the answers as they were then
    ADDITION = "addition"  # the visitor said more; detail: text
    CORRECTION = "correction"  # the visitor changed answers; detail: changes, {field, old, new}
    CANCELLED = "cancelled"  # the visitor took it back; no detail


def _words(of: type[enum.Enum]) -> Enum:
    return Enum(of, values_callable=lambda e: [m.value for m in e], native_enum=False, length=20)


class StoredSetting(Base):
    """A setting that an admin has changed; what is not here has its default."""

    __tablename__ = "settings"

    name = Column(String(60), primary_key=True)
    value = Column(JSON, nullable=False)


class SettingChange(Base):
    """Who changed a setting, when, from what to what."""

    __tablename__ = "setting_changes"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor = Column(String(200), nullable=False)
    name = Column(String(60), nullable=False)
    old = Column(JSON)
    new = Column(JSON)


class Request(Base):
    """One visitor's wish to reach a person. The answers are as they stand now, corrections in."""

    __tablename__ = "requests"

    id = Column(Integer, primary_key=True)
    reference = Column(String(12), nullable=False, unique=True)
    # The same form, sent twice (a retry, a double click, a restart), is the same request.
    handoff_id = Column(String(80), nullable=False, unique=True)
    conversation_id = Column(String(255), nullable=False, index=True)
    created_at = Column(UtcDateTime, nullable=False, index=True)
    status = Column(_words(RequestStatus), nullable=False, default=RequestStatus.NEW)
    name = Column(String(200), nullable=False)
    email = Column(String(320))
    phone = Column(String(40))
    reason = Column(Text, nullable=False)
    channel = Column(String(60), nullable=False)
    page_url = Column(Text)
    transcript = deferred(Column(JSON, nullable=False))
    # The fields whose answer could not be checked and is as the visitor typed it.
    unverified = Column(JSON, nullable=False, default=list, server_default="[]")

    deliveries = relationship("Delivery", back_populates="request", order_by="Delivery.created_at")
    events = relationship("RequestEvent", back_populates="request", order_by="RequestEvent.id")


class RequestEvent(Base):
    """One thing that happened to a request; the team is told of each. A later id is later."""

    __tablename__ = "request_events"

    id = Column(Integer, primary_key=True)
    request_id = Column(ForeignKey("requests.id"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False)
    actor = Column(String(200), nullable=False)
    kind = Column(_words(EventKind), nullable=False)
    detail = Column(JSON, nullable=False)

    request = relationship("Request", back_populates="events")


class Delivery(Base):
    """One message on one channel to one target. The id is stable, so a repeat is recognisable."""

    __tablename__ = "deliveries"

    id = Column(String(32), primary_key=True)
    request_id = Column(ForeignKey("requests.id"), nullable=False, index=True)
    # What this message tells.
    event_id = Column(ForeignKey("request_events.id"), nullable=False, index=True)
    channel = Column(String(20), nullable=False)
    target = Column(String(320), nullable=False)
    status = Column(_words(DeliveryStatus), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    # When it may be tried next; while SENDING, when the claim goes stale.
    due_at = Column(UtcDateTime, nullable=False, index=True)
    claimed_by = Column(String(32))

    request = relationship("Request", back_populates="deliveries")
    event = relationship("RequestEvent")
    attempts = relationship("Attempt", back_populates="delivery", order_by="Attempt.id")


class Attempt(Base):
    """One try, with what the other side answered."""

    __tablename__ = "attempts"

    id = Column(Integer, primary_key=True)
    delivery_id = Column(ForeignKey("deliveries.id"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False)
    accepted = Column(Boolean, nullable=False)
    answer = Column(Text, nullable=False)

    delivery = relationship("Delivery", back_populates="attempts")


class FailedLookup(Base):
    """Somebody asked about a request with a reference and an address that do not belong together.

    reference: as it was tried, whether there is such a request or not.
    """

    __tablename__ = "failed_lookups"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    reference = Column(String(12), nullable=False, index=True)
    conversation_id = Column(String(255), nullable=False, index=True)
