"""The talk about a stored request: what each message leads to, and that it always ends."""

from __future__ import annotations

import random

import pytest

from support.followup_form import (
    ADDITION,
    CANCELLATION,
    CHECK,
    CHOICE,
    FIELD,
    LOOKUP_EMAIL,
    LOOKUP_REFERENCE,
    MOST_MESSAGES,
    QUESTIONS,
    VALUE,
    Own,
    State,
    Step,
    answer,
    open_followup,
)

OPEN = Own("R-7KQ9M", "accepted", True)
ENDED = Own("R-7KQ9M", "cancelled", False)
OF_OPEN = {"reference": "R-7KQ9M"}
ANYTHING = (
    "Add something", "Correct my details", "Cancel the request", "Something else entirely", "yes",
    "no", "never mind", "cancel my request", "e-mail", "phone", "ann@example.org", "12", "🙂", "",
    "my order number is 4711", "what?", "R-7KQ9M", "/restart", "?" * 5000, "change my name", "Ann",
    "مرحبا", "hello there",
)  # fmt: skip


def begin(text: str, own: Own | None = OPEN, *, status: bool = False, on: bool = True) -> Step:
    return open_followup(text, own, asks_status=status, enabled=on)


def go_on(text: str, asked: str, state: State | None = None, *, on: bool = True) -> Step:
    return answer(text, asked, {**OF_OPEN, **(state or {})}, "US", enabled=on)


def test_keeps_an_addition_whole() -> None:
    long = "word " * 799 + "end"
    assert go_on(long, ADDITION).state["text"] == long
    assert go_on(long, CHOICE).state["text"] == long


# --- the beginning ---


@pytest.mark.parametrize("stands", ["accepted", "waiting", "undeliverable"])
def test_asks_what_to_do_with_the_open_request_and_says_how_it_stands(stands: str) -> None:
    step = begin("I want an agent", Own("R-7KQ9M", stands, True))
    assert (step.ask, step.wording, step.state) == (CHOICE, stands, OF_OPEN)


def test_words_the_choice_differently_while_switched_off() -> None:
    assert begin("I want an agent", on=False).wording == "off"


@pytest.mark.parametrize(
    ("text", "own", "ask", "outcome"),
    [
        ("what about my request?", OPEN, None, "status"),
        ("what about my request?", ENDED, None, "status_only"),
        ("what about my request?", None, LOOKUP_REFERENCE, None),
        ("status of R-7KQ9M", OPEN, None, "status"),
        ("status of R-AAAAA", OPEN, LOOKUP_EMAIL, None),
        ("status of R-AAAAA", None, LOOKUP_EMAIL, None),
        ("Add something to my request", OPEN, ADDITION, None),
        ("Correct my request", OPEN, FIELD, None),
        ("Cancel my request", OPEN, CANCELLATION, None),
        ("Cancel my request", ENDED, None, "status_only"),
        ("Cancel my request", None, LOOKUP_REFERENCE, None),
    ],
)
def test_begins_with_what_was_asked_about_a_request(
    text: str, own: Own | None, ask: str | None, outcome: str | None
) -> None:
    step = begin(text, own, status=True)
    assert (step.ask, step.outcome) == (ask, outcome)


def test_offers_to_add_what_the_visitor_agreed_to_pass_on() -> None:
    step = open_followup("yes", OPEN, "do you sell chairs", asks_status=False, enabled=True)
    assert (step.ask, step.wording) == (CHECK, "offered")
    assert answer("yes", CHECK, step.state, "US", enabled=True).outcome == "send"
    otherwise = answer("no", CHECK, step.state, "US", enabled=True)
    assert (otherwise.ask, otherwise.wording) == (CHOICE, "accepted")


# --- choosing ---


@pytest.mark.parametrize(
    ("text", "ask", "outcome"),
    [
        ("Add something", ADDITION, None),
        ("Correct my details", FIELD, None),
        ("change my e-mail", VALUE, None),
        ("wrong number", VALUE, None),
        ("Cancel the request", CANCELLATION, None),
        ("Something else entirely", None, "another"),
        ("never mind", None, "unchanged"),
        ("ok thanks", None, "unchanged"),
        ("my order number is 4711", CHECK, None),
        ("hm", CHOICE, None),
        ("yes", CHOICE, None),
    ],
)
def test_takes_the_choice(text: str, ask: str | None, outcome: str | None) -> None:
    step = go_on(text, CHOICE)
    assert (step.ask, step.outcome) == (ask, outcome)
    assert step.state["reference"] == "R-7KQ9M"


@pytest.mark.parametrize(
    ("text", "ask", "outcome"),
    [
        ("Add something", None, "off"),
        ("Correct my details", None, "off"),
        ("change my e-mail", None, "off"),
        ("Something else entirely", None, "off"),
        ("Cancel the request", CANCELLATION, None),
        ("Leave it as it is", None, "unchanged"),
        ("my order number is 4711", CHOICE, None),
    ],
)
def test_takes_only_the_cancelling_while_switched_off(
    text: str, ask: str | None, outcome: str | None
) -> None:
    step = go_on(text, CHOICE, on=False)
    assert (step.ask, step.outcome) == (ask, outcome)


