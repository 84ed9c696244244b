"""SMTP with a limit on the whole talk; the library's own is on each silence.

A server that says a letter every nine seconds would else be listened to for hours, and the message
be taken for a dead process's and sent once more.
"""

from __future__ import annotations

import smtplib
import socket
from typing import Any

from support.deadline import Deadline

# Well below outbox.CLAIM_LASTS.
SECONDS_IN_ALL = 60.0


class BoundedSMTP(smtplib.SMTP):
    """smtplib.SMTP, cut off when it takes too long, however lively it is.

    said: what the server answered to the mail itself, such as the name it has in the queue there.
    """

    said = ""
    _deadline: Deadline | None = None

    def connect(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Connect, and have no more than SECONDS_IN_ALL from now on."""
        self._deadline = Deadline(SECONDS_IN_ALL)
        self._deadline.start()
        try:
            return super().connect(*arguments, **options)
        except BaseException:
            self._deadline.cancel()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """As soon as there is a connection, and before TLS is talked about on it."""
        sock: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        try:
            if self._deadline is not None:
                self._deadline.covers(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Called by `send_message`, which keeps the answer to itself when it is a yes."""
        code, answer = super().data(msg)
        self.said = f"{code} {answer.decode(errors='replace')}"
        return code, answer

    def close(self) -> None:
        """Close the connection."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().close()


class BoundedSMTPS(smtplib.SMTP_SSL, BoundedSMTP):
    """smtplib.SMTP_SSL, bounded."""
