"""What one visitor or network may send, and what is kept of a limit that bit."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from support import database, followups, limits, requests, settings
from support.config import Config
from support.errors import LimitReached
from support.limits import MessageLimits, Verdict
from support.models import LimitHit, Request
from tests.stored import NOON, submit, switch_on


@pytest.fixture(autouse=True)
def _on(db: Config) -> None:
    switch_on()
    allow(requests_per_conversation=2, requests_per_client=3)


def allow(**changes: int) -> None:
    """An admin sets limits."""
    with database.session_scope() as session:
        settings.update(session, changes, actor="Bob", now=NOON)


def send(number: int, **changes: object) -> int:
    """Another request of somebody's, from another conversation unless `changes` say so."""
    given = {"conversation_id": f"c-{number}", "email": f"v{number}@example.org"}
    return submit(handoff_id=f"form-{number}", **{**given, **changes})


def hits() -> list[tuple[str, str | None, str | None]]:
    """The limits that bit."""
    with database.read_scope() as session:
        rows = session.scalars(select(LimitHit).order_by(LimitHit.id))
        return [(row.kind, row.conversation_id, row.client) for row in rows]


def stored() -> int:
    """How many requests there are."""
    with database.read_scope() as session:
        return len(session.scalars(select(Request)).all())


# --- requests ---


def test_takes_no_more_requests_from_a_conversation_than_allowed() -> None:
    send(1, conversation_id="web-ann")
    send(2, conversation_id="web-ann")
    with pytest.raises(LimitReached, match="requests_per_conversation"):
        send(3, conversation_id="web-ann")
    send(4)
    assert stored() == 3
    assert hits() == [(limits.REQUESTS_HERE, "web-ann", None)]


@pytest.mark.parametrize("shared", [{"client": "a" * 32}, {"email": "ann@example.org"}])
def test_takes_no_more_requests_from_a_network_or_address_than_allowed(
    shared: dict[str, str],
) -> None:
    for number in range(3):
        send(number, **shared)
    with pytest.raises(LimitReached, match="requests_per_client"):
        send(4, **shared)
    send(5)
    assert stored() == 4


def test_counts_an_address_in_capitals_as_the_same() -> None:
    for number in range(3):
        send(number, email="ann@example.org")
    with pytest.raises(LimitReached):
        send(4, email="Ann@Example.org")


def test_counts_nobody_together_whose_network_or_address_is_unknown() -> None:
    for number in range(6):
        send(number, email=None, client=None)
    assert stored() == 6


def test_takes_requests_again_a_day_later() -> None:
    first = [send(number, conversation_id="web-ann") for number in (1, 2)]
    with database.session_scope() as session:
        session.get(Request, first[0]).created_at = NOON - dt.timedelta(hours=24, seconds=1)
    send(3, conversation_id="web-ann")


def test_counts_a_form_sent_twice_once() -> None:
    for _ in range(5):
        send(1, conversation_id="web-ann")
    send(2, conversation_id="web-ann")
    assert hits() == []


def test_follows_the_setting_at_once() -> None:
    send(1, conversation_id="web-ann")
    send(2, conversation_id="web-ann")
    allow(requests_per_conversation=3)
    send(3, conversation_id="web-ann")


def test_keeps_a_limit_that_bites_again_and_again_once_a_minute() -> None:
    for number in range(2):
        send(number, conversation_id="web-ann")
    for number in range(5):
        with pytest.raises(LimitReached):
            send(10 + number, conversation_id="web-ann", client="a" * 32)
    assert len(hits()) == 1
    limits.record(limits.REQUESTS_HERE, "web-ann", None, NOON + dt.timedelta(seconds=61))
    assert len(hits()) == 2


def test_refuses_all_the_same_when_the_limit_cannot_be_recorded() -> None:
    for number in range(2):
        send(number, conversation_id="web-ann")
    with database.session_scope() as session:
        session.execute(LimitHit.__table__.delete())
        session.connection().exec_driver_sql("DROP TABLE limit_hits")
    with pytest.raises(LimitReached):
        send(3, conversation_id="web-ann")


# --- changes to a request ---


