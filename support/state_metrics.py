"""What the database says for /metrics: the outbox, what is wrong, and the last 24 hours.

It is looked at for a scrape, at most every few seconds, in a thread, for a limited time. While it
cannot be read, `support_database_up` is 0 and what it would say is missing: old figures would
look like good news. Every action server on one database says the same.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from support import alert_words, database, health, lately
from support.complaints import Complaint
from support.delivery import utc_now
from support.health import Health
from support.lately import Lately

logger = logging.getLogger(__name__)

KEPT_SECONDS = 10.0
# A scrape waits so long; Prometheus itself gives up after ten seconds.
LOOK_SECONDS = 4.0


@dataclass(frozen=True)
class State:
    """What was found. lately: None when only that failed."""

    health: Health
    lately: Lately | None


UNREADABLE = State(Health("degraded", database=False, loop=False), None)


def look(now: dt.datetime, loop: bool) -> State:
    """Read it all. Never raises SQLAlchemyError."""
    found = health.look(now, loop)
    try:
        with database.read_scope() as session:
            return State(found, lately.read(session, now))
    except SQLAlchemyError:
        return State(found, None)


class StateMetrics(Collector):
    """Gauges of what was found last. is_alive: whether this server's delivery loop works."""

    def __init__(
        self,
        is_alive: Callable[[], bool],
        look: Callable[[dt.datetime, bool], State] = look,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_alive = is_alive
        self._look = look
        self._clock = clock
        self._found = UNREADABLE
        self._found_at: float | None = None
        # One, so that a database that hangs is waited for once, however often anybody asks.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._looking: Future[State] | None = None
        self._complaint = Complaint(logger, "The state for /metrics cannot be read")

    async def refresh(self) -> None:
        """Look, unless that was done a moment ago. Never raises."""
        if self._found_at is not None and self._clock() < self._found_at + KEPT_SECONDS:
            return
        if self._looking is None:
            self._looking = self._thread.submit(self._look, utc_now(), self._is_alive())
        waiting = asyncio.shield(asyncio.wrap_future(self._looking))
        try:
            self._found = await asyncio.wait_for(waiting, LOOK_SECONDS)
        except asyncio.TimeoutError as error:
            self._found = UNREADABLE
            self._complaint.about(error)
            return
        except Exception as error:
            # Whatever it is: what this process counts itself is told all the same.
            self._found = UNREADABLE
            self._complaint.about(error)
        else:
            self._complaint.over()
        self._looking = None
        self._found_at = self._clock()

    def stop(self) -> None:
        """End, without waiting for a look under way."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """For the registry."""
        found = self._found.health
        yield _gauge("database_up", "1 while the database can be read", int(found.database))
        yield _gauge("delivery_loop_up", "1 while this server sends", int(self._is_alive()))
        if found.database:
            yield _gauge("outbox_waiting", "Messages on their way to the team", found.unsent)
            yield _gauge(
                "outbox_oldest_seconds",
                "Age of the oldest of them; 0 when there is none",
                found.oldest_unsent_seconds,
            )
            yield _gauge("outbox_dead", "Given up, and nothing has got through since", found.dead)
            kinds = dict.fromkeys(alert_words.PROBLEMS, 0) | dict.fromkeys(found.problems, 1)
            yield _family("problem", "1 while the owner has this to mend", "kind", kinds)
        if self._found.lately is not None:
            yield from _of_last_day(self._found.lately)


def _of_last_day(found: Lately) -> Iterator[GaugeMetricFamily]:
    yield _family(
        "handoffs_last_day",
        "Asks for a person in the last 24 hours, by how they stand",
        "outcome",
        lately.by_outcome(found.asks),
    )
    yield _family(
        "handoffs_given_up_last_day",
        "Those of them that were given up, by the question asked last",
        "question",
        found.given_up_at,
    )
    requests = found.requests
    yield _family(
        "requests_last_day",
        "Requests stored in the last 24 hours",
        "state",
        {"stored": requests.total, "undelivered": requests.failed, "taken": requests.taken},
    )


def _gauge(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"support_{name}", text, value=value)


def _family(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"support_{name}", text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
