"""Reading what visitors write: several answers at once, odd names, and steering words."""

from __future__ import annotations

import pytest

from support.commands import Command
from support.reading import (
    CONFIRMATION,
    REASON_LENGTH,
    Reading,
    read_answer,
    read_first,
    tells_something,
)

ALL_KNOWN = {
    "name": "Ann Lee",
    "email": "ann@example.org",
    "phone": "+12025550123",
    "reason": "my order never came",
}
ANN = "ann@example.org"
NUMBER = "+12025550123"


# The message that asks for a person


@pytest.mark.parametrize(
    "text, told",
    [
        ("agent", {}),
        ("I want to talk to an agent.", {}),
        ("Can I speak with a representative about this?", {}),
        (
            "I'm Ann, ann@example.org, I need an agent about my refund",
            {"name": "Ann", "email": ANN, "reason": "my refund"},
        ),
        (
            "My name is Ann Lee and I want to talk to someone about order 4711",
            {"name": "Ann Lee", "reason": "order 4711"},
        ),
        (
            "Hi, this is Bob. Please connect me to a person regarding a broken chair",
            {"name": "Bob", "reason": "a broken chair"},
        ),
        ("my name is Dr. Bob Lee, I need an agent", {"name": "Dr. Bob Lee"}),
        ("I'm Bob Stop and I need an agent", {"name": "Bob Stop"}),
        ("I'm Éva O'Neil-Łukaszewicz, agent please", {"name": "Éva O'Neil-Łukaszewicz"}),
        ("I need an agent. My email is ann@example.org.", {"email": ANN}),
        ("I want an agent, my number is 202-555-0123", {"phone": NUMBER}),
        (
            "Agent! Ann's phone: 202-555-0123 and mail: ann@example.org",
            {"phone": NUMBER, "email": ANN},
        ),
        (
            "reach me on ann@example.org or call me at 202-555-0123. agent",
            {"email": ANN, "phone": NUMBER},
        ),
        (
            "My order 4711 never came, I want to speak to a human",
            {"reason": "My order 4711 never came"},
        ),
        ("Order 2025550123 is late, agent please", {"reason": "Order 2025550123 is late"}),
        ("My name is wrong on my invoice, agent", {"reason": "My name is wrong on my invoice"}),
        ("I'm angry, get me a human", {}),
        ("This is URGENT, I need a person", {"reason": "This is URGENT"}),
        ("It's Monday, agent", {}),
        ("I am Ann but I need a person", {"name": "Ann"}),
    ],
)
def test_takes_what_the_first_message_tells(text: str, told: dict[str, str]) -> None:
    assert read_first(text, "US") == Reading(told)


def test_reads_the_first_message_with_the_numbers_of_the_country() -> None:
    assert read_first("agent please, 030 901820", "DE").values == {"phone": "+4930901820"}
    assert read_first("agent please, 030 901820", "US").values == {}


@pytest.mark.parametrize(
    "text, tells",
    [
        ("do you sell chairs", True),
        ("my mail is ann@example.org", False),
        ("ann@example.org, 202-555-0123", False),
        ("🙂", False),
    ],
)
def test_says_whether_a_message_tells_more_than_how_to_reach_somebody(
    text: str, tells: bool
) -> None:
    assert tells_something(text, "US") is tells


# The name


@pytest.mark.parametrize(
    "text, name",
    [
        ("Bob Stop", "Bob Stop"),
        ("Noah Cancel", "Noah Cancel"),
        ("May", "May"),
        ("Will Skip", "Will Skip"),
        ("O'Neil-Łukaszewicz", "O'Neil-Łukaszewicz"),
        ("李小龙", "李小龙"),
        ("محمد علي", "محمد علي"),
        ("X", "X"),
        ("a" * 80, "a" * 80),
        ("hello, I'm Ann", "Ann"),
        ("i'm ann", "ann"),
        ("it's Ann Lee.", "Ann Lee"),
        ("Thanks, it's Bob", "Bob"),
        ("call me Bob please", "Bob"),
        ("You can call me “Bob”", "Bob"),
        ("My name is Ann and I need help", "Ann"),
        ("the name is Bond. James Bond", "Bond"),
        ("Name: Ann Lee", "Ann Lee"),
        ("Ann Lee, Jr.", "Ann Lee, Jr."),
        ("Ann B.", "Ann B."),
        ("\u200b\u202eAnn\u2066 🙂", "Ann 🙂"),
        ("Ann\r\nPhone: 666", "Ann Phone: 666"),
    ],
)
def test_reads_a_name(text: str, name: str) -> None:
    assert read_answer(text, "name", {}, "US") == Reading({"name": name})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "👍",
        "a" * 81,
        "ab " * 3_334,
        "Who are you?",
        "Hi there",
        "agent",
        "an agent please",
        "I want to talk to an agent",
        "cancel my order",
        "my order never came",
        "yes",
        "send",
    ],
)
def test_asks_for_the_name_again_when_it_got_something_else(text: str) -> None:
    reading = read_answer(text, "name", {}, "US")
    assert (reading.values, reading.problem) == ({}, "invalid_name")


