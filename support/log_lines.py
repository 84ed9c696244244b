"""How a line of the log looks: for people at a terminal, or as JSON for a program.

One form for all lines of a process, also those of Rasa, Sanic and SQLAlchemy. An exception shows
its kind and place; its own text only where that cannot quote what somebody typed.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from sqlalchemy.exc import OperationalError

from support.errors import ConfigError
from support.logs import TextWithheld

TEXT, JSON = "text", "json"
# These put addresses of requests, and what a task has raised, into their sentences.
QUOTING = ("sanic", "asyncio", "aiohttp")
QUOTED = re.compile(r"""https?://\S+|"[^"]*"|'[^']*'""")
# What needs no quotes in a field's value.
PLAIN = re.compile(r"[\w.:/{}+-]+")


class Fields(dict[str, Any]):
    """What a line says beside its sentence: `logger.info("turn", Fields(ms=31))`."""


def install(form: str) -> None:
    """Let every handler that this process has by now write its lines so. Safe to call again."""
    formatter = JsonLines() if form == JSON else TextLines()
    handlers = list(logging.getLogger().handlers)
    # Sanic's loggers have no handler here, so that Python's last resort writes their errors.
    if logging.lastResort is not None:
        handlers.append(logging.lastResort)
    for handler in handlers:
        handler.setFormatter(formatter)
    if form == JSON:
        logging.captureWarnings(True)


class TextLines(logging.Formatter):
    """Time, level, logger, sentence, then `field=value`; a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """One record; the sentence may itself have several lines."""
        fields = "".join(f" {name}={_value(value)}" for name, value in fields_of(record).items())
        line = f"{_time(record)} {record.levelname:<8} {record.name}  {sentence_of(record)}{fields}"
        return "\n".join([line, *_trouble(record)])


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, the fields, and error and trace."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": sentence_of(record),
            **fields_of(record),
        }
        trouble = list(_trouble(record))
        if trouble:
            line |= {"error": trouble[-1], "trace": "\n".join(trouble[:-1])}
        return json.dumps(line, default=str)


def fields_of(record: logging.LogRecord) -> Fields:
    """What a line says beside its sentence; nothing, unless it is one of ours."""
    return record.args if isinstance(record.args, Fields) else Fields()


def sentence_of(record: logging.LogRecord) -> str:
    """The sentence, without what others may quote in theirs."""
    if isinstance(record.msg, BaseException):
        return type(record.msg).__name__
    if not record.name.startswith(QUOTING):
        return record.getMessage()
    # Its first line, with its blanks left blank: values are what is quoted.
    template = str(record.msg).partition("\n")[0]
    return QUOTED.sub("…", template)


def said_by(error: BaseException) -> str:
    """The kind of an exception, with its text where that is about machines only."""
    if isinstance(error, TextWithheld):
        return str(error)
    kind = type(error).__name__
    if isinstance(error, OperationalError):
        # The database's own words, without the statement.
        return f"{kind}: {str(error.orig).strip()}"
    of_system = isinstance(error, OSError) and type(error).__module__ == "builtins"
    return f"{kind}: {error}" if of_system or isinstance(error, ConfigError) else kind


def _trouble(record: logging.LogRecord) -> Iterator[str]:
    """Where an exception came from and, at the end, what it was; nothing when there is none."""
    info: Any = record.exc_info
    if not info or info[1] is None:
        return
    error: BaseException = info[1]
    place: TracebackType | None = info[2]
    yield "Traceback (most recent call last):"
    yield from "".join(traceback.format_tb(place)).splitlines()
    yield said_by(error)


def _time(record: logging.LogRecord) -> str:
    at = dt.datetime.fromtimestamp(record.created, dt.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(record.msecs):03}Z"


def _value(value: Any) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text)
