"""Questions in between: what they are about, if that is unmistakable, and that they ask at all."""

from __future__ import annotations

import pytest

from support.questions import is_question, split, topic


@pytest.mark.parametrize(
    "text, about",
    [
        ("why do you need my phone?", "why_phone"),
        ("Why should I give you my name", "why_name"),
        ("What do you need my number for?", "why_phone"),
        ("do I have to give my phone number?", "why_phone"),
        ("why do you ask for my e-mail address??", "why_email"),
        ("why do you need that?", "why_email"),
        ("Why?", "why_email"),
        ("what happens with my data?", "what_happens_to_data"),
        ("and is my data safe", "what_happens_to_data"),
        ("Do you store my personal information?", "what_happens_to_data"),
        ("what about privacy?", "what_happens_to_data"),
        ("how long does it take?", "how_long"),
        ("When will I get an answer?", "how_long"),
        ("how soon will someone call me back", "how_long"),
        ("are you a bot?", "are_you_a_bot"),
        ("Am I talking to a real person?", "are_you_a_bot"),
        ("who are you?", "are_you_a_bot"),
        ("who gets this?", "who_gets_this"),
        ("Who will see my message", "who_gets_this"),
        ("where does this go?", "who_gets_this"),
    ],
)
def test_knows_what_a_question_is_about(text: str, about: str) -> None:
    assert topic(text, "email") == about


@pytest.mark.parametrize(
    "text",
    [
        "how long does delivery take?",
        "why did you charge me twice?",
        "when will my order arrive?",
        "can you delete my data?",
        "are you open on Sunday?",
        "Will Skip",
        "What Lee",
        "",
        "why " * 1000,
    ],
)
def test_does_not_guess_what_a_question_is_about(text: str) -> None:
    assert topic(text, "email") is None


@pytest.mark.parametrize(
    "text, asks",
    [
        ("do you sell chairs?", True),
        ("你们 卖 椅子 吗？", True),
        ("what is this all about", True),
        ("How Wei Ling", False),
        ("Ann?", False),
        ("ann@example.org", False),
        ("May Day Smith", False),
    ],
)
def test_tells_a_question_from_an_answer(text: str, asks: bool) -> None:
    assert is_question(text) is asks


def test_finds_the_question_behind_an_answer() -> None:
    assert split("Ann Lee. Are you a bot?", "name") == ("Ann Lee.", "are_you_a_bot")
    assert split("ann@x.org, why do you need it?", "email") == ("ann@x.org", "why_email")
    assert split("Ann Lee, my order never came", "name") == ("Ann Lee, my order never came", None)
