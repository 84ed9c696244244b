"""What is wrong, read from the outbox, without a word about visitors."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, update

from support import database, followups, outbox, settings
from support.errors import DeliveryError
from support.models import Alert, Channel, Delivery, DeliveryStatus, LimitHit
from support.problems import (
    FORGET_AFTER,
    HITS_WORTH_TELLING,
    LATE_AFTER,
    LATE_ATTEMPTS,
    STUCK_AFTER,
    Problem,
    dead,
    hits_since,
    problems,
)
from tests.stored import ANN, NOON, deliveries, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
SECOND = dt.timedelta(seconds=1)
DEFERRED = DeliveryError("451 Greylisted")
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)


@pytest.fixture(autouse=True)
def _on(db: object) -> None:
    switch_on()


def deliver(result: DeliveryError | str, now: dt.datetime = NOON) -> None:
    """The next attempt ends so."""
    claim, *_ = outbox.claim(now, 1)
    if isinstance(result, DeliveryError):
        outbox.record_failure(claim, result, now)
    else:
        outbox.record_sent(claim, result, now)


def found(now: dt.datetime = NOON) -> list[Problem]:
    """What is wrong."""
    with database.read_scope() as session:
        return problems(session, now)


def kinds(now: dt.datetime = NOON) -> list[str]:
    """The same, in a word each."""
    return [problem.kind for problem in found(now)]


def test_finds_nothing_wrong_with_what_is_sent_or_just_tried() -> None:
    assert found() == []
    submit()
    assert found() == []
    deliver(DEFERRED)
    assert found() == []
    deliver("250 OK", NOON + dt.timedelta(minutes=1))
    assert found(NOON + FORGET_AFTER) == []


def test_finds_what_was_given_up_at_once() -> None:
    submit()
    deliver(UNKNOWN)
    (problem,) = found()
    assert (problem.kind, problem.channel, problem.count) == ("failed", "email", 1)
    assert problem.since == NOON
    assert problem.answers == ("550 No such mailbox",)
    assert len(problem.references) == 1


def test_names_no_visitor() -> None:
    submit()
    deliver(UNKNOWN)
    text = repr(found())
    for secret in (ANN.name, ANN.email, ANN.phone, ANN.reason):
        assert str(secret) not in text


def test_takes_an_address_for_mended_that_has_accepted_something_since() -> None:
    submit()
    deliver(UNKNOWN)
    submit(handoff_id="form-2")
    deliver("250 OK")
    assert found() == []
    with database.read_scope() as session:
        assert dead(session, NOON) == 1


def test_does_not_take_it_for_mended_when_another_address_has() -> None:
    switch_on("gone@example.org", "team@example.org")
    submit()
    deliver(UNKNOWN)
    deliver("250 OK")
    assert kinds() == ["failed"]


def test_forgets_a_failure_after_some_days() -> None:
    submit()
    deliver(UNKNOWN)
    assert kinds(NOON + FORGET_AFTER - SECOND) == ["failed"]
    assert found(NOON + FORGET_AFTER) == []


def test_counts_no_message_as_dead_whose_request_got_through_since() -> None:
    number = submit()
    deliver(UNKNOWN)
    followups.add(number, "It was blue.", NOON + SECOND)
    deliver("250 OK", NOON + SECOND)
    with database.read_scope() as session:
        assert dead(session, NOON + SECOND) == 0


def test_finds_what_is_late_after_some_time() -> None:
    submit()
    deliver(DEFERRED)
    assert "late" not in kinds(NOON + LATE_AFTER)
    problem, *_ = found(NOON + LATE_AFTER + SECOND)
    assert (problem.kind, problem.count, problem.answers) == ("late", 1, ("451 Greylisted",))


def test_finds_what_is_late_after_some_tries() -> None:
    submit()
    now = NOON
    for made in range(LATE_ATTEMPTS):
        assert found(now) == [], made
        now = max(now, deliveries()[0].due_at)
        deliver(DEFERRED, now)
    assert kinds(now) == ["late"]


def test_finds_what_nobody_tries() -> None:
    submit()
    assert found(NOON + STUCK_AFTER - SECOND) == []
    assert kinds(NOON + STUCK_AFTER) == ["stuck"]


def test_does_not_call_it_stuck_while_something_is_tried() -> None:
    submit()
    submit(handoff_id="form-2")
    deliver("250 OK", NOON + STUCK_AFTER - SECOND)
    assert found(NOON + STUCK_AFTER) == []


def test_finds_what_a_dead_process_has_held_for_long() -> None:
    submit()
    outbox.claim(NOON, 1)
    assert kinds(NOON + dt.timedelta(minutes=8)) == ["stuck"]


def test_finds_what_waits_for_the_next_hour_and_does_not_call_it_stuck() -> None:
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 1}, actor="Bob", now=NOON)
    for number in range(3):
        submit(handoff_id=f"form-{number}")
    deliver("250 OK")
    assert [(p.kind, p.count) for p in found(NOON + STUCK_AFTER * 2)] == [("held", 2)]


def test_finds_a_daily_test_that_failed_twice_while_it_is_switched_on() -> None:
    row = {"kind": "canary", "at": NOON, "answers": [{"accepted": False, "answer": "554 No"}]}
    with database.session_scope() as session:
        session.add(Alert(key="canary:today", detail={"tries": 2}, **row))
    assert found() == []
    with database.session_scope() as session:
        settings.update(session, {"daily_test": True}, actor="Bob", now=NOON)
    (problem,) = found()
    assert (problem.kind, problem.answers) == ("canary", ("554 No",))
    with database.session_scope() as session:
        session.execute(update(Alert).values(detail={"tries": 1}))
    assert found() == []


def test_finds_limits_that_stop_many_and_counts_all() -> None:
    for count, expected in ((HITS_WORTH_TELLING - 1, []), (1, ["limits"])):
        with database.session_scope() as session:
            session.add_all(LimitHit(at=NOON, kind="messages_per_minute") for _ in range(count))
        assert kinds() == expected
    with database.read_scope() as session:
        assert hits_since(session, NOON - SECOND) == {"messages_per_minute": HITS_WORTH_TELLING}
        assert hits_since(session, NOON) == {}
    assert found(NOON + dt.timedelta(hours=2)) == []


def test_shows_a_few_references_and_different_answers_of_many() -> None:
    for number in range(8):
        submit(handoff_id=f"form-{number}")
        deliver(UNKNOWN if number % 2 else DeliveryError("554 Refused", permanent=True))
    (problem,) = found()
    assert problem.count == 8
    assert len(problem.references) == 5
    assert set(problem.answers) == {"550 No such mailbox", "554 Refused"}


def test_takes_an_address_for_mended_that_gets_nothing_any_more() -> None:
    switch_on("gone@example.org")
    submit()
    deliver(UNKNOWN)
    assert kinds() == ["failed"]
    switch_on("team@example.org")
    assert kinds() == []


@pytest.mark.parametrize("changes", [{"enabled": False}, {"for_requests": False}, None])
def test_takes_a_channel_for_mended_that_gets_nothing_any_more(
    changes: dict[str, bool] | None,
) -> None:
    switches = {"enabled": True, "for_requests": True, "for_alerts": False}
    times = {"created_at": NOON, "changed_at": NOON}
    slack = {"id": "c1", "kind": "slack", "name": "Ours", "address": {"url": "x"}}
    with database.session_scope() as session:
        session.add(Channel(**slack, **switches, **times))
    submit()
    with database.session_scope() as session:
        to_slack = update(Delivery).where(Delivery.target == "c1")
        session.execute(to_slack.values(status=DeliveryStatus.FAILED, due_at=NOON))
    assert kinds() == ["failed"]
    with database.session_scope() as session:
        if changes:
            session.execute(update(Channel).values(**changes))
        else:
            session.execute(delete(Channel))
    assert kinds() == []
