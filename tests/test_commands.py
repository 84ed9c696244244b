"""The form's steering words: whole messages only, never a guess."""

from __future__ import annotations

import pytest

from support.commands import (
    FIELD_WORDS,
    WORDS,
    Command,
    could_be_name,
    field_to_change,
    refused_field,
    spoken,
)


@pytest.mark.parametrize(
    "text, command",
    [
        ("cancel", Command.CANCEL),
        ("CANCEL!!", Command.CANCEL),
        ("  Stop.  ", Command.CANCEL),
        ("please cancel it, thanks", Command.CANCEL),
        ("Oh please, never mind", Command.CANCEL),
        ("don’t send it", Command.CANCEL),
        ("Do not send!", Command.CANCEL),
        ("Send", Command.SEND),
        ("yes, send it", Command.SEND),
        ("That’s right.", Command.YES),
        ("ok 👍", Command.YES),
        ("Nothing, send it", Command.SEND),
        ("Change something", Command.CHANGE),
        ("no", Command.NO),
        ("No, thanks!", Command.NO),
        ("not now", Command.LATER),
        ("Maybe later.", Command.LATER),
        ("Skip", Command.SKIP),
        ("I dont have one", Command.SKIP),
        ("I’d rather not say", Command.SKIP),
        ("go back, please", Command.BACK),
        ("Previous question", Command.BACK),
        ("Go on", Command.GO_ON),
        ("something's wrong", Command.CHANGE),
    ],
)
def test_hears_a_whole_message_whatever_its_case_and_politeness(
    text: str, command: Command
) -> None:
    assert spoken(text) is command


@pytest.mark.parametrize(
    "text",
    [
        "cancel my order",
        "Noah Cancel",
        "Bob Stop",
        "Will Send",
        "Will Skip",
        "Will Goforth Next",
        "no chair came",
        "I could not send it",
        "stop charging me",
        "non-stop",
        "yes but my number is wrong",
        "/cancel me",
        "/back",
        "cancel" + " cancel" * 100,
        "cancel" + "!" * 300,
        "",
        "👍",
    ],
)
def test_hears_nothing_in_a_message_that_says_more(text: str) -> None:
    assert spoken(text) is None


def test_knows_no_word_for_two_commands() -> None:
    words = [word for spelled in WORDS.values() for word in spelled.split("|")]
    assert sorted(words) == sorted(set(words))
    assert all(spoken(word) is not None for word in words)


@pytest.mark.parametrize("field, words", FIELD_WORDS.items())
def test_takes_every_word_for_a_field(field: str, words: str) -> None:
    for word in words.replace("e-?mail", "email|e-mail").split("|"):
        assert field_to_change(f"change my {word}", bare=False) == field


@pytest.mark.parametrize(
    "text, field",
    [
        ("Change my name", "name"),
        ("Change my e-mail", "email"),
        ("Change my phone", "phone"),
        ("Change the reason", "reason"),
        ("my phone number is wrong", "phone"),
        ("Wrong number!", "phone"),
        ("the email was incorrect.", "email"),
        ("I'd like to correct my surname, please", "name"),
        ("can I change my mail address", "email"),
        ("that's the wrong e-mail", "email"),
        ("That's not my number", "phone"),
        ("there's a typo in my name", "name"),
        ("sorry, I mistyped my mail", "email"),
    ],
)
def test_finds_the_field_that_a_message_asks_to_change(text: str, field: str) -> None:
    assert field_to_change(text, bare=False) == field


@pytest.mark.parametrize(
    "text",
    [
        "my phone",
        "e-mail",
        "change",
        "change my mind",
        "change my phone number to 202 555 0123",
        "you have the wrong number of chairs",
        "my name is Ann",
    ],
)
def test_finds_no_field_in_a_message_that_does_not_ask_to_change_one(text: str) -> None:
    assert field_to_change(text, bare=False) is None


def test_takes_a_field_alone_only_after_asking_which() -> None:
    assert field_to_change("E-mail", bare=True) == "email"
    assert field_to_change("the phone number", bare=True) == "phone"
    assert field_to_change("my order", bare=True) is None


@pytest.mark.parametrize(
    "text, field",
    [
        ("no e-mail", "email"),
        ("I don't have a phone number.", "phone"),
        ("I have no phone", "phone"),
        ("without the phone, please", "phone"),
        ("no phone calls please", None),
        ("phone", None),
        ("I have no time", None),
    ],
)
def test_hears_that_there_is_no_such_thing(text: str, field: str | None) -> None:
    assert refused_field(text) == field


@pytest.mark.parametrize(
    "text, may_be", [("Y", True), ("Back", True), ("stop", False), ("no", False)]
)
def test_knows_the_words_that_may_be_names(text: str, may_be: bool) -> None:
    assert could_be_name(text) is may_be
