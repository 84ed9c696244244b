"""`make faults`: all faults, one after another, and a table of what came of them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.faults.catalogue import every
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Stage
from tests.faults.talk import Talk
from tests.system import System

WIDTH = 110


def main(words: Iterable[str]) -> int:
    """Run the faults whose names hold one of the words, or all; 1 when a promise was broken."""
    wanted = list(words)
    faults = [f for f in every() if not wanted or any(word in f.id for word in wanted)]
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(Path(folder), faults)
    print(_total(outcomes))
    return 0 if all(outcome.is_clean for outcome in outcomes) else 1


def run(folder: Path, faults: list[Fault]) -> list[Outcome]:
    """Run them against a system of their own, printing each."""
    system = System(folder)
    stage = Stage(system)
    outcomes = []
    try:
        system.start()
        stage.start()
        for fault in faults:
            outcomes.append(Talk(stage, fault).have())
            print(row(outcomes[-1]), flush=True)
    finally:
        stage.stop()
        system.stop()
    return outcomes


def row(outcome: Outcome) -> str:
    """One fault with what came of it and what the visitor read."""
    mark = "ok " if outcome.is_clean else "BAD"
    counted = (
        f"lost {outcome.lost}  false {outcome.false_confirmations}  double {outcome.duplicates}"
    )
    more = f"  again in the window {outcome.repeats}" if outcome.repeats else ""
    silent = f"  silent {outcome.silences}" if outcome.silences else ""
    lines = [f"{mark} {outcome.fault.id:55} {counted}{more}{silent}"]
    lines += [f"       read   {_cut(answer)}" for answer in outcome.read]
    lines += [f"       later  {_cut(answer)}" for answer in outcome.later]
    return "\n".join(lines)


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= WIDTH else f"{one_line[: WIDTH - 1]}…"


def _total(outcomes: list[Outcome]) -> str:
    lost = sum(o.lost for o in outcomes)
    false = sum(o.false_confirmations for o in outcomes)
    double = sum(o.duplicates for o in outcomes)
    repeats = sum(o.repeats for o in outcomes)
    silent = sum(o.silences for o in outcomes)
    return (
        f"\n{len(outcomes)} faults: {lost} requests lost, {false} false confirmations, {double} "
        f"duplicates outside the window ({repeats} in it), {silent} messages without an answer."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
