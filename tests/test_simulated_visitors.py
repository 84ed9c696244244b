"""Simulated visitors against both servers: every talk ends, and nothing is lost or made up."""

from __future__ import annotations

from tests import simulation
from tests.system import System

VISITORS = 50


def test_comes_to_an_end_with_everybody(system: System) -> None:
    ends = simulation.run(system, range(VISITORS), at_once=4)
    assert sum(ends.values()) == VISITORS
    assert min(ends["sent"], ends["cancelled"], ends["left"]) > 0
