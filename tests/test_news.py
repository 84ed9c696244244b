"""A visitor hears by itself, or at the next message, that it turned out otherwise than said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.system import System, wait_for
from tests.test_doors import Client

TO_SEND = (
    "I want to talk to an agent.",
    *("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came", "Send"),
)
NOT_YET = "has not accepted it yet"
PASSED_ON = "has now been passed on to our team"
FAILED = "I could not get your request"
OTHER_WAYS = "call +1 202 555 0199"
# A second try is ten seconds after the first.
HEALED_SECONDS = 40


@pytest.fixture
def ann(system: System) -> Iterator[Client]:
    """Ann's web chat."""
    client = Client(system.rasa_url)
    client.join()
    yield client
    client.close()


def hand_over(ann: Client) -> str:
    """Ann sends a request; what she reads."""
    return [ann.say(text) for text in TO_SEND][-1]


def has_ended(system: System, status: str) -> Callable[[], bool]:
    """Whether the newest request's delivery stands so."""
    return lambda: system.requests()[0]["deliveries"][0]["status"] == status


def test_tells_an_open_chat_by_itself_that_it_is_through(system: System, ann: Client) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in hand_over(ann)
    system.mail.reset()
    said = ann.heard.get(timeout=HEALED_SECONDS)["text"]
    reference = system.requests()[0]["reference"]
    assert said == (
        f"Your request {reference} has now been passed on to our team. "
        "Someone will get back to you within one working day."
    )
    assert ann.say("hello").startswith("Hello")
    assert ann.heard.empty()


def test_tells_an_open_chat_by_itself_that_it_has_failed(system: System, ann: Client) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in hand_over(ann)
    system.mail.behaviour = "refuse"
    said = ann.heard.get(timeout=HEALED_SECONDS)["text"]
    assert FAILED in said
    assert OTHER_WAYS in said


def test_tells_whoever_comes_back(system: System, ann: Client) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in hand_over(ann)
    token = ann.token
    ann.close()
    system.mail.reset()
    wait_for("the second try", has_ended(system, "sent"), seconds=HEALED_SECONDS)
    back = Client(system.rasa_url)
    try:
        assert back.join(token) == token
        assert PASSED_ON in back.heard.get(timeout=10)["text"]
    finally:
        back.close()


def test_tells_over_rest_before_the_answer_and_once(system: System, visitor: str) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in system.talk(visitor, *TO_SEND)[0]
    system.mail.reset()
    wait_for("the second try", has_ended(system, "sent"), seconds=HEALED_SECONDS)
    later, answer = system.say(visitor, "hello")
    assert PASSED_ON in later
    assert answer.startswith("Hello")
    assert len(system.say(visitor, "hello")) == 1


def test_keeps_the_news_in_the_conversation_that_the_team_reads(
    system: System, visitor: str
) -> None:
    system.mail.behaviour = "defer"
    system.talk(visitor, *TO_SEND)
    system.mail.reset()
    wait_for("the second try", has_ended(system, "sent"), seconds=HEALED_SECONDS)
    system.say(visitor, "hello")
    system.talk(visitor, TO_SEND[0], "Something else entirely", "Another thing is broken.", "Send")
    wait_for("the second request's mail", system.mails)
    assert PASSED_ON in system.mails()[0].get_body(["plain"]).get_content().replace("\n", " ")


def test_tells_nothing_once_the_request_is_cancelled(system: System, ann: Client) -> None:
    system.mail.behaviour = "defer"
    assert NOT_YET in hand_over(ann)
    for text in ("Cancel my request", "Yes, cancel it"):
        ann.say(text)
    system.mail.reset()
    wait_for("the second try", has_ended(system, "sent"), seconds=HEALED_SECONDS)
    while not ann.heard.empty():
        assert PASSED_ON not in ann.heard.get()["text"]
    assert ann.say("hello").startswith("Hello")


def test_still_apologises_when_there_is_only_news_to_say(system: System, visitor: str) -> None:
    system.mail.behaviour = "defer"
    system.talk(visitor, *TO_SEND)
    system.mail.reset()
    wait_for("the second try", has_ended(system, "sent"), seconds=HEALED_SECONDS)
    system.kill_actions()
    try:
        later, apology = system.say(visitor, TO_SEND[0])
    finally:
        system.start_actions()
    assert PASSED_ON in later
    assert "something on our side isn't working" in apology
