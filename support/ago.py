"""How long ago something was, as people say it."""

from __future__ import annotations

import datetime as dt

# (seconds, one, many): the largest that fits is said.
UNITS = (
    (86_400, "a day", "days"),
    (3_600, "an hour", "hours"),
    (60, "a minute", "minutes"),
)


def ago(then: dt.datetime, now: dt.datetime) -> str:
    """'just now', 'a minute ago', '3 hours ago'."""
    seconds = (now - then).total_seconds()
    for length, one, many in UNITS:
        count = int(seconds // length)
        if count >= 1:
            return f"{one if count == 1 else f'{count} {many}'} ago"
    return "just now"
