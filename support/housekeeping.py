"""What one of the action servers does once an hour: deleting for good what is kept no longer."""

from __future__ import annotations

import datetime as dt
import logging
import threading

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from support import database, logs, once, retention, search
from support.errors import KeyReused, StillAtWork
from support.models import Erasure, Request
from support.tracker_rows import TrackerRows

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 300.0
# Longer than the hour from one sweeping to the next, so that no receipt falls between two.
SWEPT_FOR = dt.timedelta(hours=2)
ACTOR = "housekeeping"


class Housekeeping:
    """A thread that does the hour's work unless another server has, until stopped."""

    def __init__(self, rows: TrackerRows) -> None:
        self._rows = rows
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        """Begin nothing more. Work that goes on for longer is left to the next hour."""
        self._stopping.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            work(self._rows, dt.datetime.now(dt.timezone.utc))
            self._stopping.wait(LOOK_EVERY_SECONDS)


def work(rows: TrackerRows, now: dt.datetime) -> bool:
    """Do the hour's work; say whether it was this call that did. Never raises."""
    hour = now.strftime("retention %Y-%m-%dT%H")
    try:
        if once.begin(ACTOR, hour, hour, now) is not None:
            return False
        receipt = retention.run(rows, now)
        _sweep(now)
        once.finish(ACTOR, hour, once.Answer(200, {}, ""))
    except (StillAtWork, KeyReused):
        return False
    except SQLAlchemyError as error:
        # Not the error's own text: a database may put what it was asked for into it.
        logger.error("What is kept too long could not be deleted: %s", type(error).__name__)
        return False
    except Exception as error:
        logger.error("Housekeeping broke", exc_info=logs.place_of(error))
        return False
    if receipt is not None:
        logger.info("Retention deleted %s; receipt %s", dict(receipt.counts), receipt.id)
    return True


def _sweep(now: dt.datetime) -> None:
    """Leave no word of what was erased lately in the index of words, nor in SQLite's journal."""
    lately = select(Erasure.counts).where(Erasure.at > now - SWEPT_FOR)
    with database.read_scope() as session:
        if not any(Request.__tablename__ in counts for counts in session.scalars(lately)):
            return
    search.sweep()
    database.scrub()
