"""`make faults`: all faults, one after another, and tables of what came of them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.faults import burst, table
from tests.faults.catalogue import every
from tests.faults.clocked import ClockedSystem
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage
from tests.faults.talk import Talk, count_repeats

BURST = "burst"


def main(words: Iterable[str]) -> int:
    """Run the faults whose names hold one of the words, or all; 1 when a promise was broken."""
    wanted = list(words)
    faults = [f for f in every() if not wanted or any(word in f.id for word in wanted)]
    with tempfile.TemporaryDirectory() as folder:
        clean = run(Path(folder), faults, with_burst=not wanted or BURST in wanted)
    return 0 if clean else 1


def run(folder: Path, faults: list[Fault], *, with_burst: bool) -> bool:
    """Run them against a system of their own, and print them; whether every promise was kept."""
    system = ClockedSystem(folder)
    stage = Stage(system)
    try:
        system.start()
        stage.start()
        outcomes = list(_outcomes(stage, faults))
        print(f"\n{table.summary(outcomes)}", flush=True)
        clean = all(outcome.is_clean for outcome in outcomes)
        if with_burst:
            many = burst.run(stage)
            print(f"\n{many}")
            clean = clean and many.is_clean
        return clean
    finally:
        stage.stop()
        system.stop()


def _outcomes(stage: Stage, faults: Iterable[Fault]) -> Iterable[Outcome]:
    outcomes = []
    for fault in faults:
        outcomes.append(Talk(stage, fault).have())
        print(table.row(outcomes[-1]), flush=True)
    stage.settle()
    for outcome in outcomes:
        count_repeats(stage, outcome)
    return outcomes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
