"""Notices that the clock was set: then it does not tell how long ago something was."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

# What time servers correct in small steps is less, and a process is rarely kept waiting so long.
JUMP_SECONDS = 10.0


class ClockWatch:
    """Compares the clock with one that nobody can set."""

    def __init__(
        self, distrust: dt.timedelta, steady_clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._distrust = distrust.total_seconds()
        self._steady_clock = steady_clock
        self._last: tuple[dt.datetime, float] | None = None
        self._until = float("-inf")

    def trusts(self, now: dt.datetime) -> bool:
        """False for as long as `distrust` after the clock was set, by `now` being what it says.

        To be asked every few seconds.
        """
        steady = self._steady_clock()
        if self._last is not None:
            then, steady_then = self._last
            if abs((now - then).total_seconds() - (steady - steady_then)) > JUMP_SECONDS:
                self._until = steady + self._distrust
        self._last = (now, steady)
        return steady >= self._until
