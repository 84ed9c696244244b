"""The brake on guessing the admin token."""

from __future__ import annotations

import pytest

from admin import sessions
from admin.sessions import Throttle


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_lets_try_again_after_a_minute() -> None:
    clock = Clock()
    throttle = Throttle(clock=clock)
    for _ in range(5):
        assert throttle.wait("a") == 0
        throttle.wrong("a")
        clock.now += 1
    assert throttle.wait("a") == 56
    clock.now += 55
    assert throttle.wait("a") == 0


def test_counts_each_address_for_itself() -> None:
    throttle = Throttle(clock=Clock())
    for _ in range(5):
        throttle.wrong("a")
    assert throttle.wait("a") > 0
    assert throttle.wait("b") == 0


def test_forgets_wrong_tries_once_the_token_was_right() -> None:
    throttle = Throttle(clock=Clock())
    for _ in range(5):
        throttle.wrong("a")
    throttle.right("a")
    assert throttle.wait("a") == 0


def test_remembers_only_so_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "ADDRESSES_REMEMBERED", 2)
    throttle = Throttle(limit=1, clock=Clock())
    for address in ("a", "b", "a", "c"):
        throttle.wrong(address)
    assert [throttle.wait(address) > 0 for address in "abc"] == [True, False, True]
