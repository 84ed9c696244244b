"""The tables. Statuses are words; times are UTC."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    event,
)
from sqlalchemy.orm import declarative_base, deferred, relationship
from sqlalchemy.types import TypeDecorator

from support.search import words_of

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

    NEW = "new"  # the team is told, or being told; nobody has taken it
    TAKEN = "taken"  # somebody of the team is on it
    ANSWERED = "answered"  # the visitor has been answered
    CLOSED = "closed"  # the team is done with it
    CANCELLED = "cancelled"  # the visitor has taken it back


class EventKind(str, enum.Enum):
    """What happened to a request."""

    CREATED = "created"  # the visitor sent it; detail: the answers as they were then
    ADDITION = "addition"  # the visitor said more; detail: text
    CORRECTION = "correction"  # the visitor changed answers; detail: changes, {field, old, new}
    CANCELLED = "cancelled"  # the visitor took it back; no detail
    TAKEN = "taken"  # somebody of the team took it; no detail
    GIVEN_BACK = "given_back"  # whoever had it leaves it to the others; no detail
    ANSWERED = "answered"  # somebody answered the visitor; no detail
    CLOSED = "closed"  # the team is done; no detail
    REOPENED = "reopened"  # it was answered or closed too early; no detail
    NOTE = "note"  # the team wrote a note; detail: text
    RESENT = "resent"  # the team had a delivery made again; detail: delivery


class Role(str, enum.Enum):
    """What a person may do in Support Operations; each role may do all that those before may."""

    AGENT = "agent"  # works on requests
    DESIGNER = "designer"  # changes the handoff flow
    ADMIN = "admin"  # everything


class FlowStatus(str, enum.Enum):
    """What a version of the handoff flow is."""

    DRAFT = "draft"  # being worked on; visitors know nothing of it
    PUBLISHED = "published"  # what visitors meet; one at a time
    ARCHIVED = "archived"  # was published before


class JobStatus(str, enum.Enum):
    """Where work stands that a Rasa server does for Support Operations."""

    QUEUED = "queued"  # no server has taken it yet
    RUNNING = "running"
    DONE = "done"  # its result is there
    REFUSED = "refused"  # done, and not what was wished for; its result says why
    FAILED = "failed"  # something broke; its result says what


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
    # What the visitor answered to fields that a designer added: {name, label, value} each.
    answers = Column(JSON, nullable=False, default=list, server_default="[]")
    # Whence the visitor came: the network address, hashed with the secret key; None if unknown.
    client = Column(String(32), index=True)
    changed_at = Column(UtcDateTime)
    # Who of the team is on it, by the name they sign in with, and since when.
    taken_by = Column(String(200))
    taken_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime, index=True)
    # What it is found by; see support/search.py. Written whenever the request is.
    words = deferred(Column(Text, nullable=False, default="", server_default=""))

    __table_args__ = (
        Index("ix_requests_status_id", "status", "id"),
        Index("ix_requests_taken_by", "taken_by", "status", "id"),
    )

    deliveries = relationship("Delivery", back_populates="request", order_by="Delivery.created_at")
    events = relationship("RequestEvent", back_populates="request", order_by="RequestEvent.id")


@event.listens_for(Request, "before_insert")
@event.listens_for(Request, "before_update")
def _note_words(_mapper: Any, _connection: Any, request: Request) -> None:
    # Here, so that no way of changing an answer can leave the old one to be found by.
    added = (row["value"] or "" for row in request.answers or ())
    told = " ".join([request.reason or "", *added])
    request.words = words_of(request.reference, request.name, request.email, request.phone, told)


class RequestEvent(Base):
    """One thing that happened to a request; the team is told of each. A later id is later."""

    __tablename__ = "request_events"

    id = Column(Integer, primary_key=True)
    request_id = Column(ForeignKey("requests.id"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False)
    actor = Column(String(200), nullable=False)
    kind = Column(_words(EventKind), nullable=False)
    detail = Column(JSON, nullable=False)
    # What the visitor has read about telling the team of it: 'sent', 'saved' or 'undelivered'.
    # None when nothing was said. When the deliveries come to differ, the visitor is told.
    told = Column(String(20), index=True)

    request = relationship("Request", back_populates="events")


class Delivery(Base):
    """One message on one channel to one target. The id is stable, so a repeat is recognisable."""

    __tablename__ = "deliveries"

    id = Column(String(32), primary_key=True)
    request_id = Column(ForeignKey("requests.id"), nullable=False, index=True)
    # What this message tells.
    event_id = Column(ForeignKey("request_events.id"), nullable=False, index=True)
    channel = Column(String(20), nullable=False)
    # An e-mail address, or the id of one of `Channel`.
    target = Column(String(320), nullable=False)
    # What the team calls the target; None: the target itself.
    label = Column(String(200))
    status = Column(_words(DeliveryStatus), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    # When it may be tried next; while SENDING, when the claim goes stale.
    due_at = Column(UtcDateTime, nullable=False, index=True)
    claimed_by = Column(String(32))

    __table_args__ = (
        Index("ix_deliveries_status_due_at", "status", "due_at"),
        Index("ix_deliveries_status_request", "status", "request_id"),
    )

    request = relationship("Request", back_populates="deliveries")
    event = relationship("RequestEvent")
    attempts = relationship("Attempt", back_populates="delivery", order_by="Attempt.id")


class Attempt(Base):
    """One try, with what the other side answered."""

    __tablename__ = "attempts"

    id = Column(Integer, primary_key=True)
    delivery_id = Column(ForeignKey("deliveries.id"), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, index=True)
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


class Channel(Base):
    """A way to tell the team, other than by e-mail: one Slack webhook, web hook or Apprise URL."""

    __tablename__ = "channels"

    id = Column(String(32), primary_key=True)
    kind = Column(String(20), nullable=False)
    name = Column(String(200), nullable=False)
    # Where it leads, with its secrets; never shown again.
    address = Column(JSON, nullable=False)
    enabled = Column(Boolean, nullable=False)
    # Whether requests go there, and whether the owner is told there that something is wrong.
    for_requests = Column(Boolean, nullable=False)
    for_alerts = Column(Boolean, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    changed_at = Column(UtcDateTime, nullable=False)


class Alert(Base):
    """Something the owner was to be told. The key makes it once, however many processes look."""

    __tablename__ = "alerts"

    id = Column(Integer, primary_key=True)
    key = Column(String(120), nullable=False, unique=True)
    kind = Column(String(40), nullable=False, index=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    detail = Column(JSON, nullable=False)
    # Whether it was accepted anywhere, and what each way answered.
    accepted = Column(Boolean, nullable=False, default=False)
    answers = Column(JSON, nullable=False, default=list)


class LimitHit(Base):
    """A limit stopped somebody. kind: the setting that did."""

    __tablename__ = "limit_hits"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    kind = Column(String(40), nullable=False)
    conversation_id = Column(String(255))
    client = Column(String(32))


class Handoff(Base):
    """One visitor's way through the contact form, sent or not, without what was typed.

    outcome: 'open', 'sent', 'stopped' by the visitor, 'left' by the assistant, or 'off'.
    question: the field asked last.
    """

    __tablename__ = "handoffs"

    id = Column(String(80), primary_key=True)
    conversation_id = Column(String(255), nullable=False, index=True)
    started_at = Column(UtcDateTime, nullable=False, index=True)
    changed_at = Column(UtcDateTime, nullable=False)
    question = Column(String(60))
    outcome = Column(String(20), nullable=False)


class User(Base):
    """A person who may sign in to Support Operations."""

    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    name = Column(String(100), nullable=False, unique=True)
    role = Column(_words(Role), nullable=False)
    # What begins with "!" is nobody's password: none has been chosen yet.
    password_hash = Column(String(300), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    # Somebody who has left keeps the name in the history, and cannot sign in.
    disabled_at = Column(UtcDateTime)


class SignIn(Base):
    """A browser that somebody is signed in with; gone when they sign out.

    id: a hash of the one in the cookie.
    """

    __tablename__ = "sign_ins"

    id = Column(String(64), primary_key=True)
    # None: whoever holds ADMIN_TOKEN.
    user_id = Column(ForeignKey("users.id"), index=True)
    at = Column(UtcDateTime, nullable=False)
    ends_at = Column(UtcDateTime, nullable=False, index=True)


class SignInFailure(Base):
    """A wrong password or token. client: the network address, hashed with the secret key.

    name: what was typed there, hashed likewise, because some type their password there.
    """

    __tablename__ = "sign_in_failures"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    client = Column(String(32), nullable=False, index=True)
    name = Column(String(100), index=True)


class ApiToken(Base):
    """A token for programs, with its owner's rights. Only its hash is kept."""

    __tablename__ = "api_tokens"

    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"), nullable=False, index=True)
    name = Column(String(100), nullable=False)
    token_hash = Column(String(64), nullable=False, unique=True)
    created_at = Column(UtcDateTime, nullable=False)
    used_at = Column(UtcDateTime)
    revoked_at = Column(UtcDateTime)