def change_until_refused(request_id: int, change: str) -> int:
    """How many additions or corrections are taken."""
    for number in range(limits.CHANGES_PER_DAY + 1):
        try:
            if change == "add":
                followups.add(request_id, f"and {number}", NOON)
            else:
                followups.correct(request_id, {"name": f"Ann {number}"}, NOON)
        except LimitReached:
            return number
    return -1


@pytest.mark.parametrize("change", ["add", "correct"])
def test_takes_no_more_changes_to_a_request_than_allowed(change: str) -> None:
    request_id = send(1)
    assert change_until_refused(request_id, change) == limits.CHANGES_PER_DAY
    assert hits() == [(limits.CHANGES, "c-1", None)]
    followups.add(request_id, "tomorrow", NOON + dt.timedelta(days=1, seconds=1))


def test_takes_a_request_back_however_often_it_was_changed() -> None:
    request_id = send(1)
    change_until_refused(request_id, "add")
    followups.cancel(request_id, NOON)


def test_corrects_nothing_over_the_limit_when_a_form_is_sent_again() -> None:
    request_id = send(1)
    change_until_refused(request_id, "add")
    with pytest.raises(LimitReached):
        send(1, name="Eve")
    with database.read_scope() as session:
        assert session.get(Request, request_id).name == "Ann Lee"


# --- messages ---


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def count(messages: MessageLimits, times: int, who: str = "ann", client: str | None = None) -> list:
    """What becomes of so many messages."""
    return [messages.count(who, client, 10)[0] for _ in range(times)]


def test_takes_as_many_messages_a_minute_as_allowed_and_says_so_of_the_rest() -> None:
    messages = MessageLimits(Clock())
    assert count(messages, 10) == [Verdict.TAKE] * 10
    assert count(messages, 30) == [Verdict.SLOW_DOWN] * 30
    assert count(messages, 5) == [Verdict.REFUSE] * 5
    assert count(messages, 1, "bob") == [Verdict.TAKE]


def test_takes_messages_again_after_a_minute_even_of_a_flood() -> None:
    clock = Clock()
    messages = MessageLimits(clock)
    count(messages, 500)
    clock.now = limits.WINDOW_SECONDS
    assert count(messages, 10) == [Verdict.TAKE] * 10


def test_counts_a_network_over_all_its_conversations() -> None:
    messages = MessageLimits(Clock())
    allowed = 10 * limits.CONVERSATIONS_PER_CLIENT
    taken = [messages.count(f"c-{n}", "office", 10)[0] for n in range(allowed)]
    assert set(taken) == {Verdict.TAKE}
    assert count(messages, 1, "another", "office") == [Verdict.SLOW_DOWN]
    assert count(messages, 1, "another", "home") == [Verdict.TAKE]


def test_says_so_at_least_once_to_everybody_in_the_network_of_a_machine() -> None:
    messages = MessageLimits(Clock())
    count(messages, 10 * limits.CONVERSATIONS_PER_CLIENT * limits.FLOOD + 1, "machine", "office")
    assert count(messages, 1, "machine", "office") == [Verdict.REFUSE]
    assert count(messages, 2, "ann", "office") == [Verdict.SLOW_DOWN, Verdict.REFUSE]


def test_says_once_a_minute_that_a_limit_should_be_recorded() -> None:
    clock = Clock()
    messages = MessageLimits(clock)
    first = [messages.count("ann", None, 10)[1] for _ in range(60)]
    assert first == [n == 10 for n in range(60)]
    clock.now = limits.WINDOW_SECONDS
    assert sum(messages.count("ann", None, 10)[1] for _ in range(60)) == 1


def test_remembers_no_more_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEYS", 100)
    messages = MessageLimits(Clock())
    for number in range(1000):
        messages.count(f"c-{number}", None, 10)
    assert len(messages._windows) == 100


def test_keeps_only_the_newest_lines_of_an_endless_conversation() -> None:
    lines = tuple(requests.Line(NOON.timestamp(), "visitor", f"line {n}") for n in range(2000))
    request_id = send(1, transcript=lines)
    with database.read_scope() as session:
        kept = session.get(Request, request_id).transcript
    assert len(kept) == requests.TRANSCRIPT_LINES
    assert kept[-1]["text"] == "line 1999"
