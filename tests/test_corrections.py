"""Corrections in words: the new value, for the right field, or nothing."""

from __future__ import annotations

import pytest

from support.corrections import read
from support.reading import CONFIRMATION

KNOWN = {"name": "Ann Lee", "email": "ann@y.org", "phone": "+12025550123"}
ANYWHERE = [
    ("my mail is ann@x.org, not ann@y.org", {"email": "ann@x.org"}),
    ("not ann@y.org but ann@x.org", {"email": "ann@x.org"}),
    ("ann@x.org instead of ann@y.org", {"email": "ann@x.org"}),
    ("no, it's Anna not Ann", {"name": "Anna Lee"}),
    ("I meant Anna, not Ann.", {"name": "Anna Lee"}),
    ("My name is Anna, not Ann Lee.", {"name": "Anna"}),
    ("it's 202-555-0199, not 202-555-0123", {"phone": "+12025550199"}),
]
NOT_IN_A_REASON = [
    ("my email is ann@x.org", {"email": "ann@x.org"}),
    ("change my name to Anna", {"name": "Anna"}),
    ("please change my number to 202 555 0199", {"phone": "+12025550199"}),
    ("actually ann@x.org", {"email": "ann@x.org"}),
    ("My name is Anna Smith", {"name": "Anna Smith"}),
]


@pytest.mark.parametrize("text, values", [*ANYWHERE, *NOT_IN_A_REASON])
def test_reads_the_new_value_at_the_summary(text: str, values: dict[str, str]) -> None:
    assert read(text, CONFIRMATION, KNOWN, "US") == values


@pytest.mark.parametrize("text, values", ANYWHERE)
def test_reads_at_the_reason_what_contradicts_something_known(
    text: str, values: dict[str, str]
) -> None:
    assert read(text, "reason", KNOWN, "US") == values


@pytest.mark.parametrize("text", [text for text, _ in NOT_IN_A_REASON])
def test_leaves_a_reason_alone_that_contradicts_nothing(text: str) -> None:
    assert read(text, "reason", KNOWN, "US") == {}


def test_reads_at_the_reason_what_begins_like_a_correction() -> None:
    assert read("sorry, my mail is ann@x.org", "reason", KNOWN, "US") == {"email": "ann@x.org"}


@pytest.mark.parametrize("asked", ["name", "email", "phone", "reason", CONFIRMATION])
@pytest.mark.parametrize(
    "text",
    [
        "I want a refund, not a voucher",
        "my number ends in 99 not 23",
        "not happy",
        "my order number is 4711",
        "the name is not right",
        "",
        "not " * 3000,
        "no, " * 3000,
        "my mail is ann, not bob",
    ],
)
def test_corrects_nothing_where_nothing_is_corrected(asked: str, text: str) -> None:
    known = KNOWN if asked != "name" else {}
    assert read(text, asked, known, "US") == {}


def test_leaves_the_answer_to_the_open_question_to_others() -> None:
    assert read("my mail is ann@x.org", "email", {}, "US") == {}
    assert read("Anna, not Ann", "name", {}, "US") == {"name": "Anna"}
