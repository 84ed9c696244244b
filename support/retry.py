"""When to try a delivery again: a pure function of the attempts made and the error."""

from __future__ import annotations

import datetime as dt
import math
import zlib

from support.errors import DeliveryError

# Greylisting asks for minutes, an outage for hours: about a day in all.
DELAYS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 28800)
)
# What failed together is not tried again together.
SPREAD = 0.25
LONGEST = dt.timedelta(days=1)


def next_delay(attempts: int, error: DeliveryError, delivery_id: str) -> dt.timedelta | None:
    """How long to wait before the next try, or None to give up.

    attempts: how many tries have been made, the failed one included; at least 1. The delay is the
    table's, up to `SPREAD` longer by the delivery's id, and never shorter than the other side asked
    for, up to a day.
    """
    if error.permanent or attempts > len(DELAYS):
        return None
    delay = DELAYS[attempts - 1] * (1 + SPREAD * _share(f"{delivery_id} {attempts}"))
    return max(delay, _asked_for(error))


def _share(of: str) -> float:
    """A number from 0 to 1, always the same for the same text."""
    return zlib.crc32(of.encode()) / 0xFFFFFFFF


def _asked_for(error: DeliveryError) -> dt.timedelta:
    seconds = error.retry_after
    if seconds is None or math.isnan(seconds) or seconds <= 0:
        return dt.timedelta()
    return dt.timedelta(seconds=min(seconds, LONGEST.total_seconds()))
