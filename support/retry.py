"""When to try a delivery again: a pure function of the attempts made and the error."""

from __future__ import annotations

import datetime as dt

from support.errors import DeliveryError

# Greylisting asks for minutes, an outage for hours: about a day in all.
DELAYS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 28800)
)


def next_delay(attempts: int, error: DeliveryError) -> dt.timedelta | None:
    """How long to wait before the next try, or None to give up.

    attempts: how many tries have been made, the failed one included; at least 1.
    """
    if error.permanent or attempts > len(DELAYS):
        return None
    return DELAYS[attempts - 1]
