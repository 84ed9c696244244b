"""The form over REST: one question at a time, forgiving, and never stuck on what it reads."""

from __future__ import annotations

import pytest

from tests.system import System

ASK = "I want to talk to an agent."
TO_SUMMARY = (ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came")
SUMMARY = (
    "This is what I'll send to the team:\nName: Ann Lee\nE-mail: ann@example.org\n"
    "Phone: +12025550123\nAbout: my order never came\nShall I send it?"
)


def test_asks_one_question_at_a_time_and_reads_back(system: System, visitor: str) -> None:
    answers = [system.say(visitor, text) for text in TO_SUMMARY]
    assert [len(each) for each in answers] == [1, 1, 1, 1, 1]
    assert [each[0] for each in answers] == [
        "I'll pass you on to our team. First, what's your name?",
        "Which e-mail address can the team answer you at?",
        "And your phone number, in case they would rather call?",
        "Thanks, Ann Lee. What is it about? A sentence or two helps the team prepare.",
        SUMMARY,
    ]


def test_offers_buttons_at_the_summary(system: System, visitor: str) -> None:
    system.talk(visitor, *TO_SUMMARY[:-1])
    buttons = system.post(visitor, TO_SUMMARY[-1]).json()[0]["buttons"]
    assert [button["title"] for button in buttons] == ["Send", "Change something", "Cancel"]


def test_does_not_ask_again_what_the_first_message_said(system: System, visitor: str) -> None:
    answer = system.say(visitor, "I'm Ann, ann@example.org, I need an agent about my refund")
    assert answer[0] == "Of course, I'll pass you on to our team."
    assert "phone number" in answer[1]
    summary = system.say(visitor, "202-555-0123")[0]
    assert "Name: Ann\nE-mail: ann@example.org\nPhone: +12025550123\nAbout: my refund" in summary


@pytest.mark.parametrize(
    ("given", "bad", "example", "good"),
    [
        ((), "12345", "for example Ann Lee", "Ann Lee"),
        (("Ann Lee",), "ann at example", "ann@example.org", "write to ann@example.org please"),
        (("Ann Lee", "ann@example.org"), "12", "+1 202 555 0123", "it's (202) 555-0123."),
    ],
)
def test_explains_a_bad_value_with_an_example_and_asks_again(
    system: System, visitor: str, given: tuple[str, ...], bad: str, example: str, good: str
) -> None:
    question = system.talk(visitor, ASK, *given)
    explained = system.say(visitor, bad)
    assert example in explained[0]
    assert explained != question
    assert system.say(visitor, good) not in (question, explained)


def test_reads_numbers_of_the_country_that_is_set(system: System, visitor: str) -> None:
    system.settings(phone_region="DE")
    summary = system.talk(visitor, ASK, "Ann Lee", "ann@example.org", "030 901820", "my refund")
    assert "Phone: +4930901820" in summary[0]


def test_changes_one_answer_and_asks_only_for_that(system: System, visitor: str) -> None:
    system.talk(visitor, *TO_SUMMARY)
    assert "What would you like to change?" in system.say(visitor, "Change something")[0]
    assert "e-mail" in system.say(visitor, "Change my e-mail")[0]
    assert system.say(visitor, "lee@example.org")[0] == SUMMARY.replace(
        "ann@example.org", "lee@example.org"
    )


def test_cancels_and_says_that_nothing_was_sent(system: System, visitor: str) -> None:
    before = len(system.requests())
    assert "Nothing was sent" in system.talk(visitor, *TO_SUMMARY, "cancel")[0]
    assert len(system.requests()) == before
    assert "what's your name" in system.say(visitor, ASK)[0]


@pytest.mark.parametrize("name", ["Bob Stop", "Noah Cancel", "May", "李小龙", "X", "<b>Ann</b>"])
def test_takes_any_name(system: System, visitor: str, name: str) -> None:
    assert "e-mail" in system.talk(visitor, ASK, name)[0]


@pytest.mark.parametrize("typed", ["/restart", "/back", "/session_start", '/request_human{"a":1}'])
def test_takes_what_looks_like_a_command_as_text(system: System, visitor: str, typed: str) -> None:
    system.talk(visitor, ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123")
    assert f"About: {typed}\n" in system.say(visitor, typed)[0]


def test_is_not_stopped_by_a_name_that_nlu_would_take_for_a_no(
    system: System, visitor: str
) -> None:
    system.talk(visitor, ASK, "No")
    assert "e-mail" in system.say(visitor, "Noor Nein")[0]


def test_reads_not_given_for_what_was_skipped_and_sends_without_it(
    system: System, visitor: str
) -> None:
    needed = system.talk(visitor, ASK, "Ann Lee", "Skip")[0]
    assert "which phone number can they call?" in needed
    assert "one sure way to reach you" in system.say(visitor, "I don't have one")[0]
    summary = system.talk(visitor, "+1 202 555 0123", "my order never came")[0]
    assert "E-mail: not given\nPhone: +12025550123" in summary
    assert "has been passed on" in system.say(visitor, "Send")[0]
    (mail,) = system.mails()
    assert mail["Reply-To"] is None


def test_keeps_the_third_answer_as_typed_and_tells_the_team(system: System, visitor: str) -> None:
    answers = [system.talk(visitor, ASK, "Ann Lee")]
    answers += [system.say(visitor, "ann at example") for _ in range(3)]
    assert len({each[0] for each in answers}) == 4
    system.talk(visitor, "+1 202 555 0123", "my order never came", "Send")
    (mail,) = system.mails()
    assert "ann at example (not verified)" in mail.get_body(["plain"]).get_content()
    assert system.requests()[0]["unverified"] == ["email"]


def test_answers_a_question_in_between_and_asks_its_own_again(system: System, visitor: str) -> None:
    question = system.talk(visitor, ASK, "Ann Lee", "ann@example.org")
    answers = system.say(visitor, "why do you need my phone?")
    assert answers == [
        "Some things are settled faster by phone. The number goes to our team together "
        "with your message.",
        *question,
    ]
    assert system.say(visitor, "how long does it take?")[0].count("within one working day") == 1
    assert "What is it about?" in system.say(visitor, "skip")[0]


def test_takes_corrections_in_words(system: System, visitor: str) -> None:
    system.talk(visitor, *TO_SUMMARY)
    assert "E-mail: ann@x.org\n" in system.say(visitor, "my mail is ann@x.org, not ann@y.org")[0]
    assert "Name: Anna Lee\n" in system.say(visitor, "no, it's Anna not Ann")[0]
    assert "phone number be" in system.say(visitor, "wrong number")[0]
    assert "Phone: +12025550199\n" in system.say(visitor, "202-555-0199")[0]


def test_asks_back_before_it_stops_and_before_it_believes_a_domain(
    system: System, visitor: str
) -> None:
    system.talk(visitor, ASK, "Ann Lee")
    assert "or stop here?" in system.say(visitor, "no thanks")[0]
    assert "Which e-mail address" in system.say(visitor, "Go on")[0]
    assert "Did you mean ann@gmail.com?" in system.say(visitor, "ann@gmial.com")[0]
    assert "phone number" in system.say(visitor, "Yes")[0]
    system.say(visitor, "later")
    assert "Nothing was sent" in system.say(visitor, "no")[0]


def test_leaves_after_three_unclear_answers_and_keeps_what_it_has(
    system: System, visitor: str
) -> None:
    system.talk(visitor, *TO_SUMMARY)
    left = system.talk(visitor, "hm", "hm", "hm")[0]
    assert "Nothing was sent" in left
    assert "call +1 202 555 0199" in left
    assert SUMMARY in system.say(visitor, ASK)[-1]
