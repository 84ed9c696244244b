"""Counts over time, each of something."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from admin.figures_pages import HEIGHT, WIDTH, draw
from support import database, figures, handoffs, outbox, requests, work
from support.errors import DeliveryError
from support.figures import By, Figures
from support.handoffs import Seen
from support.models import Request
from support.work import Action
from tests.stored import ANN, NOON, switch_on

pytestmark = pytest.mark.usefixtures("db")
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
# A Sunday.
TODAY = NOON.date()


def ask(outcome: str, question: str | None = None, before: dt.timedelta = 2 * HOUR) -> None:
    """Somebody asked, and this came of it."""
    seen = Seen(uuid.uuid4().hex, "conversation", outcome, question, NOON - before)
    handoffs.write([seen])


def read(days: int = 7, by: By = By.DAY) -> Figures:
    with database.read_scope() as session:
        return figures.read(session, TODAY - (days - 1) * DAY, TODAY, by, NOON + HOUR / 2)


def test_counts_nothing_when_nothing_happened() -> None:
    found = read()
    assert (found.asks, found.requests) == (figures.Asks(), figures.Requests())
    assert (found.given_up_at, found.median_until_taken, found.p90_until_taken) == ({}, None, None)
    assert [column.start for column in found.columns] == [TODAY - n * DAY for n in range(6, -1, -1)]


def test_counts_how_asks_ended_and_each_once() -> None:
    for outcome in ("sent", "sent", "stopped", "left", "off"):
        ask(outcome, "email")
    ask("open", "phone")
    ask("open", "phone", before=HOUR / 4)
    found = read().asks
    assert found == figures.Asks(total=7, sent=2, given_up=3, off=1, under_way=1)
    parts = (found.sent, found.given_up, found.off, found.under_way)
    assert sum(parts) == found.total


def test_says_at_which_question_most_give_up() -> None:
    for question in ("phone", "email", "phone", None):
        ask("stopped", question)
    ask("open", "email")
    ask("open", "email")
    ask("sent", "reason")
    ask("off")
    assert read().given_up_at == {"email": 3, "phone": 2, "": 1}


def test_leaves_out_what_is_not_in_the_range() -> None:
    ask("sent", before=7 * DAY)
    ask("sent", before=6 * DAY)
    ask("sent", before=-DAY)
    assert read().asks.total == 1
    assert read(days=8).asks.total == 2


@pytest.mark.parametrize(
    ("by", "starts", "totals"),
    [
        (By.DAY, [*range(9, -1, -1)], [1, 0, 0, 0, 1, 0, 0, 0, 0, 2]),
        # The 20th of February is a Friday: three days of its week are in the range.
        (By.WEEK, [9, 6], [1, 3]),
    ],
)
def test_makes_columns_of_days_and_of_weeks_from_monday(
    by: By, starts: list[int], totals: list[int]
) -> None:
    for days in (9, 5, 0, 0):
        ask("sent", before=days * DAY)
    found = read(days=10, by=by)
    assert [(TODAY - column.start).days for column in found.columns] == starts
    assert [column.asks.total for column in found.columns] == totals
    assert sum(totals) == found.asks.total


def submitted(count: int, **changes: Any) -> list[str]:
    switch_on("a@example.org", "b@example.org")
    return [
        requests.submit(replace(ANN, handoff_id=f"{n}", **changes), NOON - DAY).reference
        for n in range(count)
    ]


def test_counts_a_request_as_failed_when_nobody_was_told() -> None:
    submitted(3)
    permanent = DeliveryError("550", permanent=True)
    claims = outbox.claim(NOON, 10)
    with database.read_scope() as session:
        whose = {d.id: r.handoff_id for r in session.scalars(select(Request)) for d in r.deliveries}
    for number, held in enumerate(sorted(claims, key=lambda c: whose[c.delivery_id])):
        if number in (0, 1, 2):  # both of the first, and one of the second
            outbox.record_failure(held, permanent, NOON)
        elif number == 3:
            outbox.record_sent(held, "250", NOON)
    assert read().requests == figures.Requests(total=3, failed=1, taken=0)


def test_says_how_long_until_requests_are_taken() -> None:
    for minutes, reference in enumerate(submitted(12)[:10], 1):
        at = NOON - DAY + dt.timedelta(minutes=minutes)
        work.do(reference, Action.TAKE, "Bob", at)
    found = read()
    assert found.requests == figures.Requests(total=12, failed=0, taken=10)
    assert found.median_until_taken == pytest.approx(5 * 60, abs=0.01)
    assert found.p90_until_taken == pytest.approx(9 * 60, abs=0.01)


def test_counts_one_that_was_answered_as_taken_and_one_given_back_as_not() -> None:
    first, second = submitted(2)
    work.do(first, Action.ANSWER, "Bob", NOON)
    work.do(second, Action.TAKE, "Bob", NOON)
    work.do(second, Action.GIVE_BACK, "Bob", NOON)
    assert read().requests.taken == 1


# --- the picture ---


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7, 12, 99, 1001])
def test_draws_bars_that_fit_and_lines_at_round_counts(count: int) -> None:
    handoffs.write([Seen(str(n), "c", "sent", None, NOON) for n in range(count)])
    chart = draw(read())
    assert all(0 <= y <= HEIGHT and n >= 0 for y, n in chart.lines)
    assert chart.lines[-1][1] >= count
    assert len(chart.lines) <= 6
    assert all(p.y >= -0.01 and p.x + p.width <= WIDTH for p in chart.pieces)
    assert len(chart.pieces) == bool(count)


def test_draws_parts_on_top_of_each_other() -> None:
    ask("sent")
    ask("off")
    ask("stopped")
    bar = draw(read()).pieces
    assert [piece.part for piece in bar] == ["sent", "given_up", "off"]
    for below, above in pairwise(bar):
        assert above.y + above.height == pytest.approx(below.y, abs=0.1)
    assert {piece.x for piece in bar} == {bar[0].x}