class AuditEntry(Base):
    """Who did what to what, looking included. detail: never an answer that a visitor gave."""

    __tablename__ = "audit_entries"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor = Column(String(200), nullable=False, index=True)
    # A noun and a verb, such as 'request.viewed'.
    action = Column(String(60), nullable=False, index=True)
    # What it was done to, such as a reference.
    object = Column(String(320))
    detail = Column(JSON, nullable=False)


class Erasure(Base):
    """A receipt for personal data that is gone. kind: 'retention' or 'person'; counts: by table."""

    __tablename__ = "erasures"

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor = Column(String(200), nullable=False)
    kind = Column(String(20), nullable=False)
    counts = Column(JSON, nullable=False)


class IdempotencyKey(Base):
    """The answer to an API call that may be repeated. fingerprint: of what was asked."""

    __tablename__ = "idempotency_keys"

    actor = Column(String(200), primary_key=True)
    key = Column(String(200), primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    fingerprint = Column(String(64), nullable=False)
    # None while the first call is still at work.
    status = Column(Integer)
    headers = Column(JSON)
    body = Column(Text)


class FlowVersion(Base):
    """One version of the handoff flow: what it changes in the project's files (flow.document)."""

    __tablename__ = "flow_versions"

    number = Column(Integer, primary_key=True, autoincrement=False)
    status = Column(_words(FlowStatus), nullable=False, index=True)
    changes = Column(JSON, nullable=False)
    # Of a draft: goes up with each saving, so that nobody writes over what they have not seen.
    revision = Column(Integer, nullable=False)
    changed_at = Column(UtcDateTime, nullable=False)
    changed_by = Column(String(200), nullable=False)
    published_at = Column(UtcDateTime)
    published_by = Column(String(200))
    # What it changed in the version before, in words; how it was understood (flow.labelled).
    summary = Column(JSON, nullable=False, default=list)
    figures = Column(JSON)
    # The version that this one brought back.
    restores = Column(Integer)


class FlowJob(Base):
    """Work on the flow that needs a Rasa server. kind: 'check', 'review', 'rehearse', 'publish'."""

    __tablename__ = "flow_jobs"

    id = Column(String(32), primary_key=True)
    kind = Column(String(20), nullable=False)
    status = Column(_words(JobStatus), nullable=False, index=True)
    actor = Column(String(200), nullable=False)
    created_at = Column(UtcDateTime, nullable=False, index=True)
    # While it runs: when its server was last heard of.
    seen_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    claimed_by = Column(String(32))
    step = Column(String(200))
    task = Column(JSON, nullable=False)
    result = Column(JSON)
