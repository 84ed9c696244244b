"""A process that sends what is due, for tests that kill it.

python -m tests.sending sqlite:///support.db 1025
"""

from __future__ import annotations

import logging
import signal
import sys

from support import database, delivery
from support.config import SmtpServer
from support.notifications.email import Email


def main() -> None:
    """Send until SIGTERM; then let what runs end."""
    url, port = sys.argv[1:]
    logging.basicConfig(level=logging.INFO)
    database.connect(url)
    email = Email(SmtpServer("127.0.0.1", int(port), "none"), "assistant@example.com")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    delivery.start({"email": email})
    signal.sigwait({signal.SIGTERM})
    delivery.stop()


if __name__ == "__main__":
    main()
