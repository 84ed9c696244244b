"""What the processes print: all of it into `var/log`, and what matters on the terminal.

A line without a level of its own (a traceback, a wrapped message) belongs to the line before it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from logging import Formatter, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

# A level is looked for only where loggers put it, or a visitor's shouting would be one.
LEVEL = re.compile(
    r"^.{0,50}?\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|^(Traceback) \(most recent call last\)"
)
JSON_LEVEL = re.compile(r'"level": "([a-z]+)"')
SHOWN = {"WARNING", "ERROR", "CRITICAL", "TRACEBACK"}
LOG_BYTES = 5_000_000
LINE_BYTES = 1_000_000


def say(text: str) -> None:
    """Print one line; a terminal that has gone away is no reason to stop."""
    try:
        print(text, flush=True)
    except OSError:
        return


class ProcessLog:
    """One process's output: its log file, its last lines, and the terminal under its name."""

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._path = folder / f"{name}.log"
        self._last_lines: deque[str] = deque(maxlen=8)
        self._file = RotatingFileHandler(
            self._path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
        )
        self._file.setFormatter(Formatter("%(message)s"))
        self._shown = False

    def write(self, line: str) -> None:
        """Keep the line, and show it when it is a warning or worse."""
        self._file.handle(makeLogRecord({"msg": line}))
        self._last_lines.append(line)
        found = (JSON_LEVEL if line.startswith("{") else LEVEL).search(line)
        if found:
            self._shown = next(group for group in found.groups() if group).upper() in SHOWN
        if self._shown:
            say(f"{self.name:<8}| {line}")

    def last_words(self) -> str:
        """The last lines, indented, and where the others are."""
        lines = "".join(f"\n  {line}" for line in self._last_lines)
        return f"{lines}\n  (all of its output: {self._path})"

    def close(self) -> None:
        """Close the log file."""
        self._file.close()


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """The stream's lines without their ends; one longer than a megabyte comes in pieces."""
    rest = b""
    while chunk := await stream.read(65_536):
        *complete, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_BYTES:
            complete, rest = [*complete, rest], b""
        for line in complete:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")
