"""The team's list: filters, orders, pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text

from support import database, inbox, outbox, requests, work
from support.errors import DeliveryError
from support.inbox import Sort, Trouble, Wanted
from support.models import Request, RequestStatus
from support.work import Action, Whom
from tests.stored import ANN, NOON, switch_on

pytestmark = pytest.mark.usefixtures("db")
NEW, TAKEN, ANSWERED = RequestStatus.NEW, RequestStatus.TAKEN, RequestStatus.ANSWERED
CLOSED = RequestStatus.CLOSED
DAY = dt.timedelta(days=1)
COUNT = 12


@pytest.fixture(autouse=True)
def stored(db: object) -> list[str]:
    """Twelve requests, one a day; Bob and Carla have taken every third, and closed the first."""
    switch_on()
    references = []
    for day in range(COUNT):
        new = replace(ANN, handoff_id=str(day), reason=f"order number {day}")
        references.append(requests.submit(new, NOON + day * DAY).reference)
    for number, reference in enumerate(references[::3]):
        work.do(reference, Action.TAKE, "Bob" if number % 2 else "Carla", NOON)
    work.do(references[0], Action.CLOSE, "Carla", NOON)
    return references


def days(wanted: Wanted, limit: int = 50, cursor: int | None = None) -> list[int]:
    """On which days those found came in."""
    with database.read_scope() as session:
        return [(row.created_at - NOON).days for row in inbox.find(session, wanted, limit, cursor)]


def fail(*references: str) -> None:
    """Give up what waits for these, and have the rest accepted."""
    with database.read_scope() as session:
        found = [requests.find(session, reference) for reference in references]
        given_up = {d.id for request in found if request for d in request.deliveries}
    for held in outbox.claim(NOON + 30 * DAY, 100):
        if held.delivery_id in given_up:
            outbox.record_failure(held, DeliveryError("no mailbox", permanent=True), NOON)
        else:
            outbox.record_sent(held, "250", NOON)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), [*range(11, -1, -1)]),
        (Wanted(sort=Sort.OLDEST), [*range(12)]),
        (Wanted(sort=Sort.WAITING), [*range(1, 12)]),
        (Wanted(sort=Sort.WAITING, statuses=(TAKEN,)), [3, 6, 9]),
        (Wanted(statuses=(TAKEN,)), [9, 6, 3]),
        (Wanted(statuses=(TAKEN, CLOSED)), [9, 6, 3, 0]),
        (Wanted(statuses=(ANSWERED,)), []),
        (Wanted(taken_by="Bob"), [9, 3]),
        (Wanted(taken_by="Carla"), [6, 0]),
        (Wanted(taken_by="Carla", statuses=(CLOSED,)), [0]),
        (Wanted(taken_by="carla"), []),
        (Wanted(since=NOON + 9 * DAY), [11, 10, 9]),
        (Wanted(until=NOON + 3 * DAY), [2, 1, 0]),
        (Wanted(since=NOON + 2 * DAY, until=NOON + 5 * DAY, statuses=(NEW,)), [4, 2]),
        (Wanted(since=NOON + 99 * DAY), []),
        (Wanted(until=NOON - 99 * DAY), []),
        (Wanted(words="order"), [*range(11, -1, -1)]),
        (Wanted(words="order", sort=Sort.OLDEST, statuses=(TAKEN,)), [3, 6, 9]),
        (Wanted(words="order", statuses=(TAKEN, CLOSED), taken_by="Carla"), [6, 0]),
        (Wanted(words="order", since=NOON + 9 * DAY, until=NOON + 11 * DAY), [10, 9]),
        (Wanted(words="order 7"), [7]),
        (Wanted(words="order 3", statuses=(NEW,)), []),
    ],
)
def test_finds_what_is_wanted_in_its_order(wanted: Wanted, expected: list[int]) -> None:
    assert days(wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(sort=Sort.OLDEST),
        Wanted(sort=Sort.WAITING),
        Wanted(statuses=(NEW, TAKEN)),
        Wanted(words="order", statuses=(NEW,)),
        Wanted(since=NOON + DAY, sort=Sort.OLDEST),
        Wanted(delivery=Trouble.WAITING),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 5])
def test_goes_on_where_the_page_before_ended(wanted: Wanted, limit: int) -> None:
    everything, seen, cursor = days(wanted), [], None
    while True:
        with database.read_scope() as session:
            page = inbox.find(session, wanted, limit, cursor)
        if not page:
            break
        assert len(page) <= limit
        seen += [(row.created_at - NOON).days for row in page]
        cursor = page[-1].id
    assert seen == everything


def test_goes_on_after_the_last_one_seen_was_erased(stored: list[str]) -> None:
    with database.read_scope() as session:
        last = inbox.find(session, Wanted(), 3)[-1].id
    with database.session_scope() as session:
        for table in ("attempts", "deliveries", "request_events"):
            session.execute(text(f"DELETE FROM {table}"))
        session.delete(session.get(Request, last))
    assert days(Wanted(), 2, last) == [8, 7]


def test_finds_trouble_with_telling_the_team(stored: list[str]) -> None:
    assert days(Wanted(delivery=Trouble.WAITING)) == [*range(11, -1, -1)]
    fail(stored[4], stored[6])
    assert days(Wanted(delivery=Trouble.WAITING)) == []
    assert days(Wanted(delivery=Trouble.FAILED)) == [6, 4]
    assert days(Wanted(delivery=Trouble.FAILED, words="order 4")) == [4]
    assert days(Wanted(delivery=Trouble.FAILED, statuses=(TAKEN,), taken_by="Carla")) == [6]
    assert days(Wanted(delivery=Trouble.FAILED, until=NOON + 5 * DAY)) == [4]
    with database.read_scope() as session:
        (failed,) = requests.find(session, stored[4]).deliveries
    work.resend(stored[4], failed.id, Whom.SAME, "Bob", NOON)
    assert days(Wanted(delivery=Trouble.FAILED)) == [6, 4]
    fail()
    assert days(Wanted(delivery=Trouble.FAILED)) == [6]


def test_counts_what_is_open_and_stops_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    with database.read_scope() as session:
        assert inbox.count_open(session) == {NEW: 8, TAKEN: 3}
    monkeypatch.setattr(inbox, "COUNTED_TO", 5)
    with database.read_scope() as session:
        assert inbox.count_open(session) == {NEW: 5, TAKEN: 3}


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(statuses=(NEW,)),
        Wanted(statuses=(NEW, TAKEN), sort=Sort.WAITING),
        Wanted(taken_by="Bob"),
        Wanted(words="order", statuses=(NEW,)),
        Wanted(delivery=Trouble.FAILED),
        Wanted(delivery=Trouble.FAILED, words="order"),
    ],
)
def test_reads_every_page_in_an_indexs_order(
    wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is scanned whole, and nothing sorted but a page: so a million costs no more."""
    plans: list[str] = []
    with database.read_scope() as session:
        execute = session.scalars

        def explained(statement: object) -> object:
            compiled = str(
                statement.compile(  # type: ignore[attr-defined]
                    session.get_bind(), compile_kwargs={"literal_binds": True}
                )
            )
            plans.extend(
                row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
            )
            return execute(statement)

        monkeypatch.setattr(session, "scalars", explained)
        inbox.find_ids(session, wanted, 50)
    steps = " | ".join(plans)
    assert "SCAN deliveries" not in steps
    assert all("INDEX" in step for step in plans if step.startswith("SCAN requests")) or (
        wanted == Wanted()
    ), steps
    merges = len(wanted.statuses) > 1 or wanted.taken_by
    assert ("TEMP B-TREE FOR ORDER BY" in steps) <= bool(merges), steps
