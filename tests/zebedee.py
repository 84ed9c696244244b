"""A visitor who is called so that nothing else is, to be looked for where nobody may be found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tests.system import System

NAME = "Zebedee Quill"
EMAIL = "zebedee.quill@example.net"
PHONE = "202 555 0143"
REASON = "my purple trombone is broken"
SECRETS = ("zebedee", "quill", "555 0143", "5550143", "trombone")


def betrayals(text: str) -> list[str]:
    """The lines that say something about the visitor."""
    return [line for line in text.splitlines() if any(s in line.lower() for s in SECRETS)]


@contextmanager
def locked(system: System, name: str) -> Iterator[None]:
    """Somebody else is writing to the database for too long."""
    connection = sqlite3.connect(system.folder / name, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()
