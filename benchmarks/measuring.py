"""What is measured of one stack, of this project or of stock Rasa alike."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import made_up_requests, visitors
from benchmarks.figures import middle, summary
from benchmarks.stacks import Stack
from support.config import PROJECT

# A database with a million requests takes minutes to make and no time to copy.
KEPT = PROJECT / ".cache" / "benchmarks"


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    loads: conversations of each visitor, by how many visitors are there at once. lengths: messages
    in a conversation. stored: requests in the database. starts: of which the middle one counts.
    publishings: of a changed flow, while visitors talk.
    """

    loads: Mapping[int, int]
    lengths: tuple[int, ...]
    stored: tuple[int, ...]
    handovers: int
    starts: int
    publishings: int = 0


def talking(stack: Stack, plan: Plan) -> dict[str, Any]:
    """Start it, talk to it, stop it; all figures but training."""
    starts = [_started(stack) for _ in range(plan.starts - 1)]
    starts.append(stack.start())
    try:
        found: dict[str, Any] = {"start_s": round(middle(starts), 2)}
        visitors.talk(stack.url, 1, 2)
        found["loads"] = {
            str(count): load(stack, count, conversations)
            for count, conversations in plan.loads.items()
        }
        found["memory_mb"] = {name: round(mb) for name, mb in stack.memory().items()}
        lengths = visitors.lengths(stack.url, plan.lengths)
        found["lengths_ms"] = {str(mark): round(middle(ms), 2) for mark, ms in lengths.items()}
        found |= stack.inside()
        return found
    finally:
        stack.stop()


def _started(stack: Stack) -> float:
    seconds = stack.start()
    stack.stop()
    return seconds


def load(stack: Stack, count: int, conversations: int) -> dict[str, Any]:
    """So many visitors at once, each with so many conversations."""
    before = stack.processor_seconds()
    timings, seconds = visitors.talk(stack.url, count, conversations)
    after = stack.processor_seconds()
    turns = sum(map(len, timings.turns.values()))
    if timings.silent or timings.sorry or timings.stored < count * conversations:
        raise RuntimeError(
            f"{stack.name}: of {turns} messages {timings.silent} were not answered and "
            f"{timings.sorry} failed; {timings.stored} of {count * conversations} requests were "
            f"stored. See {stack.folder}."
        )
    return {
        **{f"{kind}_ms": summary(values) for kind, values in timings.turns.items()},
        # Other programs on the machine lengthen this less than the rest.
        "processor_ms_per_turn": None
        if before is None or after is None
        else round(1000 * (after - before) / turns, 2),
        "told_sent": f"{timings.told_sent} of {timings.stored}",
        "turns_per_second": round(turns / seconds, 2),
        "handoffs_per_minute": round(60 * timings.stored / seconds, 1),
    }


def with_stored(stack: Stack, plan: Plan) -> dict[str, float]:
    """Milliseconds of a whole handoff with so many requests in the database."""
    found = {}
    for count in plan.stored:
        _fill(stack, count)
        stack.start()
        try:
            visitors.talk(stack.url, 1, 2)
            timings, _ = visitors.talk(stack.url, 1, plan.handovers)
        finally:
            stack.stop()
        handed = [timings.turns[kind] for kind in ("ask", "form", "send")]
        of_each = [sum(values) / plan.handovers for values in handed]
        found[str(count)] = round(sum(of_each), 1)
    return found


def _fill(stack: Stack, count: int) -> None:
    for file in stack.folder.glob("support.db*"):
        file.unlink()
    if not count:
        return
    kept = KEPT / f"{count}.db"
    if not kept.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        being_made = Path(f"{kept}.new")
        being_made.unlink(missing_ok=True)
        made_up_requests.fill(being_made, count)
        being_made.rename(kept)
    _copy_for_good(kept, stack.folder / "support.db")


def _copy_for_good(kept: Path, database: Path) -> None:
    """A copy from which nothing is deleted because it is old, and that is on the disk."""
    shutil.copyfile(kept, database)
    connection = sqlite3.connect(database)
    with connection:
        connection.executemany(
            "INSERT OR REPLACE INTO settings (name, value) VALUES (?, '0')",
            [(f"keep_{each}_days",) for each in ("ended", "open", "conversations", "audit")],
        )
    connection.close()
    os.sync()
