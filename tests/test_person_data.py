"""What is stored of one person, shown first, then erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from support import database, delivery, followups, matching, once, outbox, person_data
from support.config import Config
from support.errors import DataChanged, PersonUnclear
from support.matching import Person
from support.models import AuditEntry, Base, Delivery, Erasure, Request
from support.tracker_rows import TrackerRows
from tests.rasa_events import kept, say
from tests.stored import NOON, submit, switch_on

ANN = Person("email", "ann@example.org")
BOB = {
    "handoff_id": "form-bob",
    "conversation_id": "conversation-bob",
    "name": "Bob Ray",
    "email": "bob@example.org",
    "phone": "+12025550177",
    "reason": "a refund",
    "transcript": (),
}


@pytest.fixture
def rows(db: Config) -> TrackerRows:
    switch_on()
    return TrackerRows(db.conversations_url)


def references(*ids: int) -> tuple[str, ...]:
    with database.read_scope() as session:
        return tuple(session.get(Request, number).reference for number in ids)


def everything() -> str:
    """All that is in the database."""
    with database.read_scope() as session:
        tables = Base.metadata.sorted_tables
        return str([session.execute(select(table)).all() for table in tables])


@pytest.mark.parametrize(
    "typed, meant",
    [
        (" Ann@Example.org ", Person("email", "Ann@example.org")),
        ("+1 (202) 555-0123", Person("phone", "+12025550123")),
        ("202 555 0123", Person("phone", "+12025550123")),
        ("r-7kq9m", Person("reference", "R-7KQ9M")),
        ("7KQ9M", Person("reference", "R-7KQ9M")),
    ],
)
def test_understands_who_is_meant(typed: str, meant: Person) -> None:
    assert matching.person(typed, "US") == meant


@pytest.mark.parametrize(
    "typed",
    ["", "Ann", "ann@", "ann@example.org, bob@example.org", "%", "12", "R-1", "\x00", "x" * 999],
)
def test_refuses_what_names_nobody(typed: str) -> None:
    with pytest.raises(PersonUnclear):
        matching.person(typed, "US")


def test_shows_what_would_go_and_changes_nothing(rows: TrackerRows, db: Config) -> None:
    ann = submit()
    submit(**BOB)
    say(db.conversations_url, "conversation-1", "hello", NOON)
    found = person_data.find(ANN, rows, "Eve", NOON)
    assert found.references == references(ann)
    assert found.counts == {
        "requests": 1,
        "request_events": 1,
        "deliveries": 1,
        "conversation_events": 1,
    }
    assert found.others == ()
    assert kept(db.conversations_url) == ["conversation-1"]
    assert len(references(ann)) == 1


@pytest.mark.parametrize(
    "wanted",
    [ANN, Person("email", "ANN@Example.org"), Person("phone", "+12025550123"), None],
    ids=["e-mail", "in capitals", "phone", "reference"],
)
def test_erases_everything_of_the_person_and_nothing_else(
    rows: TrackerRows, db: Config, tmp_path: Path, wanted: Person | None
) -> None:
    before = submit(**BOB)
    ann = submit()
    followups.add(ann, "my cat Mungo is ill", NOON)
    followups.correct(ann, {"name": "Ann Leigh"}, NOON)
    outbox.claim(NOON, 1)
    say(db.conversations_url, "conversation-1", "I am Ann Lee", NOON)
    say(db.conversations_url, "conversation-bob", "hello", NOON)
    once.begin("Eve", "k", "f", NOON)
    once.finish("Eve", "k", once.Answer(200, {}, json.dumps({"reference": references(ann)[0]})))
    wanted = wanted or Person("reference", references(ann)[0])
    receipt = person_data.erase(wanted, rows, "Eve", NOON, references(ann))
    assert receipt is not None
    assert (receipt.kind, receipt.actor) == ("person", "Eve")
    assert receipt.counts["requests"] == 1
    assert receipt.counts["request_events"] == 3
    assert receipt.counts["conversation_events"] == 1
    assert kept(db.conversations_url) == ["conversation-bob"]
    left = everything()
    for trace in ("Ann", "ann@", "2025550123", "Mungo", "my order never came"):
        assert trace not in left
        assert not any(trace.encode() in file.read_bytes() for file in tmp_path.iterdir())
    assert references(before)


def test_counts_as_much_as_it_showed(rows: TrackerRows, db: Config) -> None:
    submit()
    say(db.conversations_url, "conversation-1", "hello", NOON)
    shown = person_data.find(ANN, rows, "Eve", NOON)
    receipt = person_data.erase(ANN, rows, "Eve", NOON)
    assert receipt is not None
    assert receipt.counts == shown.counts


def test_finds_who_corrected_the_address_since(rows: TrackerRows) -> None:
    ann = submit()
    followups.correct(ann, {"email": "ann.lee@example.org", "phone": "+12025550188"}, NOON)
    for wanted in (ANN, Person("phone", "+12025550123"), Person("phone", "+12025550188")):
        assert person_data.find(wanted, rows, "Eve", NOON).references == references(ann)


def test_finds_a_number_however_it_is_stored(rows: TrackerRows) -> None:
    ann = submit(phone="+1 (202) 555-0123")
    wanted = Person("phone", "+12025550123")
    assert person_data.find(wanted, rows, "Eve", NOON).references == references(ann)


def test_finds_nobody_by_part_of_an_address(rows: TrackerRows) -> None:
    submit()
    for value in ("n@example.org", "ann@example.or", "%@example.org", "___@example.org"):
        assert not person_data.find(Person("email", value), rows, "Eve", NOON)


def test_erases_a_conversation_that_never_became_a_request(rows: TrackerRows, db: Config) -> None:
    say(db.conversations_url, "never-sent", "it's ann@example.org", NOON)
    receipt = person_data.erase(ANN, rows, "Eve", NOON)
    assert receipt is not None
    assert receipt.counts == {"conversation_events": 1}
    assert kept(db.conversations_url) == []


def test_names_requests_of_others_that_mention_the_person(rows: TrackerRows, db: Config) -> None:
    ann = submit()
    in_chat = submit(**BOB)
    in_reason = submit(
        **{**BOB, "handoff_id": "b2", "conversation_id": "c2", "reason": "ask ann@example.org"}
    )
    same_chat = submit(**{**BOB, "handoff_id": "b3", "conversation_id": "conversation-1"})
    say(db.conversations_url, "conversation-bob", "or write to ann@example.org", NOON)
    say(db.conversations_url, "conversation-1", "hello", NOON)
    found = person_data.find(ANN, rows, "Eve", NOON)
    assert found.references == references(ann)
    assert found.others == references(in_chat, in_reason, same_chat)
    person_data.erase(ANN, rows, "Eve", NOON)
    assert len(references(in_chat, in_reason, same_chat)) == 3
    assert kept(db.conversations_url) == ["conversation-bob", "conversation-1"]


def test_refuses_when_something_has_come_since_it_was_shown(rows: TrackerRows) -> None:
    shown = references(submit())
    submit(handoff_id="form-2")
    with pytest.raises(DataChanged):
        person_data.erase(ANN, rows, "Eve", NOON, shown)
    assert len(person_data.find(ANN, rows, "Eve", NOON).references) == 2


def test_gives_no_receipt_for_nothing(rows: TrackerRows) -> None:
    assert person_data.erase(ANN, rows, "Eve", NOON) is None
    with database.read_scope() as session:
        assert session.scalars(select(Erasure)).all() == []


def test_records_who_looked_and_erased_but_not_whom(rows: TrackerRows) -> None:
    submit()
    person_data.find(ANN, rows, "Eve", NOON)
    receipt = person_data.erase(ANN, rows, "Eve", NOON)
    assert receipt is not None
    with database.read_scope() as session:
        by_eve = select(AuditEntry).where(AuditEntry.actor == "Eve").order_by(AuditEntry.id)
        entries = session.scalars(by_eve).all()
    assert [(e.actor, e.action, e.object, e.detail) for e in entries] == [
        ("Eve", "visitor.looked_up", None, {}),
        ("Eve", "visitor.erased", None, {"receipt": receipt.id}),
    ]


def test_ends_messages_in_the_middle_of_being_sent(
    rows: TrackerRows, caplog: pytest.LogCaptureFixture
) -> None:
    class Erases:
        def send(self, message: Any) -> str:
            person_data.erase(ANN, rows, "Eve", NOON)
            return "250 OK"

    submit()
    loop = delivery.DeliveryLoop({"email": Erases()}, clock=lambda: NOON)
    [held] = outbox.claim(NOON, 1)
    loop._attempt(held)
    loop._attempt(held)
    with database.read_scope() as session:
        assert session.scalars(select(Delivery)).all() == []
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == []
