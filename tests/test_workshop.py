"""The process that works beside the server: what comes back, and what happens when it does not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components import workshop
from components.workshop import Say, Workshop
from support.errors import WorkFailed, WorkshopClosed

pytestmark = pytest.mark.skipif(not workshop.is_possible(), reason="needs Linux")


@pytest.fixture
def shop() -> Iterator[Workshop]:
    made = Workshop(lambda: None)
    yield made
    made.close()


def add(one: int, other: int, say: Say) -> int:
    say("adding")
    return one + other


def its_pid(say: Say) -> int:
    return os.getpid()


def niceness(say: Say) -> int:
    return os.nice(0)


def fail(say: Say) -> None:
    raise ValueError("no such sum")


def end(say: Say) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(say: Say) -> None:
    say("sleeping")
    time.sleep(600)


def quietly(_: str) -> None:
    """Nobody watches."""


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_does_work_elsewhere_and_says_how_far_it_is(shop: Workshop) -> None:
    said: list[str] = []
    assert shop.do(partial(add, 2, 3), said.append) == 5
    assert said == ["adding"]
    assert shop.do(its_pid, quietly) not in (os.getpid(), shop.pid)


def test_takes_a_new_process_for_each_piece_of_work_and_leaves_none(shop: Workshop) -> None:
    first, second = (shop.do(its_pid, quietly) for _ in range(2))
    assert first != second
    assert not any(map(is_there, (first, second)))


def test_works_at_a_lower_priority_than_the_server(shop: Workshop) -> None:
    assert shop.do(niceness, quietly) == min(os.nice(0) + workshop.NICENESS, 19)


@pytest.mark.parametrize("work, why", [(fail, "no such sum"), (end, "ended: -9")])
def test_tells_why_work_failed_and_goes_on(shop: Workshop, work: Any, why: str) -> None:
    with pytest.raises(WorkFailed, match=why):
        shop.do(work, quietly)
    assert shop.do(partial(add, 1, 1), quietly) == 2


def test_stops_work_that_nobody_wants_any_more(shop: Workshop) -> None:
    def nobody(_: str) -> None:
        raise RuntimeError("given up")

    with pytest.raises(RuntimeError, match="given up"):
        shop.do(sleep, nobody)
    assert shop.do(partial(add, 1, 1), quietly) == 2


def test_stops_work_that_says_nothing_for_too_long(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "SILENCE_SECONDS", 0.2)
    with pytest.raises(WorkFailed, match="Nothing was heard"):
        shop.do(sleep, quietly)
    monkeypatch.undo()
    assert shop.do(partial(add, 1, 1), quietly) == 2


def test_says_so_when_it_is_gone(shop: Workshop) -> None:
    os.kill(shop.pid, signal.SIGKILL)
    with pytest.raises(WorkshopClosed):
        shop.do(partial(add, 1, 1), quietly)


def test_does_nothing_after_it_was_closed(shop: Workshop) -> None:
    shop.close()
    with pytest.raises(WorkshopClosed):
        shop.do(partial(add, 1, 1), quietly)
