"""The outbox: each delivery is one process's at a time, and none is lost."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from support import database, hourly, outbox, settings
from support.config import Config
from support.due import CLAIM_LASTS, CLOCKS_DIFFER
from support.errors import DeliveryError
from support.models import DeliveryStatus
from support.outbox import ANSWER_LENGTH, ENDED_IN_THE_MIDDLE, Claim
from support.retry import DELAYS, next_delay
from tests.stored import NOON, attempts, deliveries, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
SECOND = dt.timedelta(seconds=1)
DEFERRED = DeliveryError("451 Greylisted")
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)


def take(now: dt.datetime = NOON) -> Claim:
    """The one delivery that is due."""
    (claim,) = outbox.claim(now, 10)
    return claim


@pytest.fixture
def request_id(db: Config) -> int:
    """A request with one delivery."""
    switch_on()
    return submit()


@pytest.mark.usefixtures("request_id")
def test_gives_a_delivery_to_one_claimer_only() -> None:
    taken = take()
    assert taken.delivery_id == deliveries()[0].id
    assert outbox.claim(NOON, 10) == []
    assert deliveries()[0].status == DeliveryStatus.SENDING


def test_gives_each_delivery_to_one_of_two_claimers_at_once() -> None:
    switch_on(*[f"agent{n}@example.org" for n in range(20)])
    submit()
    start = threading.Barrier(2)
    taken: list[Claim] = []

    def claim() -> None:
        start.wait()
        while claims := outbox.claim(NOON, 3):
            taken.extend(claims)

    threads = [threading.Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c.delivery_id for c in taken) == sorted(d.id for d in deliveries())


def test_claims_no_more_than_asked_for_and_the_oldest_first() -> None:
    switch_on()
    first, second = submit(), submit(handoff_id="form-2")
    with database.session_scope() as session:
        by_request = {d.request_id: session.merge(d) for d in deliveries()}
        by_request[second].due_at = NOON - SECOND
        ids = [by_request[number].id for number in (second, first)]
    assert [c.delivery_id for n in range(2) for c in outbox.claim(NOON, 1)] == ids


@pytest.mark.usefixtures("request_id")
def test_claims_nothing_before_it_is_due() -> None:
    assert outbox.claim(NOON - SECOND, 10) == []


@pytest.mark.usefixtures("request_id")
def test_claims_again_what_a_dead_process_held() -> None:
    dead = take()
    assert outbox.claim(NOON + CLAIM_LASTS - SECOND, 10) == []
    again = take(NOON + CLAIM_LASTS)
    assert again.delivery_id == dead.delivery_id
    assert again.token != dead.token


def test_records_what_the_other_side_said(request_id: int) -> None:
    outbox.record_sent(take(), "250 OK", NOON)
    assert attempts() == [(True, "250 OK")]
    assert deliveries()[0].status == DeliveryStatus.SENT
    assert deliveries()[0].claimed_by is None
    assert outbox.claim(NOON + dt.timedelta(days=9), 10) == []
    assert outbox.progress_of(request_id) == "accepted"


@pytest.mark.usefixtures("request_id")
def test_tries_again_by_the_table_and_then_gives_up() -> None:
    now = NOON
    for made in range(1, len(DELAYS) + 1):
        outbox.record_failure(take(now), DEFERRED, now)
        delay = next_delay(made, DEFERRED, deliveries()[0].id)
        assert delay
        assert deliveries()[0].status == DeliveryStatus.QUEUED
        assert outbox.claim(now + delay - SECOND, 10) == []
        now += delay
    outbox.record_failure(take(now), DEFERRED, now)
    assert deliveries()[0].status == DeliveryStatus.FAILED
    assert outbox.claim(now + dt.timedelta(days=9), 10) == []
    assert attempts() == [(False, "451 Greylisted")] * (len(DELAYS) + 1)


def test_gives_up_at_once_when_trying_again_cannot_help(request_id: int) -> None:
    outbox.record_failure(take(), UNKNOWN, NOON)
    assert deliveries()[0].status == DeliveryStatus.FAILED
    assert outbox.claim(NOON + dt.timedelta(days=9), 10) == []
    assert outbox.progress_of(request_id) == "undeliverable"


def test_returns_what_was_claimed_but_not_begun(request_id: int) -> None:
    outbox.give_back(take(), NOON)
    assert deliveries()[0].status == DeliveryStatus.QUEUED
    assert attempts() == []
    assert outbox.progress_of(request_id) == "pending"
    take()


@pytest.mark.usefixtures("request_id")
def test_leaves_a_delivery_to_whoever_claimed_it_meanwhile() -> None:
    late = take()
    holder = take(NOON + CLAIM_LASTS)
    outbox.record_failure(late, UNKNOWN, NOON + CLAIM_LASTS)
    outbox.give_back(late, NOON + CLAIM_LASTS)
    assert deliveries()[0].status == DeliveryStatus.SENDING
    assert deliveries()[0].claimed_by == holder.token


@pytest.mark.usefixtures("request_id")
def test_believes_an_acceptance_that_comes_late() -> None:
    late = take()
    holder = take(NOON + CLAIM_LASTS)
    outbox.record_sent(late, "250 OK", NOON + CLAIM_LASTS)
    outbox.record_failure(holder, UNKNOWN, NOON + CLAIM_LASTS)
    assert deliveries()[0].status == DeliveryStatus.SENT


@pytest.mark.parametrize(
    "results, word",
    [
        ((None, None), "pending"),
        ((DEFERRED, None), "pending"),
        ((UNKNOWN, None), "pending"),
        ((DEFERRED, DEFERRED), "delayed"),
        ((UNKNOWN, DEFERRED), "delayed"),
        ((UNKNOWN, UNKNOWN), "undeliverable"),
        (("250 OK", None), "accepted"),
        (("250 OK", UNKNOWN), "accepted"),
    ],
)
def test_says_in_one_word_how_it_stands(
    results: tuple[DeliveryError | str | None, ...], word: str
) -> None:
    switch_on("ann@example.org", "bob@example.org")
    request_id = submit()
    for claim, result in zip(outbox.claim(NOON, 2), results, strict=True):
        if isinstance(result, DeliveryError):
            outbox.record_failure(claim, result, NOON)
        elif result is not None:
            outbox.record_sent(claim, result, NOON)
    assert outbox.progress_of(request_id) == word


def test_says_pending_again_for_no_request_but_the_one_asked_about(request_id: int) -> None:
    outbox.record_sent(take(), "250 OK", NOON)
    other = submit(handoff_id="form-2")
    assert outbox.progress_of(request_id) == "accepted"
    assert outbox.progress_of(other) == "pending"


# --- the hour's allowance, stale claims ---


def test_counts_a_stale_claim_as_an_attempt_that_may_have_worked() -> None:
    switch_on()
    number = submit()
    take()
    again = take(NOON + CLAIM_LASTS)
    assert attempts() == [(False, ENDED_IN_THE_MIDDLE)]
    assert outbox.progress_of(number) == "delayed"
    outbox.record_sent(again, "250 OK", NOON + CLAIM_LASTS)
    assert outbox.progress_of(number) == "accepted"


@pytest.mark.usefixtures("request_id")
def test_leaves_stale_claims_alone_while_the_clock_cannot_be_trusted() -> None:
    held = take()
    assert outbox.claim(NOON + CLAIM_LASTS, 10, take_over=False) == []
    assert deliveries()[0].claimed_by == held.token
    assert attempts() == []


def test_keeps_what_was_answered_but_not_all_of_it() -> None:
    switch_on()
    submit()
    outbox.record_failure(take(), DeliveryError("no\0 " + "x" * 5000 + "\ud83d"), NOON)
    ((_, answer),) = attempts()
    assert answer == ("no " + "x" * 5000)[:ANSWER_LENGTH]


# --- clocks that were wrong ---


@pytest.mark.usefixtures("request_id")
@pytest.mark.parametrize("ahead", [dt.timedelta(hours=1), dt.timedelta(days=400)])
def test_does_not_wait_for_what_was_planned_by_a_clock_that_was_ahead(ahead: dt.timedelta) -> None:
    outbox.record_failure(take(NOON + ahead), DEFERRED, NOON + ahead)
    again = take(NOON)
    # And then all is as usual: the first retry's pause is not skipped.
    outbox.record_failure(again, DEFERRED, NOON)
    assert outbox.claim(NOON, 10) == []
    assert deliveries()[0].due_at < NOON + dt.timedelta(minutes=1)


@pytest.mark.usefixtures("request_id")
def test_sends_what_was_stored_by_a_clock_that_was_ahead() -> None:
    assert len(outbox.claim(NOON - dt.timedelta(hours=1), 10)) == 1


@pytest.mark.usefixtures("request_id")
def test_waits_as_planned_when_clocks_differ_a_little() -> None:
    outbox.record_failure(take(NOON + CLOCKS_DIFFER), DEFERRED, NOON + CLOCKS_DIFFER)
    assert outbox.claim(NOON, 10) == []


@pytest.mark.usefixtures("request_id")
def test_gives_a_claim_by_a_clock_that_was_ahead_its_time_and_no_more() -> None:
    held = take(NOON + dt.timedelta(hours=3))
    assert outbox.claim(NOON, 10) == []
    assert deliveries()[0].claimed_by == held.token
    assert outbox.claim(NOON + CLAIM_LASTS - SECOND, 10) == []
    assert take(NOON + CLAIM_LASTS).token != held.token


@pytest.mark.usefixtures("request_id")
def test_tries_once_each_and_gives_nothing_up_when_the_clock_goes_back_and_forth() -> None:
    tries = 0
    for hours in (0, 5, 0, 5, 0, 5):
        now = NOON + dt.timedelta(hours=hours)
        for _ in range(10):
            for claim in outbox.claim(now, 10):
                outbox.record_failure(claim, DEFERRED, now)
                tries += 1
    assert tries <= 6
    assert deliveries()[0].status == DeliveryStatus.QUEUED


def test_lets_no_wrong_clock_use_up_the_allowance_for_ever() -> None:
    switch_on()
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 1}, actor="Bob", now=NOON)
    submit()
    next_year = NOON + dt.timedelta(days=400)
    outbox.record_sent(take(next_year), "250 OK", next_year)
    submit(handoff_id="form-2")
    outbox.record_sent(take(NOON), "250 OK", NOON)
    submit(handoff_id="form-3")
    assert outbox.claim(NOON, 10) == []
    assert hourly_held() == {("email", "team@example.org"): 1}
    assert len(outbox.claim(NOON + dt.timedelta(hours=1), 10)) == 1


def hourly_held() -> dict[tuple[str, str], int]:
    """What waits for the next hour."""
    with database.read_scope() as session:
        return hourly.held_back(session, NOON)
