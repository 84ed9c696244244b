"""Waiting lines in one process: who came first is served first. components/locks.py has the why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class _Line:
    door: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class Lines:
    """A line per name, there as long as somebody stands in it."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def is_busy(self, name: str) -> bool:
        """Whether somebody is served or waits."""
        return name in self._lines

    @asynccontextmanager
    async def turn(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Wait for one's turn, and have it. Raises asyncio.TimeoutError after so long a wait."""
        line = self._lines.setdefault(name, _Line())
        line.people += 1
        try:
            # Alone, as nearly always: a time limit would cost a task.
            await (line.door.acquire() if line.people == 1 else _within(line.door, seconds))
            try:
                yield
            finally:
                line.door.release()
        finally:
            line.people -= 1
            if not line.people:
                del self._lines[name]


async def _within(door: asyncio.Lock, seconds: float) -> None:
    await asyncio.wait_for(door.acquire(), seconds)
