"""A limit on the whole of a call; the libraries' own are on each silence."""

from __future__ import annotations

import contextlib
import socket
import threading


class Deadline:
    """Ends a call that takes too long, however busily the other side drips its bytes."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._twins: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def covers(self, sock: socket.socket) -> None:
        """End this connection too. Raises TimeoutError when it is too late to begin one."""
        # TLS takes the socket's handle away; a twin of it reaches the same connection.
        self._twins.append(sock.dup())
        if self.passed:
            raise TimeoutError("the time was over before there was a connection")

    def start(self) -> None:
        """From now on."""
        self._timer.start()

    def cancel(self) -> None:
        """The call is over."""
        self._timer.cancel()
        for twin in self._twins:
            twin.close()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def _end(self) -> None:
        self.passed = True
        for twin in list(self._twins):
            with contextlib.suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)
