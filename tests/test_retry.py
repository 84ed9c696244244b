"""When to try again, as a table."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from support.errors import DeliveryError
from support.retry import DELAYS, LONGEST, SPREAD, next_delay

TEMPORARY = DeliveryError("451 Greylisted")
PERMANENT = DeliveryError("550 No such mailbox", permanent=True)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    "attempts, seconds", [(1, 10), (2, 30), (3, 60), (4, 300), (10, 28800), (11, 28800)]
)
def test_waits_longer_after_each_attempt(attempts: int, seconds: int) -> None:
    delay = next_delay(attempts, TEMPORARY, "a-delivery")
    assert delay is not None
    assert seconds * SECOND <= delay <= seconds * SECOND * (1 + SPREAD)


def test_waits_as_long_each_time_it_is_asked() -> None:
    assert next_delay(3, TEMPORARY, "one") == next_delay(3, TEMPORARY, "one")


def test_spreads_out_what_failed_together() -> None:
    delays = [next_delay(5, TEMPORARY, f"delivery-{n}") for n in range(100)]
    seconds = sorted(delay.total_seconds() for delay in delays if delay)
    assert len(set(seconds)) > 90
    assert seconds[75] - seconds[25] > 900 * SPREAD / 4


@pytest.mark.parametrize("attempts", [12, 13, 1000])
def test_gives_up_after_the_last_delay(attempts: int) -> None:
    assert next_delay(attempts, TEMPORARY, "") is None


@pytest.mark.parametrize("attempts", [1, 11])
def test_gives_up_at_once_when_trying_again_cannot_help(attempts: int) -> None:
    assert next_delay(attempts, PERMANENT, "") is None


def test_gives_up_although_it_was_asked_to_come_back() -> None:
    gone = DeliveryError("410 Gone", permanent=True, retry_after=60)
    assert next_delay(1, gone, "") is None
    assert next_delay(12, DeliveryError("429", retry_after=60), "") is None


def test_waits_as_long_as_it_is_asked_to() -> None:
    assert next_delay(1, DeliveryError("429", retry_after=120), "") == 120 * SECOND


@pytest.mark.parametrize("seconds", [0, -5, 1, math.nan])
def test_waits_no_less_than_the_table_says(seconds: float) -> None:
    delay = next_delay(3, DeliveryError("429", retry_after=seconds), "")
    assert delay == next_delay(3, TEMPORARY, "")


@pytest.mark.parametrize("seconds", [10**9, math.inf])
def test_waits_no_more_than_a_day(seconds: float) -> None:
    assert next_delay(1, DeliveryError("429", retry_after=seconds), "") == LONGEST


def test_never_waits_less_than_before_and_tries_for_about_a_day() -> None:
    assert list(DELAYS) == sorted(DELAYS)
    assert dt.timedelta(hours=20) < sum(DELAYS, dt.timedelta()) < dt.timedelta(hours=24)
    assert sum(DELAYS, dt.timedelta()) * (1 + SPREAD) < dt.timedelta(hours=32)
