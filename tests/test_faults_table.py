"""Faults of `make faults`, one of each sort, through both servers: nothing lost or made up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults import __main__ as command
from tests.faults import burst, table
from tests.faults.burst import Burst
from tests.faults.catalogue import every
from tests.faults.clocked import ClockedSystem
from tests.faults.fault import STEPS, TALKING, Fault, Outcome
from tests.faults.stage import Stage
from tests.faults.talk import Talk, count_repeats

# One of each sort; the whole catalogue takes half an hour.
CHOSEN = (
    "action server kill -9 while answering, at sending",
    "kill -9 in the middle of DATA, at sending",
    "two action servers, one killed, at waiting",
    "mail server down, at sending",
    "mail server closes in the middle of DATA, at sending",
    "550 5.7.1 Never at RCPT, at sending",
    "certificate wrong, at sending",
    "slack answers 302, at sending",
    "slack answers 429, at sending",
    "webhook never answers, at sending",
    "disk full, at sending",
    "clock set back an hour, at sending",
)
FAULTS = {fault.id: fault for fault in every()}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A system of its own: what is broken here stays here."""
    system = ClockedSystem(tmp_path_factory.mktemp("faults"))
    stage = Stage(system)
    try:
        system.start()
        stage.start()
        yield stage
    finally:
        stage.stop()
        system.stop()


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """What came of the faults so far."""
    return []


@pytest.mark.parametrize("fault", [FAULTS[name] for name in CHOSEN], ids=CHOSEN)
def test_loses_doubles_and_makes_up_nothing(
    stage: Stage, outcomes: list[Outcome], fault: Fault
) -> None:
    outcome = Talk(stage, fault).have()
    outcomes.append(outcome)
    assert outcome.lost == 0
    assert outcome.false_confirmations == 0
    assert outcome.duplicates == 0
    assert outcome.silences == 0
    assert outcome.read


def test_has_sent_nothing_twice_when_nothing_more_can_come(
    stage: Stage, outcomes: list[Outcome]
) -> None:
    stage.settle()
    for outcome in outcomes:
        count_repeats(stage, outcome)
    assert [outcome.fault.id for outcome in outcomes if outcome.duplicates] == []


def test_tells_each_of_a_burst_truly_and_sends_it_once(stage: Stage) -> None:
    assert burst.run(stage, many=30).is_clean


def test_strikes_at_every_step() -> None:
    steps: dict[str, set[str]] = {}
    for fault in every():
        steps.setdefault(fault.name, set()).add(fault.step)
    # This one is a moment of its own.
    assert steps.pop("kill -9 in the middle of DATA") == {"sending"}
    assert all(those in (set(STEPS), set(TALKING)) for those in steps.values())
    assert len(FAULTS) == len(every())


LOSES = Outcome(FAULTS[CHOSEN[0]], read=["Done\n\nfor"], later=["x" * 200], lost=1)


@pytest.mark.parametrize("broken", ["lost", "false_confirmations", "duplicates", "silences"])
def test_ends_with_an_error_when_a_promise_was_broken(
    broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = Outcome(FAULTS[CHOSEN[0]], **{broken: 1})
    monkeypatch.setattr(ClockedSystem, "start", lambda _: None)
    monkeypatch.setattr(Stage, "start", lambda stage: stage.team.start())
    monkeypatch.setattr(command, "_outcomes", lambda _stage, _faults: [outcome])
    assert command.main(["at sending"]) == 1
    total = capsys.readouterr().out.splitlines()[-1]
    assert total.split()[:2] == ["all", "1"]
    assert total.split().count("1") == 2
    setattr(outcome, broken, 0)
    assert command.main(["at sending"]) == 0


def test_shows_what_the_visitor_read_in_lines_that_fit() -> None:
    shown = table.row(LOSES).splitlines()
    assert shown[0].startswith("BAD action server kill -9")
    assert shown[1].endswith("read   Done for")
    assert len(shown[2]) < 130


@pytest.mark.parametrize(
    "told, arrived, again",
    [({"saved": 2}, 1, 0), ({"saved": 2}, 2, 1), ({"saved": 1, "sent": 1}, 2, 0), ({}, 2, 0)],
)
def test_finds_fault_with_a_burst(told: dict[str, int], arrived: int, again: int) -> None:
    assert Burst(2, Counter({"saved": 2}), 2, 0, (1, 1)).is_clean
    assert not Burst(2, Counter(told), arrived, again, (1, 1)).is_clean
