"""Never silent, never a phantom: what a visitor reads when a part of the system fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.system import System, wait_for

ASK = "I want to talk to an agent."
DETAILS = ("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came")
SORRY = "something on our side isn't working right now"
SUMMARY = "Shall I send it?"


def _killed(system: System) -> None:
    system.kill_actions()


def _hung(system: System) -> None:
    system.hang_actions()


def _failing(system: System) -> None:
    system.kill_actions()
    system.start_failing_actions()


FAULTS = [
    pytest.param(_killed, id="killed"),
    pytest.param(_hung, id="hung"),
    pytest.param(_failing, id="answering 500"),
]


@pytest.fixture
def breakable(system: System) -> Iterator[System]:
    """A system whose action server is well again afterwards."""
    yield system
    mend(system)


def mend(system: System) -> None:
    """A working action server, whatever was done to the last one."""
    system.stop_failing_actions()
    system.kill_actions()
    system.start_actions()


@pytest.mark.parametrize("fail", FAULTS)
def test_apologises_in_the_middle_of_a_form_and_goes_on_afterwards(
    breakable: System, visitor: str, fail: Callable[[System], None]
) -> None:
    breakable.talk(visitor, ASK, DETAILS[0])
    fail(breakable)
    answers = breakable.say(visitor, DETAILS[1])
    assert len(answers) == 1
    assert SORRY in answers[0]
    assert "call +1 202 555 0199" in answers[0]
    mend(breakable)
    assert SUMMARY in breakable.talk(visitor, *DETAILS[1:])[0]


@pytest.mark.parametrize("fail", FAULTS)
def test_apologises_when_asked_and_opens_no_phantom_form(
    breakable: System, visitor: str, fail: Callable[[System], None]
) -> None:
    before = len(breakable.requests())
    fail(breakable)
    assert SORRY in breakable.say(visitor, ASK)[0]
    mend(breakable)
    assert "Hello!" in breakable.say(visitor, "hello")[0]
    assert SUMMARY in breakable.talk(visitor, ASK, *DETAILS)[0]
    assert len(breakable.requests()) == before


@pytest.mark.parametrize("fail", FAULTS)
def test_confirms_nothing_when_sending_fails_and_sends_once_afterwards(
    breakable: System, visitor: str, fail: Callable[[System], None]
) -> None:
    before = len(breakable.requests())
    breakable.talk(visitor, ASK, *DETAILS)
    fail(breakable)
    assert SORRY in breakable.say(visitor, "Send")[0]
    mend(breakable)
    answers = breakable.talk(visitor, ASK, "Send")
    assert "has been passed on" in answers[0]
    assert len(breakable.requests()) == before + 1
    assert len(breakable.mails()) == 1


def test_answers_small_talk_without_the_action_server(breakable: System, visitor: str) -> None:
    breakable.kill_actions()
    assert "Hello!" in breakable.say(visitor, "hello")[0]


def test_goes_on_with_the_form_after_a_restart_of_rasa(breakable: System, visitor: str) -> None:
    breakable.talk(visitor, ASK, DETAILS[0])
    breakable.kill_rasa()
    breakable.start_rasa()
    assert SUMMARY in breakable.talk(visitor, *DETAILS[1:])[0]


def test_sends_after_a_restart_what_could_not_be_sent_before(
    breakable: System, visitor: str
) -> None:
    breakable.mail.stop()
    assert "has not accepted it yet" in breakable.talk(visitor, ASK, *DETAILS, "Send")[0]
    breakable.kill_actions()
    breakable.mail.reset()
    breakable.start_actions()
    wait_for("the mail", breakable.mails, seconds=30)
