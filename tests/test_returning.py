"""Visitors who have asked already: one living request each, whatever they do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system import TEAM, System, wait_for

ASK = "I want to talk to an agent."
DETAILS = ("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came")
TO_SEND = (ASK, *DETAILS, "Send")
ASKED = "You asked just now"
OFFERS_CHANGES = "Would you like to add something, correct your details, or cancel it?"
PASSED_ON = "That has been passed on to our team."
NOT_YET = "has not accepted"
ASKS_NAME = "what's your name"


@pytest.fixture
def ann(system: System, visitor: str) -> str:
    """A visitor whose request is with the team."""
    assert "has been passed on" in system.talk(visitor, *TO_SEND)[0]
    return visitor


def newest(system: System) -> dict[str, Any]:
    """The newest request, with all that is known of it."""
    reference = system.requests()[0]["reference"]
    found: dict[str, Any] = system.admin("GET", f"requests/{reference}").json()
    return found


def history(system: System) -> list[str]:
    """What happened to the newest request."""
    return [event["kind"] for event in newest(system)["history"]]


# --- asking again ---


def test_offers_to_change_the_open_request_instead_of_making_another(
    system: System, ann: str
) -> None:
    before = len(system.requests())
    (answer,) = system.say(ann, ASK)
    assert ASKED in answer
    assert system.requests()[0]["reference"] in answer
    assert OFFERS_CHANGES in answer
    assert len(system.requests()) == before


def test_adds_what_the_next_message_says_and_mails_it_in_the_thread(
    system: System, ann: str
) -> None:
    answers = system.talk(ann, ASK, "Add something", "The parcel was blue.")
    assert answers == [
        f"I've added that to your request {system.requests()[0]['reference']}.",
        PASSED_ON,
    ]
    first, news = system.mails()
    assert news["Subject"] == f"Re: {first['Subject']}"
    assert news["In-Reply-To"] == news["References"] == first["Message-ID"]
    for kind in ("plain", "html"):
        assert "The parcel was blue." in news.get_body([kind]).get_content()
    assert history(system) == ["created", "addition"]


def test_offers_to_add_what_is_said_instead_of_a_choice(system: System, ann: str) -> None:
    (question,) = system.talk(ann, ASK, "my order number is 4711")
    assert "“my order number is 4711”" in question
    assert PASSED_ON in system.say(ann, "Yes, add it")
    assert newest(system)["history"][-1]["detail"] == {"text": "my order number is 4711"}


def test_offers_to_add_what_it_was_asked_to_pass_on(system: System, ann: str) -> None:
    (question,) = system.talk(ann, "do you sell garden chairs in green", "Yes, please")
    assert "Shall I add this to it?\n“do you sell garden chairs in green”" in question
    assert PASSED_ON in system.say(ann, "yes")


def test_corrects_an_address_and_shows_the_team_both(system: System, ann: str) -> None:
    answers = system.talk(
        ann, ASK, "Correct my details", "E-mail", "not sure", "it's ann.lee@example.org"
    )
    assert "Your e-mail address: ann.lee@example.org" in answers[0]
    assert newest(system)["email"] == "ann.lee@example.org"
    news = system.mails()[-1]
    body = news.get_body(["plain"]).get_content()
    assert "E-mail: ann.lee@example.org" in body
    assert "(before: ann@example.org)" in body
    assert news["Reply-To"] == "Ann Lee <ann.lee@example.org>"


@pytest.mark.parametrize(
    ("field", "said", "stored"),
    [
        ("Name", "Ann Leigh", "Ann Leigh"),
        ("Phone", "(202) 555-0188", "+12025550188"),
        ("What it is about", "it came, but broken", "it came, but broken"),
    ],
)
def test_corrects_every_answer(
    system: System, ann: str, field: str, said: str, stored: str
) -> None:
    answers = system.talk(ann, ASK, "Correct my details", field, said)
    assert stored in answers[0]
    assert stored in newest(system).values()


def test_changes_nothing_after_two_values_that_it_cannot_read(system: System, ann: str) -> None:
    answers = system.talk(ann, ASK, "change my phone", "12", "13")
    assert "couldn't read that" in answers[0]
    assert history(system) == ["created"]


def test_asks_back_before_it_cancels_and_tells_the_team(system: System, ann: str) -> None:
    assert "really want to cancel" in system.talk(ann, ASK, "Cancel the request")[0]
    answers = system.say(ann, "Yes, cancel it")
    assert "I've cancelled your request" in answers[0]
    assert answers[1] == PASSED_ON
    assert newest(system)["status"] == "cancelled"
    assert "has cancelled request" in system.mails()[-1].get_body(["plain"]).get_content()
    assert "What is it about?" in system.say(ann, ASK)[-1]


@pytest.mark.parametrize("asked_before", [(), ("Add something",), ("Cancel the request",)])
def test_leaves_everything_as_it_is_at_never_mind(
    system: System, ann: str, asked_before: tuple[str, ...]
) -> None:
    system.talk(ann, ASK, *asked_before)
    assert "is as it was" in system.say(ann, "Never mind")[0]
    assert history(system) == ["created"]
    assert "Hello!" in system.say(ann, "hello")[0]


def test_makes_another_request_on_the_explicit_wish_only(system: System, ann: str) -> None:
    first = system.requests()[0]["reference"]
    assert "What is it about?" in system.talk(ann, ASK, "Something else entirely")[-1]
    answer = system.talk(ann, "my invoice is wrong", "Send")[0]
    second = system.requests()[0]
    assert second["reference"] != first
    assert second["reference"] in answer
    assert second["reason"] == "my invoice is wrong"


# --- while something is not as usual ---


def test_takes_nothing_new_while_switched_off_but_cancels(system: System, ann: str) -> None:
    system.settings(enabled=False)
    assert "can't take anything new" in system.say(ann, ASK)[0]
    assert "nothing was added" in system.say(ann, "Add something")[0]
    assert history(system) == ["created"]
    assert "I've cancelled" in system.talk(ann, ASK, "Cancel the request", "yes")[0]


def test_says_so_when_it_is_switched_off_while_the_visitor_writes(system: System, ann: str) -> None:
    system.talk(ann, ASK, "Add something")
    system.settings(enabled=False)
    assert "nothing was added" in system.say(ann, "The parcel was blue.")[0]
    assert history(system) == ["created"]


def test_delivers_news_in_order_when_the_first_mail_is_late(system: System, visitor: str) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in system.talk(visitor, *TO_SEND)[0]
    assert NOT_YET in system.say(visitor, ASK)[0]
    answers = system.talk(visitor, "Add something", "The parcel was blue.")
    assert NOT_YET in answers[1]
    system.mail.reset()
    wait_for("both mails", lambda: len(system.mails()) == 2, seconds=40)
    first, news = system.mails()
    assert news["In-Reply-To"] == first["Message-ID"]


def test_sends_news_to_the_team_as_it_is_now(system: System, ann: str) -> None:
    system.settings(agent_emails=[TEAM, "second@example.org"])
    system.talk(ann, ASK, "Add something", "The parcel was blue.")
    wait_for("three mails", lambda: len(system.mails()) == 3)
    late = next(mail for mail in system.mails() if mail["To"] == "second@example.org")
    assert late["In-Reply-To"] is None
    assert "my order never came" in late.get_body(["plain"]).get_content()
