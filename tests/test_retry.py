"""When to try again, as a table."""

from __future__ import annotations

import datetime as dt

import pytest

from support.errors import DeliveryError
from support.retry import DELAYS, next_delay

TEMPORARY = DeliveryError("451 Greylisted")
PERMANENT = DeliveryError("550 No such mailbox", permanent=True)


@pytest.mark.parametrize(
    "attempts, seconds", [(1, 10), (2, 30), (3, 60), (4, 300), (10, 28800), (11, 28800)]
)
def test_waits_longer_after_each_attempt(attempts: int, seconds: int) -> None:
    assert next_delay(attempts, TEMPORARY) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", [12, 13, 1000])
def test_gives_up_after_the_last_delay(attempts: int) -> None:
    assert next_delay(attempts, TEMPORARY) is None


@pytest.mark.parametrize("attempts", [1, 11])
def test_gives_up_at_once_when_trying_again_cannot_help(attempts: int) -> None:
    assert next_delay(attempts, PERMANENT) is None


def test_never_waits_less_than_before_and_tries_for_about_a_day() -> None:
    assert list(DELAYS) == sorted(DELAYS)
    assert dt.timedelta(hours=20) < sum(DELAYS, dt.timedelta()) < dt.timedelta(hours=30)
