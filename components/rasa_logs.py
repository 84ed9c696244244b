"""Rasa's own log lines without what a visitor said.

Rasa's structured lines carry texts, slots and whole conversations as values, and an exception's
line the values of all variables on its way. Only names of things and numbers are let through, and
the line goes on as one of Python's own, so that all lines have one form. Made for Rasa 3.6.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import structlog

from support.log_lines import Fields

# Whose values are names of our own things. Numbers say nothing about anybody either.
HARMLESS = {"action_name", "filename", "host", "policy_name", "key"}
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def withhold() -> None:
    """Replace what Rasa does with its structured lines. Safe to call again.

    In its own list: loggers that have written before keep that.
    """
    processors: list[Any] = structlog.get_config()["processors"]
    if _say not in processors:
        processors[:] = [structlog.stdlib.filter_by_level, _say]


def _say(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Arguments:
    """The last processor: what Python's logger is called with."""
    event = str(line.pop("event", ""))
    error = line.pop("exc_info", None)
    kept = {name: value for name, value in line.items() if _is_harmless(name, value)}
    withheld = sorted(set(line) - set(kept))
    if withheld:
        kept["withheld"] = ",".join(withheld)
    more = {"exc_info": error} if error else {}
    # Python's logger formats a sentence that comes with values, and only then.
    return ((event.replace("%", "%%"), Fields(kept)) if kept else (event,)), more


def _is_harmless(name: str, value: Any) -> bool:
    return name in HARMLESS or value is None or isinstance(value, (bool, int, float))
