"""However a message comes twice, it is one request and one addition; and none is lost."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.system import System, wait_for
from tests.test_doors import Client, connect
from tests.test_returning import (
    ASK,
    DETAILS,
    OFFERS_CHANGES,
    PASSED_ON,
    TO_SEND,
    ann,
    history,
    newest,
)

__all__ = ["ann", "connect"]  # fixtures
SORRY = "something on our side isn't working right now"
CONFIRMED = "has been passed on"


def at_once(*doing: Callable[[], object]) -> None:
    """Do all of these at the same time."""
    threads = [threading.Thread(target=each) for each in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def breakable(system: System) -> Iterator[System]:
    """A system that is well again afterwards."""
    yield system
    system.kill_actions()
    system.start_actions()


def kill_rasa_in_the_middle_of(system: System, visitor: str, text: str) -> None:
    """Rasa is killed when what `text` asks for is stored, and before Rasa has heard of it."""

    def try_to_say() -> None:
        with contextlib.suppress(requests.ConnectionError):
            system.post(visitor, text)

    before = [(request["reference"], len(request["deliveries"])) for request in system.requests()]
    system.mail.behaviour = "hang"
    saying = threading.Thread(target=try_to_say)
    saying.start()
    wait_for(
        "the row",
        lambda: (
            before
            != [(request["reference"], len(request["deliveries"])) for request in system.requests()]
        ),
    )
    system.kill_rasa()
    saying.join()
    system.mail.reset()
    system.start_rasa()


def test_is_one_request_when_send_is_clicked_twice_at_once(system: System, visitor: str) -> None:
    before = len(system.requests())
    system.talk(visitor, ASK, *DETAILS)
    at_once(*[lambda: system.say(visitor, "Send")] * 2)
    assert len(system.requests()) == before + 1
    assert history(system) == ["created"]


def test_is_one_request_when_two_tabs_send_at_once(
    system: System, connect: Callable[[], Client]
) -> None:
    before = len(system.requests())
    first, second = connect(), connect()
    second.join(first.join())
    for text in (ASK, *DETAILS):
        first.say(text)
    at_once(lambda: first.send("Send"), lambda: second.send("Send"))
    wait_for("the request", lambda: len(system.requests()) > before)
    second.send(ASK)
    heard = wait_for("the offer", lambda: _heard(first, OFFERS_CHANGES))
    assert system.requests()[0]["reference"] in heard
    assert len(system.requests()) == before + 1
    assert history(system) == ["created"]


def _heard(client: Client, words: str) -> str:
    texts = [str(client.heard.get(timeout=20)["text"])]
    return next((text for text in texts if words in text), "")


def test_is_one_request_when_two_tabs_open_the_form(
    system: System, connect: Callable[[], Client]
) -> None:
    before = len(system.requests())
    first, second = connect(), connect()
    second.join(first.join())
    first.say(ASK)
    second.heard.get(timeout=20)
    for text in DETAILS:
        second.say(text)
    assert CONFIRMED in second.say("Send")
    wait_for("the same in the other tab", lambda: _heard(first, CONFIRMED))
    assert OFFERS_CHANGES in first.say(ASK)
    assert len(system.requests()) == before + 1


def test_is_one_request_when_every_message_comes_twice(system: System, visitor: str) -> None:
    before = len(system.requests())
    system.talk(visitor, *(text for text in TO_SEND for _ in range(2)))
    assert len(system.requests()) <= before + 1


def test_answers_both_when_an_ask_comes_twice_at_once(system: System, ann: str) -> None:
    answers: list[requests.Response] = []
    at_once(*[lambda: answers.append(system.post(ann, ASK))] * 2)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(answer.json() for answer in answers)
    assert history(system) == ["created"]


def test_adds_once_when_the_addition_comes_twice(system: System, ann: str) -> None:
    for _ in range(2):
        system.talk(ann, ASK, "Add something", "The parcel was blue.")
    assert history(system) == ["created", "addition"]


def test_is_one_request_after_an_apology_and_a_second_try(breakable: System, visitor: str) -> None:
    before = len(breakable.requests())
    breakable.talk(visitor, ASK, *DETAILS)
    breakable.kill_actions()
    assert SORRY in breakable.say(visitor, "Send")[0]
    breakable.start_actions()
    breakable.talk(visitor, ASK, "Send")
    assert OFFERS_CHANGES in breakable.say(visitor, ASK)[0]
    assert len(breakable.requests()) == before + 1


def test_is_one_request_after_restarts_of_both_servers(breakable: System, ann: str) -> None:
    before = len(breakable.requests())
    breakable.kill_rasa()
    breakable.kill_actions()
    breakable.start_actions()
    breakable.start_rasa()
    assert OFFERS_CHANGES in breakable.say(ann, ASK)[0]
    assert PASSED_ON in breakable.talk(ann, "Add something", "The parcel was blue.")
    assert len(breakable.requests()) == before


def test_is_one_request_when_rasa_is_killed_after_it_was_stored(
    system: System, visitor: str
) -> None:
    before = len(system.requests())
    system.talk(visitor, ASK, *DETAILS)
    kill_rasa_in_the_middle_of(system, visitor, "Send")
    answer = system.say(visitor, "Send")[0]
    assert system.requests()[0]["reference"] in answer
    assert len(system.requests()) == before + 1
    assert history(system) == ["created"]


def test_does_not_say_that_nothing_was_sent_when_cancelled_after_such_a_kill(
    system: System, visitor: str
) -> None:
    system.talk(visitor, ASK, *DETAILS)
    kill_rasa_in_the_middle_of(system, visitor, "Send")
    answer = system.say(visitor, "cancel")[0]
    assert "Nothing was sent" not in answer
    assert system.requests()[0]["reference"] in answer
    assert "Do you really want to cancel your request" in answer


def test_takes_what_was_changed_after_such_a_kill_for_a_correction(
    system: System, visitor: str
) -> None:
    before = len(system.requests())
    system.talk(visitor, ASK, *DETAILS)
    kill_rasa_in_the_middle_of(system, visitor, "Send")
    answer = system.talk(visitor, "Change my phone", "+1 202 555 0188", "Send")[0]
    assert system.requests()[0]["reference"] in answer
    assert len(system.requests()) == before + 1
    assert newest(system)["phone"] == "+12025550188"
    assert history(system) == ["created", "correction"]


def test_adds_once_when_rasa_is_killed_after_the_addition_was_stored(
    system: System, ann: str
) -> None:
    system.talk(ann, ASK, "Add something")
    kill_rasa_in_the_middle_of(system, ann, "The parcel was blue.")
    assert "I've added that" in system.say(ann, "The parcel was blue.")[0]
    assert history(system) == ["created", "addition"]


def test_apologises_and_loses_nothing_when_the_action_server_is_gone(
    breakable: System, ann: str
) -> None:
    breakable.talk(ann, ASK, "Add something")
    breakable.kill_actions()
    assert SORRY in breakable.say(ann, "The parcel was blue.")[0]
    breakable.start_actions()
    assert PASSED_ON in breakable.say(ann, "The parcel was blue.")
    assert history(breakable) == ["created", "addition"]
