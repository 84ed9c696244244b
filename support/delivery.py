"""The delivery loop: a thread that makes the deliveries that are due, until stopped.

Every action server runs one; the outbox's claims keep them out of each other's way.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from support import database, logs, outbox
from support.errors import DeliveryError
from support.models import Delivery
from support.notifications.message import Message

logger = logging.getLogger(__name__)

# Retries fall due by the clock, and other processes add work, so the loop looks even if unasked.
LOOK_EVERY_SECONDS = 2.0
AT_ONCE = 8


class Channel(Protocol):
    """A way to tell the team."""

    def send(self, message: Message) -> str:
        """Hand the message over; return what the other side answered.

        Raises DeliveryError when it was not accepted.
        """


def utc_now() -> dt.datetime:
    """This moment."""
    return dt.datetime.now(dt.timezone.utc)


class DeliveryLoop:
    """Makes due deliveries through `channels` (by channel name)."""

    def __init__(
        self, channels: Mapping[str, Channel], clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._wanted = threading.Event()
        self._stopping = False
        self._running: set[Future[None]] = set()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wanted.set()

    def stop(self) -> None:
        """Let running attempts end, begin no more, and return when that is so."""
        self._stopping = True
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery") as workers:
            while not self._stopping:
                self._wanted.clear()
                # Asked again, because a stop just before `clear` would be waited out.
                if not self._begin_due(workers) and not self._stopping:
                    self._wanted.wait(LOOK_EVERY_SECONDS)

    def _begin_due(self, workers: ThreadPoolExecutor) -> bool:
        """Begin what is due, as far as workers are free; say whether there was any."""
        self._running = {attempt for attempt in self._running if not attempt.done()}
        free = AT_ONCE - len(self._running)
        try:
            claims = outbox.claim(self._clock(), free) if free else []
        except SQLAlchemyError as error:
            logger.error("The outbox cannot be read: %s", type(error).__name__)
            return False
        for held in claims:
            # Nobody waits for the others: one server that hangs must not keep the rest from theirs.
            attempt = workers.submit(self._attempt, held)
            attempt.add_done_callback(lambda _: self._wanted.set())
            self._running.add(attempt)
        return bool(claims)

    def _attempt(self, held: outbox.Claim) -> None:
        try:
            if self._stopping:
                outbox.give_back(held, self._clock())
                return
            try:
                answer = self._send(held.delivery_id)
            except DeliveryError as error:
                # Not what the other side said: it may quote the message. The request's page has it.
                for_good = "for good" if error.permanent else "this time"
                logger.warning("Delivery %s failed %s", held.delivery_id, for_good)
                outbox.record_failure(held, error, self._clock())
            else:
                outbox.record_sent(held, answer, self._clock())
        except SQLAlchemyError as error:
            # The rows are safe; a claim that could not be written back goes stale and is retried.
            logger.error("The outbox cannot be written: %s", type(error).__name__)

    def _send(self, delivery_id: str) -> str:
        try:
            with database.read_scope() as session:
                delivery = session.get(Delivery, delivery_id)
                if delivery is None:
                    raise DeliveryError("The request has been erased.", permanent=True)
                message = Message.from_delivery(delivery)
            return self._channels[message.channel].send(message)
        except (DeliveryError, SQLAlchemyError):
            raise
        except Exception as error:
            # A fault of ours must not lose the request, nor end the loop: the attempt failed.
            logger.error("Delivery %s broke", delivery_id, exc_info=logs.place_of(error))
            # Not the error's own text: it may hold a secret, or the whole mail.
            raise DeliveryError(
                f"Sending broke with {type(error).__name__}; the action server's log says where."
            ) from error


_running: DeliveryLoop | None = None


def start(channels: Mapping[str, Channel]) -> None:
    """Run this process's delivery loop."""
    global _running
    _running = DeliveryLoop(channels)
    _running.start()


def wake() -> None:
    """Tell this process's loop, if it runs one, that there is work."""
    if _running is not None:
        _running.wake()


def stop() -> None:
    """End this process's loop; running attempts end first."""
    global _running
    if _running is not None:
        _running.stop()
        _running = None
