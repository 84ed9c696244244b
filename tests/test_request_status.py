"""How a request stands: told where it was made, and elsewhere for reference and address."""

from __future__ import annotations

import uuid

import pytest

from tests.system import System
from tests.test_returning import ASK, ASKED, ASKS_NAME, TO_SEND, ann

__all__ = ["ann"]  # a fixture


def test_says_how_the_request_stands_without_asking_anything(system: System, ann: str) -> None:
    (answer,) = system.say(ann, "what about my request?")
    assert ASKED in answer
    assert "has been passed on to our team" in answer
    assert "Hello!" in system.say(ann, "hello")[0]


def test_says_that_the_request_is_not_through_yet(system: System, visitor: str) -> None:
    system.mail.behaviour = "defer"
    system.talk(visitor, *TO_SEND)
    assert "has not accepted it yet" in system.say(visitor, "any news on my request?")[0]


def test_says_that_the_request_could_not_be_delivered(system: System, visitor: str) -> None:
    system.mail.behaviour = "refuse"
    system.talk(visitor, *TO_SEND)
    assert "could not get it through" in system.say(visitor, "any news on my request?")[0]


def test_says_that_the_request_was_cancelled(system: System, ann: str) -> None:
    system.talk(ann, "Cancel my request", "yes")
    assert "was cancelled" in system.say(ann, "what about my request?")[0]


def test_goes_straight_to_what_the_visitor_wants(system: System, ann: str) -> None:
    assert "What would you like to add?" in system.say(ann, "Add something to my request")[0]
    system.say(ann, "never mind")
    assert "What is to be corrected?" in system.say(ann, "Correct my request")[0]
    system.say(ann, "never mind")
    assert "really want to cancel" in system.say(ann, "Cancel my request")[0]


@pytest.mark.usefixtures("ann")
def test_says_it_on_another_device_for_reference_and_address(system: System, visitor: str) -> None:
    reference = system.requests()[0]["reference"]
    other = f"other-{visitor}"
    (question,) = system.say(other, "what about my request?")
    assert "what is its reference?" in question
    assert "which e-mail address" in system.say(other, f"it's {reference.lower()}")[0]
    (answer,) = system.say(other, "ANN@example.org")
    assert reference in answer
    assert "has been passed on to our team" in answer


@pytest.mark.usefixtures("ann")
def test_tells_nothing_for_the_reference_alone_and_says_the_same_to_every_guess(
    system: System,
) -> None:
    reference = system.requests()[0]["reference"]
    wrong = {
        tuple(system.talk(f"guess-{uuid.uuid4()}", f"status of {named}", email))
        for named, email in [(reference, "eve@example.org"), ("R-AAAAA", "ann@example.org")]
    }
    assert len(wrong) == 1
    assert "I found no request" in wrong.pop()[0]
    (asks,) = system.say(f"guess-{uuid.uuid4()}", f"status of {reference}")
    assert "which e-mail address" in asks


@pytest.mark.usefixtures("ann")
def test_stops_guessing_and_says_so(system: System) -> None:
    reference = system.requests()[0]["reference"]
    for number in range(5):
        guess = f"guess-{uuid.uuid4()}"
        system.talk(guess, f"status of {reference}", f"eve{number}@example.org")
    answer = system.talk(f"guess-{uuid.uuid4()}", f"status of {reference}", "ann@example.org")
    assert "too many tries" in answer[0]
    assert "call +1 202 555 0199" in answer[0]


def test_names_nobody_elses_request(system: System, ann: str, visitor: str) -> None:
    assert ann == visitor
    assert ASKS_NAME in system.say(f"other-{visitor}", ASK)[0]
