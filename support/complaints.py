"""A trouble that lasts is said once, then once a minute, and once more when it is over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

EVERY_SECONDS = 60.0


class Complaint:
    """One trouble that may go on for long. what: the sentence that an error's kind completes."""

    def __init__(
        self, logger: logging.Logger, what: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._what = what
        self._clock = clock
        self._lock = threading.Lock()
        self._said_at: float | None = None
        self._unsaid = 0

    def about(self, error: BaseException) -> None:
        """It happened (again). Of the error only its kind is said: its text may hold secrets."""
        with self._lock:
            if self._said_at is not None and self._clock() < self._said_at + EVERY_SECONDS:
                self._unsaid += 1
                return
            again = f" ({self._unsaid} times more since)" if self._unsaid else ""
            self._said_at, self._unsaid = self._clock(), 0
        self._logger.error("%s: %s%s", self._what, type(error).__name__, again)

    def over(self) -> None:
        """It works. Nothing is said if it did before."""
        with self._lock:
            if self._said_at is None:
                return
            self._said_at, self._unsaid = None, 0
        self._logger.info("No longer so: %s", self._what)
