"""The figures in the API's description."""

from __future__ import annotations

from admin import describing as d
from admin.figures_api import DAYS
from support.figures import MOST_DAYS, By

DAY: d.Json = {"type": "string", "format": "date"}
SECONDS: d.Json = {"type": ["number", "null"], "description": "Of the requests taken."}


def paths() -> d.Json:
    """The one route."""
    days = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": DAYS}
    by = {"enum": [each.value for each in By], "default": By.DAY.value}
    return {
        "/admin/api/figures": {
            "get": d.reading(
                "readFigures",
                "What asks for a person came to, over time",
                d.answer("The figures.", d.ref("Figures")),
                parameters=[
                    d.in_query("days", "How many days up to today, in UTC.", days),
                    d.in_query("by", "How long a column is; weeks begin on Monday.", by),
                ],
                errors={"422": d.PARAMETER_WRONG},
            )
        }
    }


def schemas() -> d.Json:
    """Counts, each inside what it is of."""
    asks = dict.fromkeys(("total", "sent", "given_up", "off", "under_way"), d.COUNT)
    came = dict.fromkeys(("total", "failed", "taken"), d.COUNT)
    questions = {
        "type": "object",
        "additionalProperties": d.COUNT,
        "description": "By the field asked last; empty: before the first.",
    }
    until = {"median_seconds_until_taken": SECONDS, "p90_seconds_until_taken": SECONDS}
    column = d.record({"start": DAY, "asks": d.record(asks), "requests": d.record(came)})
    return {
        "Figures": d.record(
            {
                "first": DAY,
                "last": DAY,
                "by": {"enum": [each.value for each in By]},
                "asks": d.record({**asks, "given_up_at": questions}),
                "requests": d.record({**came, **until}),
                "columns": d.array(column),
            }
        )
    }
