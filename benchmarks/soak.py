"""An hour's worth of load in ten minutes: memory, latency and errors, minute by minute.

    python -m benchmarks.soak [--minutes 10] [--visitors 8] [--folder FOLDER]

Visitors come one after another, so many at once, chat, hand over and go. Ends with an error when a
message was not answered, a request did not reach the team, or the second half of the time took
more memory or longer turns than the first.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import FOLDER
from benchmarks.figures import middle, percentile
from benchmarks.stacks import Stack
from benchmarks.visitors import Timings, Visitor, session

SECONDS = 60.0
# Of the second half over the first: what a busy machine's noise and warm caches come to.
MEMORY_GROWTH, LATENCY_GROWTH = 1.05, 1.25


@dataclass(frozen=True)
class Slice:
    """One stretch of time: milliseconds of all its turns, and what they came to."""

    milliseconds: list[float]
    handoffs: int
    errors: int
    memory: dict[str, float]


def soak(stack: Stack, minutes: float, visitors: int) -> list[Slice]:
    """Load for so long; ten slices, of a minute each when it takes ten."""
    found = []
    for _ in range(10):
        timings, handed_over = asyncio.run(_load(stack.url, minutes * SECONDS / 10, visitors))
        all_turns = [ms for values in timings.turns.values() for ms in values]
        errors = timings.silent + timings.sorry + handed_over - timings.stored
        found.append(Slice(all_turns, timings.stored, errors, stack.memory()))
        print(_line(len(found), found[-1]), flush=True)
    return found


async def _load(url: str, seconds: float, visitors: int) -> tuple[Timings, int]:
    timings, handed_over = Timings(), 0
    end = time.monotonic() + seconds
    async with session(visitors) as connection:

        async def one() -> None:
            nonlocal handed_over
            while time.monotonic() < end:
                visitor = Visitor(connection, url, timings)
                await visitor.chat()
                await visitor.hand_over()
                handed_over += 1

        await asyncio.gather(*(one() for _ in range(visitors)))
    return timings, handed_over


def problems(slices: list[Slice]) -> list[str]:
    """What is not as it should be. The first slice warms up and does not count."""
    found = []
    errors = sum(each.errors for each in slices)
    if errors:
        found.append(f"{errors} messages were not answered well, or requests not sent.")
    half = (1 + len(slices)) // 2
    early, late = slices[1:half], slices[half:]
    for name in early[0].memory:
        grown = middle([s.memory[name] for s in late]) / middle([s.memory[name] for s in early])
        if grown > MEMORY_GROWTH:
            found.append(f"The memory of {name} grew by the factor {grown:.2f}.")
    longer = _typical(late) / _typical(early)
    if longer > LATENCY_GROWTH:
        found.append(f"A turn took longer by the factor {longer:.2f}.")
    return found


def _typical(slices: list[Slice]) -> float:
    return middle([ms for each in slices for ms in each.milliseconds])


HEAD = "| part | turns | handoffs | p50, ms | p99, ms | errors | Rasa, MB | actions, MB |\n"
RULE = "| ---: " * 8 + "|"


def _line(number: int, found: Slice) -> str:
    p50, p99 = (percentile(found.milliseconds, share) for share in (0.5, 0.99))
    memory = f"{found.memory['rasa']:.0f} | {found.memory['actions']:.0f}"
    turns = len(found.milliseconds)
    return (
        f"| {number} | {turns} | {found.handoffs} | {p50:.1f} | {p99:.1f} | {found.errors} "
        f"| {memory} |"
    )


def main() -> int:
    """Run, and say what came of it; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--visitors", type=int, default=8, help="at once")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="model, databases and logs")
    given = parser.parse_args()
    stack = Stack(given.folder / "soak", stock=False)
    stack.train()
    stack.start()
    try:
        print(HEAD + RULE)
        wrong = problems(soak(stack, given.minutes, given.visitors))
    finally:
        stack.stop()
    print("\n".join(wrong) or "Memory and latency stayed flat, and nothing failed.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
