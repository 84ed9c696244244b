"""The delivery loop: a thread that makes the deliveries that are due, until stopped.

Every action server runs one; the outbox's claims keep them out of each other's way.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from support import database, logs, outbox
from support.clockwatch import ClockWatch
from support.complaints import Complaint
from support.due import CLAIM_LASTS
from support.errors import DeliveryError
from support.models import Delivery
from support.notifications.message import Message

logger = logging.getLogger(__name__)

# Retries fall due by the clock, and other processes add work, so the loop looks even if unasked.
LOOK_EVERY_SECONDS = 2.0
AT_ONCE = 8
# A stopping server waits so long for running attempts; what is left is another process's then.
STOP_SECONDS = 30.0
# How long, and how often, it is tried to write down how an attempt ended.
WRITE_FOR_SECONDS = 900.0
WRITE_EVERY_SECONDS = 0.5
# A loop that has not looked for so long hangs.
ALIVE_SECONDS = 60.0


class Channel(Protocol):
    """A way to tell the team."""

    def send(self, message: Message) -> str:
        """Hand the message over; return what the other side answered.

        Ends well before a claim does (outbox). Raises DeliveryError when it was not accepted.
        """


def utc_now() -> dt.datetime:
    """This moment."""
    return dt.datetime.now(dt.timezone.utc)


def _nothing() -> None:
    """What is done after a failure when nobody cares."""


class DeliveryLoop:
    """Makes due deliveries through `channels` (by channel name).

    after_failure: called whenever an attempt has failed.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        clock: Callable[[], dt.datetime] = utc_now,
        after_failure: Callable[[], None] = _nothing,
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._after_failure = after_failure
        self._clockwatch = ClockWatch(CLAIM_LASTS)
        self._wanted = threading.Event()
        self._stop_by: float | None = None
        self._looked_at = time.monotonic()
        # Threads of our own: a pool's are waited for at exit, however long one of them hangs.
        self._attempts: set[threading.Thread] = set()
        self._unwritten: set[outbox.Claim] = set()
        self._reading = Complaint(logger, "The outbox cannot be read")
        self._writing = Complaint(logger, "The outbox cannot be written; nothing is sent meanwhile")
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wanted.set()

    def is_alive(self) -> bool:
        """Whether it still looks for work."""
        return self._thread.is_alive() and time.monotonic() < self._looked_at + ALIVE_SECONDS

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Begin nothing more, and return when running attempts have ended, or patience has.

        patience: in seconds. What is left then goes stale, and is tried again elsewhere or later.
        """
        self._stop_by = time.monotonic() + patience
        self._wanted.set()
        self._thread.join(patience)
        for attempt in list(self._attempts):
            attempt.join(max(0.0, self._stop_by - time.monotonic()))
        left = len(self._attempts)
        if left:
            logger.warning(
                "Stopped with %d attempts under way; they are made again in %d seconds.",
                left,
                CLAIM_LASTS.seconds,
            )

    @property
    def _stopping(self) -> bool:
        return self._stop_by is not None

    def _run(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            self._looked_at = time.monotonic()
            # Asked again, because a stop just before `clear` would be waited out.
            if not self._begin_due() and not self._stopping:
                self._wanted.wait(LOOK_EVERY_SECONDS)

    def _begin_due(self) -> bool:
        """Begin what is due, as far as there is room; say whether there was any."""
        room = AT_ONCE - len(self._attempts)
        now = self._clock()
        take_over = self._clockwatch.trusts(now)
        # What is accepted and not yet written down would look as if its process were dead.
        if not room or self._unwritten:
            return False
        try:
            claims = outbox.claim(now, room, take_over=take_over)
        except Exception as error:
            # Whatever it is: a loop that ends would be worse, and one that complains is heard.
            self._reading.about(error)
            return False
        self._reading.over()
        for held in claims:
            # Nobody waits for the others: one server that hangs must not keep the rest from theirs.
            attempt = threading.Thread(
                target=self._attempt, args=(held,), name="delivery-attempt", daemon=True
            )
            self._attempts.add(attempt)
            attempt.start()
        return bool(claims)

    def _attempt(self, held: outbox.Claim) -> None:
        try:
            if self._stopping:
                self._write(held, lambda: outbox.give_back(held, self._clock()))
            else:
                self._try(held)
        finally:
            self._attempts.discard(threading.current_thread())
            self._wanted.set()

    def _try(self, held: outbox.Claim) -> None:
        try:
            answer = self._send(held.delivery_id)
        except DeliveryError as error:
            failure = error
            # Not what the other side said: it may quote the message. The request's page has it.
            for_good = "for good" if failure.permanent else "this time"
            logger.warning("Delivery %s failed %s", held.delivery_id, for_good)
            self._write(held, lambda: outbox.record_failure(held, failure, self._clock()))
            self._after_failure()
        except SQLAlchemyError as error:
            self._reading.about(error)
            self._write(held, lambda: outbox.give_back(held, self._clock()))
        else:
            self._write(held, lambda: outbox.record_sent(held, answer, self._clock()))

    def _write(self, held: outbox.Claim, record: Callable[[], None]) -> None:
        """Write down how an attempt ended, as soon as the database can be written.

        Nothing is claimed in the meantime, so that what has been accepted is not sent again.
        """
        self._unwritten.add(held)
        end = time.monotonic() + WRITE_FOR_SECONDS
        try:
            while not self._is_written(held, record):
                if time.monotonic() > min(end, self._stop_by or end):
                    logger.error("How delivery %s ended was not written.", held.delivery_id)
                    return
                time.sleep(WRITE_EVERY_SECONDS)
        finally:
            self._unwritten.discard(held)

    def _is_written(self, held: outbox.Claim, record: Callable[[], None]) -> bool:
        try:
            record()
        except IntegrityError:
            logger.info("Delivery %s was erased while it was made.", held.delivery_id)
        except Exception as error:
            # Whatever it is: an acceptance that is not written down would be sent again.
            self._writing.about(error)
            return False
        else:
            self._writing.over()
        return True

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


def start(
    channels: Mapping[str, Channel], after_failure: Callable[[], None] = _nothing
) -> DeliveryLoop:
    """Run this process's delivery loop."""
    global _running
    _running = DeliveryLoop(channels, utc_now, after_failure)
    _running.start()
    return _running


def wake() -> None:
    """Tell this process's loop, if it runs one, that there is work."""
    if _running is not None:
        _running.wake()


def is_alive() -> bool:
    """Whether this process runs a loop that works."""
    return _running is not None and _running.is_alive()


def stop() -> None:
    """End this process's loop; running attempts end first."""
    global _running
    if _running is not None:
        _running.stop()
        _running = None
