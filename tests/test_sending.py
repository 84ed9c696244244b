"""A request on its way: stored, mailed to everybody, and the visitor told what is so."""

from __future__ import annotations

import pytest

from tests.system import TEAM, System, wait_for

ASK = "I want to talk to an agent."
TO_SEND = (ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came", "Send")
CONFIRMED = "has been passed on to our team"
NOT_ACCEPTED_YET = "has not accepted it yet"


def test_confirms_with_reference_and_reply_time(system: System, visitor: str) -> None:
    system.settings(response_time="by noon tomorrow")
    answers = system.talk(visitor, *TO_SEND)
    stored = system.requests()[0]
    assert answers == [
        f"Done: your request has been passed on to our team. Your reference is "
        f"{stored['reference']}. Someone will get back to you by noon tomorrow."
    ]


def test_mails_everything_the_team_needs(system: System, visitor: str) -> None:
    system.talk(visitor, *TO_SEND)
    (mail,) = system.mails()
    reference = system.requests()[0]["reference"]
    assert mail["Subject"] == f"[{reference}] Ann Lee asks for a person"
    assert mail["Reply-To"] == "Ann Lee <ann@example.org>"
    for kind in ("plain", "html"):
        body = mail.get_body([kind]).get_content()
        for needed in (reference, "Ann Lee", "ann@example.org", "+12025550123", *TO_SEND):
            assert needed in body, f"{needed} is not in the {kind} part"


def test_mails_every_address(system: System, visitor: str) -> None:
    system.settings(agent_emails=[TEAM, "second@example.org"])
    assert CONFIRMED in system.talk(visitor, *TO_SEND)[0]
    wait_for("two mails", lambda: len(system.mails()) == 2)
    assert {mail["To"] for mail in system.mails()} == {TEAM, "second@example.org"}


def test_confirms_when_one_of_two_addresses_is_refused(system: System, visitor: str) -> None:
    system.mail.refused.add("gone@example.org")
    system.settings(agent_emails=["gone@example.org", TEAM])
    assert CONFIRMED in system.talk(visitor, *TO_SEND)[0]
    assert [mail["To"] for mail in system.mails()] == [TEAM]


def test_shows_markup_as_text_and_adds_no_headers(system: System, visitor: str) -> None:
    sneaky = "Ann\r\nBcc: eve@example.org"
    system.talk(visitor, ASK, sneaky, *TO_SEND[2:4], "<img src=x onerror=alert(1)>", "Send")
    (mail,) = system.mails()
    assert mail["Bcc"] is None
    html = mail.get_body(["html"]).get_content()
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


@pytest.mark.parametrize(
    ("behaviour", "truth"), [("refuse", "could not get it through"), ("defer", NOT_ACCEPTED_YET)]
)
def test_tells_the_truth_when_the_mail_is_refused(
    system: System, visitor: str, behaviour: str, truth: str
) -> None:
    system.mail.behaviour = behaviour
    answer = system.talk(visitor, *TO_SEND)[0]
    assert truth in answer
    assert "call +1 202 555 0199" in answer
    assert system.requests()[0]["reference"] in answer


def test_takes_no_word_after_the_confirmation_for_another_ask(system: System, visitor: str) -> None:
    system.talk(visitor, *TO_SEND)
    assert "what's your name" not in system.say(visitor, "ok")[0]
    assert "What is it about" not in system.say(visitor, "yes")[0]


@pytest.mark.parametrize("behaviour", ["defer", "absent"])
def test_keeps_the_request_and_tries_again(system: System, visitor: str, behaviour: str) -> None:
    if behaviour == "absent":
        system.mail.stop()
    else:
        system.mail.behaviour = behaviour
    assert NOT_ACCEPTED_YET in system.talk(visitor, *TO_SEND)[0]
    system.mail.reset()
    wait_for("the second try", system.mails, seconds=30)
    wait_for("the record of it", lambda: system.requests()[0]["deliveries"][0]["status"] == "sent")


def test_does_not_let_the_visitor_wait_for_a_slow_mail_server(system: System, visitor: str) -> None:
    system.mail.behaviour = "hang"
    assert NOT_ACCEPTED_YET in system.talk(visitor, *TO_SEND)[0]


def test_sends_what_was_accepted_before_the_switch_went_off(system: System, visitor: str) -> None:
    system.mail.behaviour = "defer"
    system.talk(visitor, *TO_SEND)
    system.settings(enabled=False)
    system.mail.reset()
    wait_for("the second try", system.mails, seconds=30)


def test_sends_once_when_send_is_said_twice(system: System, visitor: str) -> None:
    before = len(system.requests())
    system.talk(visitor, *TO_SEND, "Send")
    assert len(system.requests()) == before + 1
    assert len(system.mails()) == 1
