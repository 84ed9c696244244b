"""Trying out a way to tell the team: a sample request, marked as a test, and what came back."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass

from support.delivery import Channel
from support.errors import DeliveryError
from support.notifications.message import Line, Message
from support.targets import Target

logger = logging.getLogger(__name__)

# Just less than what the action server gives a page.
SECONDS = 14.5
REFERENCE = "R-TEST"


@dataclass(frozen=True)
class Trial:
    """What came of it. answer: in the other side's words, or why there are none."""

    accepted: bool
    answer: str


def run(
    senders: Mapping[str, Channel], target: Target, sender_name: str, now: dt.datetime
) -> Trial:
    """Send the sample to one target and wait for the answer, at most SECONDS."""
    message = _sample(target, sender_name, now)
    worker = ThreadPoolExecutor(1, thread_name_prefix="trial")
    running: Future[str] = worker.submit(senders[target.channel].send, message)
    try:
        return Trial(True, running.result(SECONDS))
    except DeliveryError as error:
        return Trial(False, str(error))
    except TooLate:
        return Trial(False, f"No answer within {SECONDS:g} seconds. It may still arrive.")
    except Exception as error:
        # As in the delivery loop: not the error's own text, which may hold a secret.
        logger.error("A test broke with %s", type(error).__name__)
        return Trial(False, f"Sending broke with {type(error).__name__}.")
    finally:
        worker.shutdown(wait=False)


def _sample(target: Target, sender_name: str, now: dt.datetime) -> Message:
    return Message(
        delivery_id=uuid.uuid4().hex,
        channel=target.channel,
        target=target.address,
        reference=REFERENCE,
        created_at=now,
        name="Ada Example",
        email="ada@example.org",
        phone="+1 202 555 0199",
        reason="My parcel has not arrived; I would like to talk to somebody.",
        visitor_channel="socketio",
        page_url="https://www.example.org/orders",
        transcript=(
            Line(now, "visitor", "I want to talk to a person"),
            Line(now, "assistant", "Shall I pass this to our team?"),
        ),
        sender_name=sender_name,
        test=True,
    )
