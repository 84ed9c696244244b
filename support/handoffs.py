"""Visitors' ways through the contact form, for the figures: written behind the visitor's back.

The form hands over what happened and goes on at once. One thread writes; what it cannot write in
time, or at all, is missing in the figures and nowhere else. It is begun when the server starts,
and writes what is left when the server stops.
"""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from support import database
from support.models import Handoff

logger = logging.getLogger(__name__)

# A visitor a second for a quarter of an hour, should the database be locked so long.
MOST_WAITING = 1000
# One transaction for all that came meanwhile.
AT_ONCE = 100
STOP_SECONDS = 5.0
OPEN, SENT, STOPPED, LEFT, OFF = "open", "sent", "stopped", "left", "off"
OUTCOMES = (OPEN, SENT, STOPPED, LEFT, OFF)


@dataclass(frozen=True)
class Seen:
    """How one way through the form stands. question: the field asked last, if any was."""

    handoff_id: str
    conversation_id: str
    outcome: str
    question: str | None
    at: dt.datetime


class Recorder:
    """Writes what it is given, in the background."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: queue.Queue[Seen | None] = queue.Queue(most_waiting)
        self._thread = threading.Thread(target=self._run, name="handoffs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def note(self, seen: Seen) -> None:
        """Hand over; never waits, never fails."""
        try:
            self._waiting.put_nowait(seen)
        except queue.Full:
            logger.error("Too much to record of the contact form; one visitor's step is left out.")

    def stop(self) -> None:
        """Write what is left, for STOP_SECONDS at most."""
        try:
            self._waiting.put(None, timeout=STOP_SECONDS)
        except queue.Full:
            return
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get())
            try:
                write([seen for seen in batch if seen is not None])
            except SQLAlchemyError as error:
                logger.error("The way through the form was not recorded: %s", type(error).__name__)
            if None in batch:
                return


def write(batch: list[Seen]) -> None:
    """Store how these stand; of several of one, the last. What was sent stays sent."""
    with database.session_scope() as session:
        for seen in {each.handoff_id: each for each in batch}.values():
            row = session.get(Handoff, seen.handoff_id, with_for_update=True)
            if row is None:
                first = next(each for each in batch if each.handoff_id == seen.handoff_id)
                row = Handoff(
                    id=seen.handoff_id,
                    conversation_id=seen.conversation_id,
                    started_at=first.at,
                    outcome=seen.outcome,
                )
                session.add(row)
            if row.outcome != SENT:
                row.outcome = seen.outcome
            row.question = seen.question or row.question
            row.changed_at = seen.at


_running: Recorder | None = None


def start() -> None:
    """Run this process's recorder."""
    global _running
    _running = Recorder()
    _running.start()


def note(seen: Seen) -> None:
    """Hand over to this process's recorder, if it runs one."""
    if _running is not None:
        _running.note(seen)


def stop() -> None:
    """End this process's recorder, what is left written first."""
    global _running
    if _running is not None:
        _running.stop()
        _running = None
