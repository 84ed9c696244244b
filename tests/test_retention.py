"""Deleting what is kept no longer: whole, only what is due, with a receipt."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from support import audit, database, followups, once, outbox, retention, settings
from support.config import Config
from support.errors import DeliveryError
from support.housekeeping import Housekeeping, work
from support.models import (
    AuditEntry,
    Base,
    Erasure,
    FailedLookup,
    Handoff,
    IdempotencyKey,
    LimitHit,
    Request,
    RequestStatus,
)
from support.tracker_rows import TrackerRows
from tests.rasa_events import kept, say
from tests.stored import NOON, submit, switch_on
from tests.system import wait_for

DAY = dt.timedelta(days=1)


@pytest.fixture
def rows(db: Config) -> TrackerRows:
    switch_on()
    return TrackerRows(db.conversations_url)


def change(**values: Any) -> None:
    with database.session_scope() as session:
        settings.update(session, values, actor="Bob", now=NOON)


def delivered(error: DeliveryError | None = None) -> None:
    for held in outbox.claim(NOON + DAY, 100):
        if error:
            outbox.record_failure(held, error, NOON)
        else:
            outbox.record_sent(held, "250 OK", NOON)


def end(request_id: int, status: RequestStatus, at: dt.datetime | None = NOON) -> None:
    with database.session_scope() as session:
        session.execute(
            update(Request).where(Request.id == request_id).values(status=status, ended_at=at)
        )


def counted() -> dict[str, int]:
    """How many rows there are, by table; empty tables are left out."""
    with database.read_scope() as session:
        tables = {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }
    return {name: count for name, count in tables.items() if count}


def references() -> list[int]:
    with database.read_scope() as session:
        return list(session.scalars(select(Request.id).order_by(Request.id)))


@pytest.mark.parametrize(
    "status", [RequestStatus.CLOSED, RequestStatus.ANSWERED, RequestStatus.CANCELLED]
)
def test_deletes_an_ended_request_with_all_that_belongs_to_it(
    rows: TrackerRows, db: Config, status: RequestStatus
) -> None:
    before = counted()
    ended = submit()
    with database.session_scope() as session:
        reference = session.get(Request, ended).reference
        session.add(FailedLookup(at=NOON, reference=reference, conversation_id="elsewhere"))
        session.add(LimitHit(at=NOON, kind="messages", conversation_id="conversation-1"))
        session.add(
            Handoff(
                id="form-1",
                conversation_id="conversation-1",
                started_at=NOON,
                changed_at=NOON,
                outcome="sent",
            )
        )
    once.begin("Bob", "k", "f", NOON + 364 * DAY)
    once.finish("Bob", "k", once.Answer(200, {}, f'{{"reference": "{reference}"}}'))
    delivered()
    end(ended, status)
    say(db.conversations_url, "conversation-1", "I am Ann Lee", NOON + 364 * DAY)
    say(db.conversations_url, "conversation-2", "hello", NOON + 364 * DAY)
    assert retention.run(rows, NOON + 365 * DAY) is None
    receipt = retention.run(rows, NOON + 365.01 * DAY)
    assert receipt is not None
    assert receipt.counts == {
        "attempts": 1,
        "conversation_events": 1,
        "deliveries": 1,
        "handoffs": 1,
        "idempotency_keys": 1,
        "request_events": 1,
        "requests": 1,
    }
    assert (receipt.kind, receipt.actor) == ("retention", "retention")
    assert kept(db.conversations_url) == ["conversation-2"]
    assert counted() == {**before, "erasures": 1}


def test_keeps_open_requests_longer_and_counts_from_their_day(rows: TrackerRows) -> None:
    new, taken = submit(), submit(handoff_id="form-2")
    delivered()
    end(taken, RequestStatus.TAKEN, None)
    assert retention.run(rows, NOON + 729 * DAY) is None
    assert references() == [new, taken]
    retention.run(rows, NOON + 731 * DAY)
    assert references() == []


def test_keeps_for_ever_when_told_so(rows: TrackerRows, db: Config) -> None:
    change(keep_ended_days=0, keep_open_days=0, keep_conversations_days=0, keep_audit_days=0)
    end(submit(), RequestStatus.CLOSED)
    submit(handoff_id="form-2")
    delivered()
    say(db.conversations_url, "silent", "hello", NOON)
    assert retention.run(rows, NOON + 36_500 * DAY) is None
    assert len(references()) == 2
    assert kept(db.conversations_url) == ["silent"]


def test_never_deletes_what_is_still_to_be_sent(rows: TrackerRows) -> None:
    waiting, trying = submit(), submit(handoff_id="form-2", conversation_id="conversation-2")
    outbox.claim(NOON, 1)
    for request in (waiting, trying):
        end(request, RequestStatus.CLOSED)
    retention.run(rows, NOON + 3650 * DAY)
    assert references() == [waiting, trying]
    delivered(DeliveryError("550", permanent=True))
    retention.run(rows, NOON + 3650 * DAY)
    assert references() == []


def test_keeps_the_conversation_of_a_request_that_is_kept(rows: TrackerRows, db: Config) -> None:
    old, kept_one = submit(), submit(handoff_id="form-2")
    delivered()
    end(old, RequestStatus.CLOSED)
    say(db.conversations_url, "conversation-1", "hello", NOON + 360 * DAY)
    retention.run(rows, NOON + 366 * DAY)
    assert references() == [kept_one]
    assert kept(db.conversations_url) == ["conversation-1"]


def test_deletes_silent_conversations_requests_or_not(rows: TrackerRows, db: Config) -> None:
    submit()
    delivered()
    for number in range(1100):
        say(db.conversations_url, f"silent-{number}", "hello", NOON)
    say(db.conversations_url, "conversation-1", "hello", NOON)
    say(db.conversations_url, "talking", "hello", NOON)
    say(db.conversations_url, "talking", "again", NOON + 2 * DAY)
    receipt = retention.run(rows, NOON + 91 * DAY)
    assert receipt is not None
    assert receipt.counts == {"conversation_events": 1101}
    assert kept(db.conversations_url) == ["talking", "talking"]
    assert len(references()) == 1


def test_deletes_many_in_batches(rows: TrackerRows) -> None:
    for number in range(retention.REQUESTS_AT_ONCE * 2 + 1):
        asked = submit(
            handoff_id=f"form-{number}",
            conversation_id=f"conversation-{number}",
            email=f"ann-{number}@example.org",
        )
        end(asked, RequestStatus.CLOSED)
    while outbox.claim(NOON, 100):
        delivered()
    for held in outbox.claim(NOON + DAY, 500):
        outbox.record_sent(held, "250 OK", NOON)
    receipt = retention.run(rows, NOON + 366 * DAY)
    assert receipt is not None
    assert receipt.counts["requests"] == retention.REQUESTS_AT_ONCE * 2 + 1
    assert references() == []


def test_lets_others_write_between_two_batches(
    rows: TrackerRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.session_scope() as session:
        for _ in range(retention.ROWS_AT_ONCE * 2):
            session.add(LimitHit(at=NOON, kind="messages", conversation_id="conversation-1"))
    rests: list[float] = []

    def others_write(seconds: float) -> None:
        rests.append(seconds)
        assert len(rests) == 2 or counted()["limit_hits"] == retention.ROWS_AT_ONCE
        change(response_time="one hour")

    monkeypatch.setattr("support.retention.time.sleep", others_write)
    retention.run(rows, NOON + 100 * DAY)
    assert "limit_hits" not in counted()
    assert len(rests) == 2
    assert min(rests) > 0


def test_deletes_old_records_but_not_the_rest(rows: TrackerRows) -> None:
    # Switching on, which is as old as the oldest.
    recorded = counted().get("audit_entries", 0)
    with database.session_scope() as session:
        for age in (1, 700, 731, 800):
            audit.record(session, "Bob", "request.viewed", "R-7KQ9M", NOON + (800 - age) * DAY)
        session.add(FailedLookup(at=NOON, reference="R-AAAAA", conversation_id="x"))
    settings_changed = counted()["setting_changes"]
    receipt = retention.run(rows, NOON + 800 * DAY)
    assert receipt is not None
    assert receipt.counts == {
        "audit_entries": recorded + 2,
        "setting_changes": settings_changed,
    }
    with database.read_scope() as session:
        assert len(session.scalars(select(AuditEntry)).all()) == 2
        assert session.scalars(select(FailedLookup)).all() == []


def test_leaves_a_request_alone_while_its_conversation_cannot_be_forgotten(
    rows: TrackerRows, db: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(submit(), RequestStatus.CLOSED)
    delivered()

    def locked(_: Any) -> int:
        raise SQLAlchemyError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(rows, "forget", locked)
        assert not work(rows, NOON + 366 * DAY)
    assert len(references()) == 1
    assert work(rows, NOON + 366 * DAY + once.CLAIM_LASTS)
    assert references() == []


def test_works_once_an_hour_however_many_servers_there_are(rows: TrackerRows) -> None:
    assert work(rows, NOON)
    assert not work(rows, NOON + dt.timedelta(minutes=59))
    assert work(rows, NOON + dt.timedelta(minutes=60))


def test_leaves_no_word_in_the_index_of_words(rows: TrackerRows, db: Config) -> None:
    submit(handoff_id="kept", name="Bob Brown")
    end(submit(name="Xavier Zzyzx"), RequestStatus.CLOSED)
    delivered()
    file = Path(db.database_url.removeprefix("sqlite:///"))
    database.scrub()
    assert b"zzyzx" in file.read_bytes()
    assert work(rows, NOON + 366 * DAY)
    assert b"zzyzx" not in file.read_bytes()
    assert b"brown" in file.read_bytes()


def test_goes_on_when_something_unforeseen_breaks(
    rows: TrackerRows, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said = "Ann Lee"

    def broken(*_: Any) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(retention, "run", broken)
    assert not work(rows, NOON)
    assert "RuntimeError" in caplog.text
    assert "Ann" not in caplog.text


def test_runs_beside_the_server(rows: TrackerRows, tmp_path: Path) -> None:
    end(submit(), RequestStatus.CLOSED)
    delivered()
    housekeeping = Housekeeping(rows)
    housekeeping.start()
    # By the real clock that request is young; that the hour was worked on is what shows.
    wait_for("the hour's work", lambda: IdempotencyKey.__tablename__ in counted())
    housekeeping.stop()
    with database.read_scope() as session:
        assert session.scalars(select(Erasure)).all() == []


def test_ends_a_request_s_messages_to_the_team_with_it(rows: TrackerRows) -> None:
    request = submit()
    followups.cancel(request, NOON)
    delivered()
    delivered()
    retention.run(rows, NOON + 400 * DAY)
    assert "deliveries" not in counted()
