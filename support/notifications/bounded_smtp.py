"""SMTP with a limit on the whole talk; the library's own is on each silence.

A server that says a letter every nine seconds would else be listened to for hours, and the message
be taken for a dead process's and sent once more.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import threading
from typing import Any

# Well below outbox.CLAIM_LASTS.
SECONDS_IN_ALL = 60.0


class _Bounded(smtplib.SMTP):
    """Cut off when it takes too long, however lively it is."""

    _timer: threading.Timer | None = None

    def connect(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Connect, and have no more than SECONDS_IN_ALL from now on."""
        self._timer = threading.Timer(SECONDS_IN_ALL, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            return super().connect(*arguments, **options)
        except BaseException:
            self._timer.cancel()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _cut(self) -> None:
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class BoundedSMTP(_Bounded):
    """smtplib.SMTP, bounded."""


class BoundedSMTPS(_Bounded, smtplib.SMTP_SSL):
    """smtplib.SMTP_SSL, bounded."""