@pytest.mark.parametrize(
    "text, values, problem",
    [
        (
            "Ann Lee, ann@example.org, +1 202 555 0123, my order 4711 never came",
            {**ALL_KNOWN, "reason": "my order 4711 never came"},
            None,
        ),
        ("Ann Lee <ann@example.org>", {"name": "Ann Lee", "email": ANN}, None),
        ("Ann Lee (202-555-0123)", {"name": "Ann Lee", "phone": NUMBER}, None),
        (
            "Ann, ann@example.org and 202-555-0123",
            {"name": "Ann", "email": ANN, "phone": NUMBER},
            None,
        ),
        ("name: Ann, email: ann@example.org", {"name": "Ann", "email": ANN}, None),
        ("I'm Ann, my chair is broken", {"name": "Ann", "reason": "my chair is broken"}, None),
        ("my email is ann@example.org", {"email": ANN}, "invalid_name"),
        ("202-555-0123", {"phone": NUMBER}, "invalid_name"),
        ("Ann\r\nBcc: eve@example.org", {"name": "Ann Bcc", "email": "eve@example.org"}, None),
    ],
)
def test_takes_other_answers_beside_the_name(
    text: str, values: dict[str, str], problem: str | None
) -> None:
    assert read_answer(text, "name", {}, "US") == Reading(values, problem)


def test_keeps_what_is_known_when_asking_for_the_name_again() -> None:
    known = {**ALL_KNOWN}
    del known["name"]
    text = "Bob, bob@example.org, 202-555-0199, another reason it is"
    assert read_answer(text, "name", known, "US").values == {"name": "Bob"}


# The other questions


@pytest.mark.parametrize(
    "asked, text, values",
    [
        ("email", "it's ANN@Example.ORG.", {"email": "ANN@example.org"}),
        ("email", "ann@example.org, 202-555-0123", {"email": ANN, "phone": NUMBER}),
        ("phone", "sure: (202) 555-0123!", {"phone": NUMBER}),
        ("phone", "202 555 0123\r\nann@example.org", {"phone": NUMBER, "email": ANN}),
        ("reason", "cancel my order", {"reason": "cancel my order"}),
        ("reason", "change my phone number", {"reason": "change my phone number"}),
        ("reason", "line one\r\nName: Eve", {"reason": "line one Name: Eve"}),
        (
            "reason",
            "my e-mail is wrong in your shop",
            {"reason": "my e-mail is wrong in your shop"},
        ),
        ("reason", "x" * 10_000, {"reason": "x" * REASON_LENGTH}),
    ],
)
def test_reads_the_answer_to_what_was_asked(asked: str, text: str, values: dict[str, str]) -> None:
    assert read_answer(text, asked, {"name": "Ann"}, "US") == Reading(values)


@pytest.mark.parametrize(
    "asked, text",
    [
        ("email", "ann at example"),
        ("email", "cancel my order"),
        ("email", "yes"),
        ("phone", "12345"),
        ("phone", "5 DAYS LATER"),
        ("reason", "..."),
        ("reason", "🙂"),
        ("reason", "\u200b"),
        ("reason", "ok, send it"),
    ],
)
def test_asks_again_when_the_answer_is_not_there(asked: str, text: str) -> None:
    reading = read_answer(text, asked, {"name": "Ann"}, "US")
    assert (reading.values, reading.problem) == ({}, f"invalid_{asked}")


@pytest.mark.parametrize(
    "asked, text, typed",
    [
        ("email", "ann at\r\nexample", "ann at example"),
        ("email", "x" * 300, "x" * 254),
        ("phone", "12345", "12345"),
        ("name", "12345", "12345"),
        ("reason", "...", "..."),
        ("name", "hello", None),
        ("name", "an agent please", None),
        ("email", "🙂", None),
        ("email", "do you sell chairs?", None),
        ("email", "yes", None),
        ("phone", "ann@example.org", None),
        ("reason", "\u200b", None),
    ],
)
def test_says_what_may_be_kept_as_typed(asked: str, text: str, typed: str | None) -> None:
    assert read_answer(text, asked, {"name": "Ann"}, "US").typed == typed


