"""Asking the network: is a port free, and does a server really answer?"""

from __future__ import annotations

import asyncio
import errno
import socket
from dataclasses import dataclass

ANSWER_SECONDS = 3.0
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


@dataclass(frozen=True)
class Port:
    """A port that one of our processes listens on, and the variable that moves it.

    path: what GET must answer with 200 before the process counts as ready; None: that it
    accepts a connection is enough.
    """

    host: str
    number: int
    variable: str
    path: str | None = None

    @property
    def reachable_host(self) -> str:
        """Where this machine reaches the port: a wildcard address is no destination."""
        return WILDCARDS.get(self.host, self.host)


def problem_with(port: Port) -> str | None:
    """Why a server could not listen on the port now, in one sentence; None when it can."""
    try:
        family = socket.getaddrinfo(port.host, port.number, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Without it, connections of an earlier run that are still closing look like a server.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((port.host, port.number))
    except OSError as error:
        return _sentence(port, error)
    return None


def _sentence(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port.number} is in use: stop the program that listens on it, or set "
            f"{port.variable} in .env to a free port."
        )
    if error.errno == errno.EACCES:
        return (
            f"This user may not listen on port {port.number}: set {port.variable} in .env to "
            "a port above 1023."
        )
    return (
        f"BIND_HOST is {port.host!r}, where nothing can listen on this machine "
        f"({error.strerror or error}): use 127.0.0.1, or an address of this machine."
    )


async def answers(port: Port) -> bool:
    """Whether a server accepts a connection and, given a path, answers GET with 200."""
    try:
        return await asyncio.wait_for(_ask(port), ANSWER_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return False


async def _ask(port: Port) -> bool:
    reader, writer = await asyncio.open_connection(port.reachable_host, port.number)
    try:
        if port.path is None:
            return True
        writer.write(f"GET {port.path} HTTP/1.0\r\nHost: {port.reachable_host}\r\n\r\n".encode())
        status_line = await reader.readline()
        return status_line.split()[1:2] == [b"200"]
    finally:
        writer.close()
