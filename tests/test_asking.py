"""A visitor asks for a person: in any words, at any time, and only while the team can be asked."""

from __future__ import annotations

import pytest

from tests.system import System

ASKS_NAME = "what's your name"
OFFERS = "Shall I pass this on to them?"
SWITCHED_OFF = "can't take requests through this chat"


@pytest.mark.parametrize(
    "ask",
    [
        "I want to talk to an agent.",
        "Can I speak with a representative?",
        "Need help from a real person.",
        "Let me chat with a human agent.",
        "agent",
        "get me a human please",
        "could someone from support call me back",
        "I've asked three times now, let me talk to somebody who understands me",
    ],
)
def test_opens_the_form_as_the_very_first_message(system: System, visitor: str, ask: str) -> None:
    assert ASKS_NAME in system.say(visitor, ask)[0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("hello", "Hello!"),
        ("thanks a lot", "You're welcome"),
        ("goodbye", "Goodbye"),
        ("what can you do?", "my job is to bring you together"),
        ("are you a human?", "computer program"),
    ],
)
def test_answers_small_talk(system: System, visitor: str, text: str, answer: str) -> None:
    answers = system.say(visitor, text)
    assert len(answers) == 1
    assert answer in answers[0]


@pytest.mark.parametrize(
    "text", ["do you sell garden chairs", "asdf qwer zxcv", "🙂🙂🙂", "wo ist mein Paket?"]
)
def test_offers_the_team_for_anything_else(system: System, visitor: str, text: str) -> None:
    assert OFFERS in system.say(visitor, text)[0]


def test_takes_yes_to_the_offer_and_keeps_what_was_said_as_the_reason(
    system: System, visitor: str
) -> None:
    system.say(visitor, "do you sell garden chairs in dark green")
    assert ASKS_NAME in system.say(visitor, "Yes, please")[0]
    summary = system.talk(visitor, "Ann Lee", "ann@example.org", "+1 202 555 0123")
    assert "About: do you sell garden chairs in dark green" in summary[0]


def test_takes_no_to_the_offer(system: System, visitor: str) -> None:
    system.say(visitor, "do you sell garden chairs")
    assert "won't pass anything on" in system.say(visitor, "No, thanks")[0]


def test_does_not_take_yes_to_nothing_for_an_ask(system: System, visitor: str) -> None:
    assert ASKS_NAME not in system.talk(visitor, "hello", "yes")[0]


def test_says_that_support_is_off_and_names_the_other_ways(system: System, visitor: str) -> None:
    system.settings(enabled=False)
    answers = system.say(visitor, "I want to talk to an agent.")
    assert len(answers) == 1
    assert SWITCHED_OFF in answers[0]
    assert "call +1 202 555 0199" in answers[0]
    assert ASKS_NAME not in " ".join(system.say(visitor, "Ann Lee"))


def test_says_that_support_is_off_without_other_ways(system: System, visitor: str) -> None:
    system.settings(enabled=False, alternative_contact="")
    answer = system.say(visitor, "I want to talk to an agent.")[0]
    assert SWITCHED_OFF in answer
    assert "this way" not in answer


@pytest.mark.parametrize("text", ["hello", "do you sell garden chairs", "are you a human?", "yes"])
def test_promises_nothing_while_support_is_off(system: System, visitor: str, text: str) -> None:
    system.settings(enabled=False)
    answer = system.say(visitor, text)[0]
    assert SWITCHED_OFF in answer
    assert "call +1 202 555 0199" in answer


def test_ends_the_form_when_support_is_switched_off_meanwhile(system: System, visitor: str) -> None:
    before = len(system.requests())
    system.talk(visitor, "I want to talk to an agent.", "Ann Lee")
    system.settings(enabled=False)
    assert SWITCHED_OFF in system.say(visitor, "ann@example.org")[0]
    assert len(system.requests()) == before


def test_hands_nothing_over_when_switched_off_before_send(system: System, visitor: str) -> None:
    before = len(system.requests())
    summary = system.talk(
        visitor, "I'm Ann, ann@example.org, +1 202 555 0123, I need an agent about my refund"
    )
    assert "Shall I send it?" in summary[-1]
    system.settings(enabled=False)
    assert SWITCHED_OFF in system.say(visitor, "Send")[0]
    assert len(system.requests()) == before
    assert system.mail.received == []


def test_works_as_before_when_switched_on_again(system: System, visitor: str) -> None:
    system.settings(enabled=False)
    system.say(visitor, "I want to talk to an agent.")
    system.settings(enabled=True)
    assert ASKS_NAME in system.say(visitor, "I want to talk to an agent.")[0]