@pytest.mark.parametrize(
    "asked, text, command",
    [
        ("name", "no thanks", Command.NO),
        ("name", "skip", Command.SKIP),
        ("email", "I don't have one", Command.SKIP),
        ("email", "no e-mail", Command.SKIP),
        ("phone", "I'd rather not", Command.SKIP),
        ("phone", "not now", Command.LATER),
        ("phone", "that's wrong", Command.BACK),
        ("reason", "go back", Command.BACK),
        (CONFIRMATION, "go back", Command.BACK),
        (CONFIRMATION, "later", Command.LATER),
    ],
)
def test_hears_a_command(asked: str, text: str, command: Command) -> None:
    assert read_answer(text, asked, {"name": "Ann"}, "US") == Reading(command=command)


@pytest.mark.parametrize("name", ["Y", "N", "Go", "Back", "Next", "Good"])
def test_takes_a_word_for_a_name_that_steers_elsewhere(name: str) -> None:
    assert read_answer(name, "name", {}, "US") == Reading({"name": name})


@pytest.mark.parametrize("asked", ["name", "email", "phone"])
@pytest.mark.parametrize(
    "text, topic",
    [
        ("why do you need my phone?", "why_phone"),
        ("what happens with my data", "what_happens_to_data"),
        ("Do you sell garden chairs?", "question_for_team"),
        ("what is this all about", "question_for_team"),
    ],
)
def test_never_takes_a_question_for_an_answer(asked: str, text: str, topic: str) -> None:
    reading = read_answer(text, asked, {"reason": "my order"}, "US")
    assert reading == Reading(problem=f"invalid_{asked}", topic=topic)


def test_takes_a_question_for_the_team_as_the_reason() -> None:
    for text in ("Do you sell garden chairs?", "how long does delivery take?", "why me?"):
        assert read_answer(text, "reason", {}, "US") == Reading({"reason": text})
    assert read_answer("are you a bot?", "reason", {}, "US").topic == "are_you_a_bot"


def test_does_not_overwrite_what_is_known_with_what_a_reason_mentions() -> None:
    known = {**ALL_KNOWN}
    del known["reason"]
    text = "I'm Bob's wife, he never got mail at bob@example.org or calls to 202-555-0199"
    assert read_answer(text, "reason", known, "US") == Reading({"reason": text})


@pytest.mark.parametrize("asked", ["name", "email", "phone", "reason", CONFIRMATION])
def test_cancels_at_every_question(asked: str) -> None:
    assert read_answer("Cancel, please.", asked, ALL_KNOWN, "US") == Reading(command=Command.CANCEL)


def test_goes_back_to_a_field_that_is_known() -> None:
    known = {"name": "Ann", "email": ANN}
    assert read_answer("wrong number", "reason", known, "US") == Reading(change="phone")
    assert read_answer("my e-mail is wrong", "phone", known, "US") == Reading(change="email")
    assert read_answer("change my name", "phone", known, "US") == Reading(change="name")


# The summary


@pytest.mark.parametrize(
    "text, reading",
    [
        ("Send", Reading(command=Command.SEND)),
        ("yes please", Reading(command=Command.SEND)),
        ("Change something", Reading(command=Command.CHANGE, problem="which_field")),
        ("no", Reading(command=Command.CHANGE, problem="which_field")),
        ("Change my e-mail", Reading(change="email")),
        ("phone", Reading(change="phone")),
        ("my phone number is wrong", Reading(change="phone")),
        ("What it is about", Reading(change="reason")),
        ("it's bob@example.org", Reading({"email": "bob@example.org"})),
        ("use 202-555-0199", Reading({"phone": "+12025550199"})),
        ("my name is Bob", Reading({"name": "Bob"})),
        ("how long will it take?", Reading(topic="how_long")),
        ("do you sell chairs?", Reading(problem="unclear", topic="question_for_team")),
        ("my name is Bob, not Ann", Reading({"name": "Bob"})),
        ("change the reason to my refund", Reading({"reason": "my refund"})),
        ("cancel my order", Reading(problem="unclear")),
        ("🙂", Reading(problem="unclear")),
        ("", Reading(problem="unclear")),
    ],
)
def test_reads_the_answer_to_the_summary(text: str, reading: Reading) -> None:
    assert read_answer(text, CONFIRMATION, ALL_KNOWN, "US") == reading
