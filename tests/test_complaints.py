"""Trouble that lasts does not flood the log, and a clock that was set is noticed."""

from __future__ import annotations

import datetime as dt
import logging

import pytest

from support.clockwatch import ClockWatch
from support.complaints import EVERY_SECONDS, Complaint
from tests.stored import NOON


class Steady:
    """A clock that nobody sets but the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> Steady:
    """At its beginning."""
    return Steady()


def test_says_trouble_once_a_minute_and_how_often_it_was(
    steady: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    complaint = Complaint(logging.getLogger("test"), "It cannot be read", steady)
    for second in range(int(EVERY_SECONDS) + 1):
        steady.now = float(second)
        complaint.about(ValueError("the password is hush"))
    assert caplog.messages == [
        "It cannot be read: ValueError",
        "It cannot be read: ValueError (59 times more since)",
    ]
    complaint.over()
    complaint.over()
    assert caplog.messages[2:] == ["No longer so: It cannot be read"]
    complaint.about(ValueError())
    assert len(caplog.messages) == 4


def test_says_nothing_while_all_is_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Complaint(logging.getLogger("test"), "It cannot be read").over()
    assert caplog.messages == []


@pytest.mark.parametrize("jump", [-3600, 3600, -11, 11])
def test_distrusts_a_clock_that_was_set_for_a_while(steady: Steady, jump: int) -> None:
    watch = ClockWatch(dt.timedelta(seconds=120), steady)
    assert watch.trusts(NOON)
    set_to = NOON + dt.timedelta(seconds=jump)
    assert not watch.trusts(set_to)
    for passed, trusted in ((60, False), (119, False), (120, True), (180, True)):
        steady.now = passed
        assert watch.trusts(set_to + dt.timedelta(seconds=passed)) is trusted


def test_trusts_a_clock_that_is_corrected_in_small_steps(steady: Steady) -> None:
    watch = ClockWatch(dt.timedelta(seconds=120), steady)
    now = NOON
    for _ in range(100):
        assert watch.trusts(now)
        steady.now += 2
        now += dt.timedelta(seconds=3)
