"""A database that is locked, full or read-only: nothing is lost, sent twice, or said falsely."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from support import database, delivery, outbox
from support.config import Config
from support.delivery import DeliveryLoop
from support.models import DeliveryStatus
from support.notifications.message import Message
from tests.stored import NOON, attempts, deliveries, submit, switch_on
from tests.system import wait_for

Fault = Callable[[Engine], "contextmanager[None]"]


class Team:
    """Takes every message, when it is let to."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.asked = threading.Event()
        self.may = threading.Event()

    def send(self, message: Message) -> str:
        """Takes it."""
        self.asked.set()
        assert self.may.wait(20)
        self.got.append(message.delivery_id)
        return "250 OK"


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    connection = engine.raw_connection()
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@contextmanager
def _with_pragma(engine: Engine, on: str, off: str) -> Iterator[None]:
    wanted = on

    def spoil(connection: object, _record: object, _proxy: object) -> None:
        connection.execute(wanted)  # type: ignore[attr-defined]

    # It stays, with another word: threads that take connections look through the listeners.
    event.listen(engine, "checkout", spoil)
    try:
        yield
    finally:
        wanted = off


def read_only(engine: Engine) -> contextmanager[None]:
    """The file may be read, and not written."""
    return _with_pragma(engine, "PRAGMA query_only=ON", "PRAGMA query_only=OFF")


def full(engine: Engine) -> contextmanager[None]:
    """There is no room for one page more."""
    return _with_pragma(engine, "PRAGMA max_page_count=1", "PRAGMA max_page_count=1073741823")


FAULTS = [pytest.param(fault, id=fault.__name__) for fault in (locked, read_only, full)]
LARGE = "x" * 200_000


@pytest.fixture
def engine(db: Config, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database, with short waits."""
    monkeypatch.setattr(database, "SQLITE_BUSY_SECONDS", 0.05)
    monkeypatch.setattr(delivery, "LOOK_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(delivery, "WRITE_EVERY_SECONDS", 0.02)
    engine = database.connect(db.database_url)
    switch_on()
    return engine


@pytest.fixture
def team() -> Team:
    """The team, which takes messages at once."""
    team = Team()
    team.may.set()
    return team


@pytest.fixture
def loop(engine: Engine, team: Team) -> Iterator[DeliveryLoop]:
    """A loop that runs."""
    loop = DeliveryLoop({"email": team}, lambda: NOON)
    loop.start()
    yield loop
    loop.stop()


def sent() -> bool:
    """Whether all deliveries are recorded as sent."""
    return {each.status for each in deliveries()} == {DeliveryStatus.SENT}


@pytest.mark.parametrize("fault", FAULTS)
def test_stores_nothing_and_says_so(engine: Engine, fault: Fault) -> None:
    with fault(engine), pytest.raises(OperationalError):
        submit(reason=LARGE)
    assert deliveries() == []
    submit(reason=LARGE)
    assert len(deliveries()) == 1


# One small row more finds room in a full database.
@pytest.mark.parametrize("fault", FAULTS[:2])
def test_writes_down_an_acceptance_as_soon_as_it_can_and_sends_it_once(
    engine: Engine,
    team: Team,
    loop: DeliveryLoop,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    team.may.clear()
    number = submit()
    loop.wake()
    assert team.asked.wait(10)
    with fault(engine):
        team.may.set()
        wait_for("the complaint", lambda: "outbox cannot be written" in caplog.text)
        threading.Event().wait(0.5)
        assert outbox.progress_of(number) == "pending"
        assert loop.is_alive()
    wait_for("the record", sent)
    assert len(team.got) == 1
    assert attempts() == [(True, "250 OK")]
    assert caplog.text.count("outbox cannot be written") <= 2


@pytest.mark.parametrize("fault", FAULTS)
def test_sends_what_waits_when_the_database_is_well_again(
    engine: Engine,
    team: Team,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    submit()
    loop = DeliveryLoop({"email": team}, lambda: NOON)
    with fault(engine):
        loop.start()
        threading.Event().wait(1)
        assert loop.is_alive()
        assert len(caplog.messages) <= 2
    wait_for("the message", sent)
    loop.stop()
    assert len(team.got) == 1


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OperationalError("INSERT", {}, Exception("disk I/O error")), id="the disk's"),
        pytest.param(RuntimeError("deque mutated during iteration"), id="one nobody thought of"),
    ],
)
def test_takes_nothing_new_while_it_has_something_to_write_down(
    engine: Engine,
    team: Team,
    loop: DeliveryLoop,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    team.may.clear()
    submit()
    loop.wake()
    assert team.asked.wait(10)
    record = outbox.record_sent

    def cannot(*_: object) -> None:
        raise error

    monkeypatch.setattr(outbox, "record_sent", cannot)
    team.may.set()
    wait_for("the acceptance", lambda: team.got)
    submit(handoff_id="form-2")
    loop.wake()
    threading.Event().wait(0.5)
    assert len(team.got) == 1
    monkeypatch.setattr(outbox, "record_sent", record)
    wait_for("both records", sent)
    assert len(team.got) == 2


def test_gives_up_writing_when_the_server_stops(
    engine: Engine, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    team.may.clear()
    submit()
    loop = DeliveryLoop({"email": team}, lambda: NOON)
    loop.start()
    assert team.asked.wait(10)
    with locked(engine):
        team.may.set()
        wait_for("the complaint", lambda: "outbox cannot be written" in caplog.text)
        loop.stop(patience=0.3)
        wait_for("its end", lambda: "was not written" in caplog.text)


def test_writes_down_nothing_about_what_was_erased_meanwhile(
    engine: Engine, team: Team, loop: DeliveryLoop
) -> None:
    team.may.clear()
    submit()
    loop.wake()
    assert team.asked.wait(10)
    with database.session_scope() as session:
        for table in ("deliveries", "request_events", "requests"):
            session.execute(text(f"DELETE FROM {table}"))
    team.may.set()
    submit(handoff_id="form-2")
    wait_for("the other message", lambda: len(team.got) == 2)
    wait_for("its record", sent)
