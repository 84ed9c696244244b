"""What visitors were told, and what has become of it."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select, update

from support import database, followups, outbox, truth
from support.errors import DeliveryError
from support.models import (
    Delivery,
    DeliveryStatus,
    EventKind,
    Request,
    RequestEvent,
    RequestStatus,
)
from support.targets import Target
from support.truth import SAVED, SENT, UNDELIVERED, News
from tests.stored import ANN, NOON, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
HERE = ANN.conversation_id
DEFERRED = DeliveryError("451 Greylisted")
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)


@pytest.fixture
def request_id(db: object) -> int:
    """Ann's request, for one address."""
    switch_on()
    return submit()


def deliver(result: DeliveryError | str) -> None:
    """The next attempt ends so."""
    claim, *_ = outbox.claim(NOON, 1)
    if isinstance(result, DeliveryError):
        outbox.record_failure(claim, result, NOON)
    else:
        outbox.record_sent(claim, result, NOON)


def told(request_id: int) -> list[str | None]:
    """What Ann was told of each event."""
    with database.read_scope() as session:
        events = select(RequestEvent.told).where(RequestEvent.request_id == request_id)
        return list(session.scalars(events.order_by(RequestEvent.id)))


def has_news(conversation: str) -> bool:
    """Whether its visitor is to be told something."""
    with database.read_scope() as session:
        return truth.has_news(session, conversation, NOON)


def news() -> list[tuple[bool, str, str]]:
    """What Ann is told now."""
    return [(n.first, n.told, n.now) for n in truth.take_news(HERE, NOON)]


@pytest.mark.parametrize(
    "was_told, result, expected",
    [
        (SAVED, "250 OK", [(True, SAVED, SENT)]),
        (SAVED, UNKNOWN, [(True, SAVED, UNDELIVERED)]),
        (UNDELIVERED, "250 OK", [(True, UNDELIVERED, SENT)]),
        (SAVED, DEFERRED, []),
        (SENT, UNKNOWN, []),
        (SENT, "250 OK", []),
        (UNDELIVERED, UNKNOWN, []),
        (UNDELIVERED, DEFERRED, []),
        (None, "250 OK", []),
    ],
)
def test_has_news_when_it_turned_out_otherwise(
    request_id: int,
    was_told: str | None,
    result: DeliveryError | str,
    expected: list[tuple[bool, str, str]],
) -> None:
    if was_told:
        truth.tell_of_request(request_id, was_told)
    deliver(result)
    assert has_news(HERE) == bool(expected)
    assert truth.with_news(NOON) == ({HERE} if expected else set())
    assert news() == expected


def test_tells_everything_once(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    assert len(news()) == 1
    assert news() == []
    assert not has_news(HERE)
    assert told(request_id) == [SENT]


def test_tells_once_when_two_processes_would(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    start, taken = threading.Barrier(4), list[News]()

    def take() -> None:
        start.wait()
        taken.extend(truth.take_news(HERE, NOON))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_tells_again_what_could_not_be_said(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    (taken,) = truth.take_news(HERE, NOON)
    truth.give_back(taken)
    assert news() == [(True, SAVED, SENT)]


def test_tells_of_what_was_added_apart_from_the_request(request_id: int) -> None:
    truth.tell_of_request(request_id, SENT)
    deliver("250 OK")
    truth.tell(followups.add(request_id, "It was blue.", NOON).id, SAVED)
    assert news() == []
    deliver(UNKNOWN)
    assert news() == [(False, SAVED, UNDELIVERED)]
    assert told(request_id) == [SENT, UNDELIVERED]


def test_waits_until_all_addresses_have_failed_and_for_no_more_than_one_success() -> None:
    switch_on("ann@example.org", "bob@example.org")
    truth.tell_of_request(submit(), SAVED)
    deliver(UNKNOWN)
    assert news() == []
    deliver("250 OK")
    assert news() == [(True, SAVED, SENT)]


def test_tells_that_it_failed_and_then_that_it_was_mended(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver(UNKNOWN)
    assert news() == [(True, SAVED, UNDELIVERED)]
    with database.session_scope() as session:
        session.execute(update(Delivery).values(status=DeliveryStatus.QUEUED))
    assert news() == []
    deliver("250 OK")
    assert news() == [(True, UNDELIVERED, SENT)]


@pytest.mark.parametrize(
    "status", [each for each in RequestStatus if each is not RequestStatus.NEW]
)
def test_says_nothing_about_a_request_that_is_not_waiting(
    request_id: int, status: RequestStatus
) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    with database.session_scope() as session:
        session.execute(update(Request).values(status=status))
    assert news() == []
    assert truth.with_news(NOON) == set()


def test_says_nothing_when_nobody_waits_any_more(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    assert truth.take_news(HERE, NOON + followups.OPEN_FOR) == []
    assert truth.take_news(HERE, NOON + followups.OPEN_FOR - dt.timedelta(seconds=1)) != []


def test_says_nothing_in_anybody_elses_conversation(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver("250 OK")
    assert truth.take_news("conversation-2", NOON) == []
    assert not has_news("conversation-2")


def test_counts_what_the_team_had_sent_again_for_what_it_was_about(request_id: int) -> None:
    truth.tell_of_request(request_id, SAVED)
    deliver(UNKNOWN)
    assert news() == [(True, SAVED, UNDELIVERED)]
    for result in (UNKNOWN, "250 OK"):
        send_again(request_id)
        assert news() == []
        deliver(result)
    assert news() == [(True, UNDELIVERED, SENT)]


def send_again(request_id: int) -> None:
    """The team has the newest delivery made once more, as one of its own."""
    with database.session_scope() as session:
        *_, last = session.scalars(
            select(Delivery).order_by(Delivery.created_at, Delivery.event_id)
        )
        event = RequestEvent(
            request_id=request_id,
            at=NOON,
            actor="Bob",
            kind=EventKind.RESENT,
            detail={"delivery": last.id},
        )
        session.add(event)
        session.flush()
        outbox.enqueue(session, event, [Target("email", last.target)], NOON)
