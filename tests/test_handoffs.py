"""Visitors' ways through the contact form, recorded behind their backs."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from actions import recording
from support import database, handoffs
from support.handoffs import Recorder, Seen
from support.models import Handoff
from tests.stored import NOON
from tests.system import System, wait_for

MINUTE = dt.timedelta(minutes=1)


def seen(outcome: str, question: str | None = None, minute: int = 0, which: str = "h1") -> Seen:
    return Seen(which, "conversation-1", outcome, question, NOON + minute * MINUTE)


def stored() -> list[tuple[str, str | None, int, int]]:
    """Outcome, question, and the minutes of beginning and end, of each."""
    with database.read_scope() as session:
        rows = session.scalars(select(Handoff).order_by(Handoff.started_at, Handoff.id))
        return [
            (
                row.outcome,
                row.question,
                (row.started_at - NOON) // MINUTE,
                (row.changed_at - NOON) // MINUTE,
            )
            for row in rows
        ]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("at_once", [True, False])
def test_keeps_the_last_question_and_how_it_ended(at_once: bool) -> None:
    steps = [seen("open", "name"), seen("open", "email", 1), seen("stopped", "email", 2)]
    for batch in [steps] if at_once else [[step] for step in steps]:
        handoffs.write(batch)
    assert stored() == [("stopped", "email", 0, 2)]


@pytest.mark.usefixtures("db")
def test_stays_sent_whatever_comes_late() -> None:
    handoffs.write([seen("sent", minute=3)])
    handoffs.write([seen("open", "handoff_confirmed", 2)])
    assert [outcome for outcome, *_ in stored()] == ["sent"]


@pytest.mark.usefixtures("db")
def test_writes_what_is_left_when_it_stops() -> None:
    recorder = Recorder()
    recorder.start()
    for number in range(250):
        recorder.note(seen("open", "name", which=str(number)))
    recorder.stop()
    assert len(stored()) == 250


@pytest.mark.usefixtures("db")
def test_neither_waits_nor_fails_when_there_is_too_much(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(most_waiting=2)
    for _ in range(5):
        recorder.note(seen("open", "name"))
    assert caplog.text.count("one visitor's step is left out") == 3


def test_goes_on_after_a_failure(
    db: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write, failed = handoffs.write, threading.Event()

    def fail_once(batch: list[Seen]) -> None:
        if not failed.is_set():
            failed.set()
            raise OperationalError("INSERT conversation-1", {}, Exception("locked"))
        write(batch)

    monkeypatch.setattr(handoffs, "write", fail_once)
    recorder = Recorder()
    recorder.start()
    with caplog.at_level(logging.ERROR):
        recorder.note(seen("open", "name"))
        assert failed.wait(10)
    recorder.note(seen("open", "email", which="h2"))
    recorder.stop()
    assert [question for _, question, *_ in stored()] == ["email"]
    assert "OperationalError" in caplog.text
    assert "conversation-1" not in caplog.text


def test_is_silent_in_a_process_that_does_not_record(db: object) -> None:
    handoffs.note(seen("open"))
    handoffs.stop()
    assert stored() == []


def tracker_of(**values: Any) -> Tracker:
    """A visitor in the middle of the form."""
    return Tracker("visitor", values, {"text": "hello"}, [], False, None, {}, "action_listen")


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ({"requested_slot": "name", "handoff_id": "h1"}, ("h1", "open", "name")),
        ({"requested_slot": "email"}, ("h0", "open", "email")),
        ({"handoff_outcome": "cancelled", "handoff_id": None}, ("h0", "stopped", "phone")),
        ({"handoff_outcome": "left", "requested_slot": None}, ("h0", "left", "phone")),
        ({"handoff_outcome": "off", "handoff_id": None}, ("h0", "off", "phone")),
        ({"handoff_outcome": "send"}, ("h0", "open", "phone")),
        ({"handoff_outcome": "open_request"}, None),
    ],
)
def test_reads_what_the_form_has_decided(
    decided: dict[str, Any],
    expected: tuple[str, str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[Seen] = []
    monkeypatch.setattr(handoffs, "note", noted.append)
    tracker = tracker_of(requested_slot="phone", handoff_id="h0")
    recording.note_step(tracker, [SlotSet(name, value) for name, value in decided.items()])
    assert [(each.handoff_id, each.outcome, each.question) for each in noted] == (
        [expected] if expected else []
    )


def asks(system: System) -> dict[str, int]:
    """How today's asks have ended so far."""
    found: dict[str, int] = system.admin("GET", "figures?days=1").json()["asks"]
    return {name: found[name] for name in ("total", "sent", "given_up", "off", "under_way")}


def after(before: dict[str, int], **more: int) -> dict[str, int]:
    return {name: count + more.get(name, 0) for name, count in before.items()}


def test_counts_a_visitor_once_from_the_first_question_to_the_sending(
    system: System, visitor: str
) -> None:
    before = asks(system)
    system.talk(visitor, "I want to talk to a person", "Ann Lee")
    wait_for("the ask", lambda: asks(system) == after(before, total=1, under_way=1))
    system.talk(visitor, "ann@example.org", "skip", "my order never came", "yes")
    wait_for("the sending", lambda: asks(system) == after(before, total=1, sent=1))


def test_counts_who_gives_up_and_who_asks_while_it_is_off(system: System, visitor: str) -> None:
    before = asks(system)
    system.talk(visitor, "I want to talk to a person", "cancel")
    wait_for("the end", lambda: asks(system) == after(before, total=1, given_up=1))
    system.settings(enabled=False)
    system.talk(f"{visitor}-2", "I want to talk to a person")
    wait_for("the ask", lambda: asks(system) == after(before, total=2, given_up=1, off=1))
