"""What came of the faults, for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tests.faults.fault import Outcome

WIDTH = 110
HEAD = ("lost", "false", "double", "window", "silent")


def row(outcome: Outcome) -> str:
    """One fault at one step, and what the visitor read."""
    mark = "BAD" if outcome.lost or outcome.false_confirmations or outcome.silences else "ok "
    lines = [f"{mark} {outcome.fault.id}"]
    lines += [f"       read   {_cut(answer)}" for answer in outcome.read]
    lines += [f"       later  {_cut(answer)}" for answer in outcome.later]
    return "\n".join(lines)


def summary(outcomes: Iterable[Outcome]) -> str:
    """A line for each fault, its steps together, and one for all.

    lost: requests; false: confirmations of what nobody has; double: what came twice, or a request
    made twice; window: what came twice because the other side could not say that it had it;
    silent: messages without an answer.
    """
    by_name = defaultdict(list)
    for outcome in outcomes:
        by_name[outcome.fault.name].append(outcome)
    every = [outcome for those in by_name.values() for outcome in those]
    lines = [f"{'fault':44}{'steps':>6}" + "".join(f"{name:>8}" for name in HEAD)]
    lines += [_line(name, those) for name, those in by_name.items()]
    return "\n".join([*lines, _line("all", every)])


def _line(name: str, outcomes: list[Outcome]) -> str:
    figures = (
        sum(outcome.lost for outcome in outcomes),
        sum(outcome.false_confirmations for outcome in outcomes),
        sum(outcome.duplicates for outcome in outcomes),
        sum(outcome.repeats for outcome in outcomes if outcome.fault.window),
        sum(outcome.silences for outcome in outcomes),
    )
    return f"{name:44}{len(outcomes):>6}" + "".join(f"{figure:>8}" for figure in figures)


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= WIDTH else f"{one_line[: WIDTH - 1]}…"