# --- doing ---


@pytest.mark.parametrize(
    ("text", "asked", "state", "done"),
    [
        ("it was  blue", ADDITION, {}, {"do": "add", "text": "it was blue"}),
        ("cancel my order", ADDITION, {}, {"do": "add", "text": "cancel my order"}),
        ("yes", CHECK, {"text": "it was blue"}, {"do": "add", "text": "it was blue"}),
        ("Yes, cancel it", CANCELLATION, {}, {"do": "cancel"}),
        ("cancel", CANCELLATION, {}, {"do": "cancel"}),
        ("Ann Leigh", VALUE, {"field": "name"}, {"field": "name", "value": "Ann Leigh"}),
        ("my name is Bob", VALUE, {"field": "name"}, {"field": "name", "value": "Bob"}),
        ("Noah Cancel", VALUE, {"field": "name"}, {"field": "name", "value": "Noah Cancel"}),
        ("it's a@b.example", VALUE, {"field": "email"}, {"value": "a@b.example"}),
        ("202 555 0188", VALUE, {"field": "phone"}, {"value": "+12025550188"}),
        ("it broke", VALUE, {"field": "reason"}, {"value": "it broke"}),
        ("it's a@b.example", FIELD, {}, {"do": "correct", "field": "email"}),
        ("+1 202 555 0188", FIELD, {}, {"do": "correct", "field": "phone"}),
    ],
)
def test_says_what_is_to_be_done(text: str, asked: str, state: State, done: dict[str, str]) -> None:
    step = go_on(text, asked, state)
    assert step.outcome == "send"
    assert {**OF_OPEN, **done}.items() <= step.state.items()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("never mind", ADDITION), ("cancel", ADDITION), ("no", CHECK), ("stop", CHECK),
        ("Nothing", FIELD), ("cancel", VALUE), ("No, keep it", CANCELLATION),
        ("never mind", CANCELLATION), ("stop", CANCELLATION),
    ],
)  # fmt: skip
def test_changes_nothing_at_exact_words(text: str, asked: str) -> None:
    assert go_on(text, asked, {"field": "name", "text": "blue"}).outcome == "unchanged"


@pytest.mark.parametrize("asked", [ADDITION, FIELD, VALUE])
def test_takes_cancelling_the_request_for_that(asked: str) -> None:
    assert go_on("cancel my request", asked, {"field": "name"}).ask == CANCELLATION


@pytest.mark.parametrize(
    ("field", "text"), [("name", "???"), ("email", "ann@"), ("phone", "12"), ("reason", "🙂")]
)
def test_says_what_it_could_not_read_and_gives_up_the_second_time(field: str, text: str) -> None:
    step = go_on(text, VALUE, {"field": field})
    assert (step.ask, step.wording) == (VALUE, f"invalid_{field}")
    assert answer(text, VALUE, step.state, "US", enabled=True).outcome == "not_understood"


# --- looking up ---


@pytest.mark.parametrize(
    ("text", "asked", "ask", "outcome"),
    [
        ("R-7KQ9M", LOOKUP_REFERENCE, LOOKUP_EMAIL, None),
        ("7kq9m", LOOKUP_REFERENCE, LOOKUP_EMAIL, None),
        ("R-7KQ9M, ann@example.org", LOOKUP_REFERENCE, None, "look_up"),
        ("I don't know", LOOKUP_REFERENCE, LOOKUP_REFERENCE, None),
        ("never mind", LOOKUP_REFERENCE, None, "left"),
        ("ann@example.org", LOOKUP_EMAIL, None, "look_up"),
        ("Ann", LOOKUP_EMAIL, LOOKUP_EMAIL, None),
        ("no", LOOKUP_EMAIL, None, "left"),
    ],
)
def test_asks_for_reference_and_address(
    text: str, asked: str, ask: str | None, outcome: str | None
) -> None:
    step = answer(text, asked, {"lookup": "R-7KQ9M"}, "US", enabled=True)
    assert (step.ask, step.outcome) == (ask, outcome)
    if outcome == "look_up":
        assert step.state == {"lookup": "R-7KQ9M", "email": "ann@example.org"}


# --- always ---


@pytest.mark.parametrize("seed", range(500))
def test_ends_whatever_is_said_and_asks_nothing_three_times(seed: int) -> None:
    chance = random.Random(seed)
    own = chance.choice([OPEN, OPEN, ENDED, None])
    offered = chance.choice([None, "do you sell chairs"])
    step = open_followup(
        chance.choice(ANYTHING), own, offered, asks_status=chance.random() < 0.5, enabled=True
    )
    asked: list[tuple[str | None, str | None]] = []
    while step.outcome is None:
        assert step.ask in QUESTIONS
        asked.append((step.ask, step.wording))
        step = answer(
            chance.choice(ANYTHING), step.ask or "", step.state, "US", enabled=chance.random() < 0.8
        )
    assert step.ask is None
    assert len(asked) <= MOST_MESSAGES
    assert max((asked.count(each) for each in asked), default=0) <= 2
