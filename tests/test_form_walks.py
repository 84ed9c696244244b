"""Ten thousand visitors who type anything: the form ends, and forgives, and invents nothing."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from support import suggestions
from support.commands import WORDS
from support.fields import tidy
from support.form import CONFIRMATION, MAX_TURNS, NAMES, FormState, Step, answer, open_form
from support.form_state import WAYS_TO_REACH, is_complete

WALKS = 3_000
ASKS = ("agent", "I'm Bob, I need a person about my refund", "agent please, ann@gmial.com")
ANSWERS = (
    "Ann Lee",
    "Bob Stop",
    "Noah Cancel",
    "李小龙",
    "X",
    "ann@example.org",
    "bob@gmial.com",
    "+1 202 555 0123",
    "it's 202-555-0199",
    "my order never came",
    "Ann Lee, ann@example.org, 202-555-0123, my order 4711 never came",
    "my mail is eve@example.org, not ann@example.org",
    "no, it's Anna not Ann",
    "my name is Eve",
)
STEERING = (
    *(word.split("|")[0] for word in WORDS.values()),
    "no thanks",
    "change my name",
    "change my e-mail",
    "wrong number",
    "Change the reason",
    "go back",
    "I don't have one",
)
QUESTIONS = (
    "why do you need my phone?",
    "what happens with my data?",
    "are you a bot?",
    "do you sell chairs?",
    "why?",
)
NONSENSE = (
    "",
    "🙂",
    "12345",
    "...",
    "ann at example",
    "asdf jkl",
    "\u202eمرحبا\u202c",
    "/restart",
    "x" * 300,
    "agent",
    "send it to my friend",
)
# What a visitor is like: which of these they type how often.
KINDS = ((6, 1, 1, 1), (1, 1, 1, 1), (1, 5, 1, 1), (1, 1, 5, 1), (1, 1, 1, 5), (0, 1, 0, 1))


def talk(seed: int) -> Iterator[tuple[str, Step]]:
    """What a visitor typed, and the step that followed, until the form has ended."""
    dice = random.Random(seed)
    weights = dice.choice(KINDS)
    text = dice.choice(ASKS)
    step = open_form(text, FormState(), "US")
    yield text, step
    while step.outcome is None:
        (pool,) = dice.choices((ANSWERS, STEERING, QUESTIONS, NONSENSE), weights)
        # Some repeat themselves.
        text = text if dice.random() < 0.2 else dice.choice(pool)
        silence = 90_000.0 if dice.random() < 0.03 else 1.0
        step = answer(step.state, text, "US", silence)
        yield text, step


@cache
def heard(text: str) -> str:
    """A text as it may be stored."""
    return tidy(text).casefold()


def was_said(name: str, value: str, texts: set[str]) -> bool:
    """Whether an answer is made of what the visitor typed."""
    said = " ".join(heard(text) for text in texts)
    if name == "phone":
        return value[-7:] in re.sub(r"\D", "", said) or value.casefold() in said
    if name == "email":
        addresses = (word.strip(",.") for word in said.split() if "@" in word)
        return value.casefold() in said or value in map(suggestions.for_address, addresses)
    return all(word in said for word in value.casefold().split())


def check(seed: int) -> str:
    """One conversation from beginning to end, and how it ended."""
    texts: set[str] = set()
    stored: set[tuple[str, str]] = set()
    asked: Counter[tuple[object, ...]] = Counter()
    for turn, (text, step) in enumerate(talk(seed)):
        texts.add(text)
        assert turn <= MAX_TURNS
        state = step.state
        for name, value in set(state.values.items()) - stored:
            assert was_said(name, value, texts), f"{name} {value!r} was never said"
            stored.add((name, value))
        assert set(state.unverified) <= set(state.values)
        if step.outcome is None:
            shown = tuple(state.values.items()) if state.asked == CONFIRMATION else ()
            asked[(state.asked, state.problem, shown)] += 1
            assert max(asked.values()) <= 2, f"{state.asked} {state.problem} for the third time"
            assert state.asked in (*NAMES, CONFIRMATION)
            assert state.asked != CONFIRMATION or is_complete(state.values)
        if step.outcome == "send":
            assert is_complete(state.values)
            assert any(state.values.get(way) for way in WAYS_TO_REACH)
    assert step.outcome is not None
    return step.outcome


@pytest.mark.parametrize("part", range(10))
def test_ends_within_the_bound_whatever_a_visitor_types(part: int) -> None:
    seeds = range(part, WALKS, 10)
    ends = Counter(check(seed) for seed in seeds)
    assert set(ends) == {"send", "cancelled", "left"}
    assert min(ends.values()) > len(seeds) / 50


@pytest.mark.parametrize("text", [*ANSWERS, *STEERING, *QUESTIONS, *NONSENSE])
@pytest.mark.parametrize("asked", [*NAMES, CONFIRMATION])
def test_ends_within_the_bound_when_a_visitor_only_repeats_one_message(
    text: str, asked: str
) -> None:
    values = {"name": "Ann", "email": "a@example.org", "reason": "order"}
    before = {name: value for name, value in values.items() if name != asked}
    step = Step(FormState(values=before, asked=asked))
    for _ in range(MAX_TURNS):
        step = answer(step.state, text, "US")
        if step.outcome:
            break
    assert step.outcome in ("send", "cancelled", "left")


def test_ends_from_a_state_that_is_over_the_bound() -> None:
    state = FormState(asked="name", turns=MAX_TURNS * 10)
    assert answer(state, "Ann", "US").outcome == "left"
