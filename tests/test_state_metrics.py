"""What the database says for /metrics, and what is said when it says nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text, update

from support import database, handoffs, lately, state_metrics
from support.config import Config
from support.handoffs import Seen
from support.health import Health
from support.lately import Lately
from support.models import Delivery, DeliveryStatus, Request
from support.state_metrics import State, StateMetrics
from tests import postgres
from tests.stored import NOON, submit, switch_on

HOUR = dt.timedelta(hours=1)


class Clock:
    """Stands still."""

    now = 1000.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """For what is kept for some seconds."""
    return Clock()


def values(state: StateMetrics) -> dict[str, float]:
    """All that is told, by name and the label's value."""
    registry = CollectorRegistry()
    registry.register(state)
    return {
        ".".join([sample.name.removeprefix("support_"), *sample.labels.values()]): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def refreshed(state: StateMetrics) -> dict[str, float]:
    """After a look at the database."""
    asyncio.run(state.refresh())
    return values(state)


def at_noon(now: dt.datetime, loop: bool) -> State:
    """As if it were a minute past noon."""
    return state_metrics.look(NOON + dt.timedelta(minutes=1), loop)


@pytest.fixture
def state(db: Config, clock: Clock) -> Iterator[StateMetrics]:
    """Of a server whose loop works, a minute past noon."""
    state = StateMetrics(lambda: True, at_noon, clock)
    yield state
    state.stop()


def test_tells_of_an_empty_database(state: StateMetrics) -> None:
    told = refreshed(state)
    assert told["database_up"] == 1
    assert told["delivery_loop_up"] == 1
    assert told["outbox_waiting"] == told["outbox_oldest_seconds"] == told["outbox_dead"] == 0
    assert told["problem.stuck"] == 0
    assert told["handoffs_last_day.asked"] == 0
    assert told["requests_last_day.stored"] == 0


def test_tells_what_waits_and_for_how_long(state: StateMetrics) -> None:
    switch_on("a@example.org", "b@example.org")
    submit()
    told = refreshed(state)
    assert told["outbox_waiting"] == 2
    assert told["outbox_oldest_seconds"] == 60
    assert told["requests_last_day.stored"] == 1


def test_tells_what_was_given_up(state: StateMetrics) -> None:
    switch_on()
    submit()
    with database.session_scope() as session:
        session.execute(update(Delivery).values(status=DeliveryStatus.FAILED))
    told = refreshed(state)
    assert told["outbox_dead"] == 1
    assert told["problem.failed"] == 1
    assert told["requests_last_day.undelivered"] == 1


def test_tells_what_the_asks_came_to(state: StateMetrics) -> None:
    handoffs.write(
        [
            Seen("1", "c1", "sent", "reason", NOON - HOUR),
            Seen("2", "c2", "stopped", "email", NOON - HOUR),
            Seen("3", "c3", "open", "email", NOON - 2 * HOUR),
            Seen("4", "c4", "open", "phone", NOON),
            Seen("5", "c5", "off", None, NOON),
            Seen("6", "c6", "left", None, NOON),
            Seen("7", "c7", "stopped", "email", NOON - 25 * HOUR),
        ]
    )
    told = refreshed(state)
    assert {name: told[f"handoffs_last_day.{name}"] for name in ("asked", "sent", "given_up")} == {
        "asked": 6,
        "sent": 1,
        "given_up": 3,
    }
    assert told["handoffs_last_day.off"] == told["handoffs_last_day.under_way"] == 1
    assert told["handoffs_given_up_last_day.email"] == 2
    assert told["handoffs_given_up_last_day.none"] == 1
    assert "handoffs_given_up_last_day.phone" not in told


def test_has_few_labels_however_many_questions_there_are(state: StateMetrics) -> None:
    handoffs.write([Seen(str(n), "c", "stopped", f"field_{n}", NOON) for n in range(50)])
    told = refreshed(state)
    questions = [name for name in told if name.startswith("handoffs_given_up_last_day")]
    assert len(questions) == lately.MOST_QUESTIONS + 1
    assert told["handoffs_given_up_last_day.other"] == 50 - lately.MOST_QUESTIONS


def test_counts_requests_of_the_last_day_only(state: StateMetrics) -> None:
    switch_on()
    submit(handoff_id="old")
    submit(handoff_id="new")
    with database.session_scope() as session:
        old = session.query(Request).filter_by(handoff_id="old").one()
        old.created_at = NOON - 24 * HOUR
        new = session.query(Request).filter_by(handoff_id="new").one()
        new.taken_at = NOON
    told = refreshed(state)
    assert told["requests_last_day.stored"] == told["requests_last_day.taken"] == 1


def test_looks_once_in_a_while(clock: Clock) -> None:
    looked = []

    def look(now: dt.datetime, loop: bool) -> State:
        looked.append(loop)
        return State(Health("ok", database=True, loop=loop, unsent=len(looked)), None)

    state = StateMetrics(lambda: True, look, clock)
    assert refreshed(state)["outbox_waiting"] == 1
    assert refreshed(state)["outbox_waiting"] == 1
    clock.now += state_metrics.KEPT_SECONDS
    assert refreshed(state)["outbox_waiting"] == 2
    assert looked == [True, True]


def test_is_without_figures_before_the_first_look() -> None:
    told = values(StateMetrics(lambda: False))
    assert told == {"database_up": 0, "delivery_loop_up": 0}


def test_says_so_when_the_database_cannot_be_read(configuration: Config, clock: Clock) -> None:
    Path(configuration.database_url.removeprefix("sqlite:///")).mkdir()
    database.connect(configuration.database_url)
    state = StateMetrics(lambda: True, clock=clock)
    assert refreshed(state) == {"database_up": 0, "delivery_loop_up": 1}
    database.disconnect()


def test_forgets_what_it_knew_when_the_database_goes(clock: Clock) -> None:
    found = [
        State(Health("ok", database=True, loop=True, unsent=5), None),
        State(Health("degraded", database=False, loop=True), None),
    ]
    state = StateMetrics(lambda: True, lambda _now, _loop: found.pop(0), clock)
    assert refreshed(state)["outbox_waiting"] == 5
    clock.now += state_metrics.KEPT_SECONDS
    assert refreshed(state) == {"database_up": 0, "delivery_loop_up": 1}


def test_answers_all_the_same_when_looking_breaks(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def look(_now: dt.datetime, _loop: bool) -> State:
        raise ValueError("ann@example.org")

    state = StateMetrics(lambda: True, look, clock)
    assert refreshed(state)["database_up"] == 0
    assert "ValueError" in caplog.text
    assert "ann@" not in caplog.text


def test_waits_for_a_hanging_database_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_metrics, "LOOK_SECONDS", 0.01)
    looked, goes_on = [], threading.Event()

    def look(_now: dt.datetime, loop: bool) -> State:
        looked.append(1)
        goes_on.wait(30)
        return State(Health("ok", database=True, loop=loop, unsent=3), None)

    async def scrapes() -> None:
        for _ in range(3):
            await state.refresh()
            assert values(state)["database_up"] == 0
        assert looked == [1]
        monkeypatch.setattr(state_metrics, "LOOK_SECONDS", 30)
        goes_on.set()
        await state.refresh()

    state = StateMetrics(lambda: True, look, clock)
    asyncio.run(scrapes())
    assert values(state)["outbox_waiting"] == 3
    state.stop()


def test_tells_the_rest_when_only_the_last_day_cannot_be_read(db: Config) -> None:
    with database.session_scope() as session:
        session.execute(text("DROP TABLE handoffs"))
    found = state_metrics.look(NOON, True)
    assert found.health.database
    assert found.lately is None


def test_reads_the_last_day_from_indexes(db: Config) -> None:
    with database.read_scope() as session:
        raw, statements = session.connection().connection, []
        raw.set_trace_callback(statements.append)
        assert isinstance(lately.read(session, NOON), Lately)
        raw.set_trace_callback(None)
        plans = [row[3] for each in statements for row in raw.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert any("ix_handoffs_started_at" in step for step in plans)
    assert any("ix_requests_created_at" in step for step in plans)
    assert [step for step in plans if step.startswith("SCAN")] == []


@pytest.mark.skipif(postgres.why_not() is not None, reason=str(postgres.why_not()))
def test_tells_the_same_of_postgresql_until_that_is_gone(
    configuration: Config, clock: Clock
) -> None:
    state = StateMetrics(lambda: True, at_noon, clock)
    with postgres.server() as url:
        with postgres.empty_database(url, configuration):
            switch_on()
            submit()
            handoffs.write([Seen("1", "c1", "stopped", "email", NOON)])
            told = refreshed(state)
        assert (
            told["database_up"] == told["outbox_waiting"] == told["requests_last_day.stored"] == 1
        )
        assert told["handoffs_given_up_last_day.email"] == 1
    database.connect(f"{url}/postgres")
    clock.now += state_metrics.KEPT_SECONDS
    assert refreshed(state) == {"database_up": 0, "delivery_loop_up": 1}
    database.disconnect()
    state.stop()
