"""Doing something once by a key."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import once
from support.config import Config
from support.errors import KeyReused, StillAtWork
from support.once import Answer
from tests.stored import NOON

DONE = Answer(201, {"ETag": '"1"'}, '{"done": true}')

pytestmark = pytest.mark.usefixtures("db")


def test_answers_the_same_call_the_same() -> None:
    assert once.begin("ann", "k", "call", NOON) is None
    once.finish("ann", "k", DONE)
    assert once.begin("ann", "k", "call", NOON + dt.timedelta(hours=23)) == DONE


def test_keeps_people_s_keys_apart() -> None:
    once.begin("ann", "k", "call", NOON)
    once.finish("ann", "k", DONE)
    assert once.begin("bob", "k", "other call", NOON) is None


def test_refuses_another_call_under_the_key_done_or_not() -> None:
    once.begin("ann", "k", "call", NOON)
    with pytest.raises(KeyReused):
        once.begin("ann", "k", "other call", NOON)
    once.finish("ann", "k", DONE)
    with pytest.raises(KeyReused):
        once.begin("ann", "k", "other call", NOON)


def test_refuses_the_same_call_while_it_is_at_work_but_takes_a_dead_server_s_over() -> None:
    once.begin("ann", "k", "call", NOON)
    with pytest.raises(StillAtWork):
        once.begin("ann", "k", "call", NOON + once.CLAIM_LASTS - dt.timedelta(seconds=1))
    assert once.begin("ann", "k", "call", NOON + once.CLAIM_LASTS) is None
    with pytest.raises(StillAtWork):
        once.begin("ann", "k", "call", NOON + once.CLAIM_LASTS)


def test_may_be_tried_again_when_it_was_abandoned() -> None:
    once.begin("ann", "k", "call", NOON)
    once.abandon("ann", "k")
    assert once.begin("ann", "k", "other call", NOON) is None
    once.finish("ann", "k", DONE)
    once.abandon("ann", "k")
    assert once.begin("ann", "k", "other call", NOON) == DONE


def test_forgets_after_a_day(db: Config) -> None:
    once.begin("ann", "k", "call", NOON)
    once.finish("ann", "k", DONE)
    assert once.begin("ann", "k", "other call", NOON + once.KEPT) is None


def test_lets_one_of_many_at_once_go_on() -> None:
    def begin(_: int) -> str:
        try:
            return "goes on" if once.begin("ann", "k", "call", NOON) is None else "answered"
        except StillAtWork:
            return "waits"

    with ThreadPoolExecutor(8) as callers:
        outcomes = list(callers.map(begin, range(16)))
    assert sorted(outcomes) == ["goes on", *["waits"] * 15]
