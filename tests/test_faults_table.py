"""Faults of `make faults`, one of each sort, through both servers: nothing lost or made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.catalogue import every
from tests.faults.fault import Fault
from tests.faults.stage import Stage
from tests.faults.talk import Talk
from tests.system import System

# One of each sort; the whole catalogue takes a quarter of an hour.
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
)
FAULTS = {fault.id: fault for fault in every()}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A system of its own: what is broken here stays here."""
    system = System(tmp_path_factory.mktemp("faults"))
    stage = Stage(system)
    try:
        system.start()
        stage.start()
        yield stage
    finally:
        stage.stop()
        system.stop()


@pytest.mark.parametrize("fault", [FAULTS[name] for name in CHOSEN], ids=CHOSEN)
def test_loses_doubles_and_makes_up_nothing(stage: Stage, fault: Fault) -> None:
    outcome = Talk(stage, fault).have()
    assert outcome.lost == 0
    assert outcome.false_confirmations == 0
    assert outcome.duplicates == 0
    assert outcome.silences == 0
    assert outcome.read or fault.step == "waiting"
