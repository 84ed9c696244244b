"""Three thousand visitors who type anything: the form ends, and forgives, and invents nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from support.form import CONFIRMATION, MAX_TURNS, NAMES, FormState, Step, answer, open_form
from support.form_state import WAYS_TO_REACH, is_complete
from tests.simulated_visitor import ANSWERS, NONSENSE, QUESTIONS, STEERING, Visitor, was_said

WALKS = 3_000


def talk(seed: int) -> Iterator[tuple[str, Step]]:
    """What a visitor typed, and the step that followed, until the form has ended."""
    visitor = Visitor(seed)
    text = visitor.asks()
    step = open_form(text, FormState(), "US")
    yield text, step
    while step.outcome is None:
        text = visitor.types()
        silence = 90_000.0 if visitor.dice.random() < 0.03 else 1.0
        step = answer(step.state, text, "US", silence)
        yield text, step


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
