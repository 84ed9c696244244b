"""A real SMTP server for tests, which can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """Accepts mail for anybody, until told to `refuse`, `defer` or `hang`; `stop` makes it absent.

    `quote` is to refuse with an answer that quotes the mail.

    refused: addresses that get a 550 although the server works otherwise.
    """

    def __init__(self, port: int | None = None, **options: Any) -> None:
        self.port = port or free_port()
        self.behaviour = "accept"
        self.refused: set[str] = set()
        self.received: list[EmailMessage] = []
        self._options = options
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def reset(self) -> None:
        """A well-behaved server with an empty box."""
        self.behaviour = "accept"
        self.refused.clear()
        self.received.clear()
        if self._controller is None:
            self.start()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Called for each address."""
        if address in self.refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Called with the whole mail."""
        if self.behaviour == "refuse":
            return "554 5.7.1 Refused"
        if self.behaviour == "quote":
            return f"554 5.7.1 Refused: {envelope.content[-300:].decode('ascii', 'replace')!r}"
        if self.behaviour == "defer":
            return "451 4.7.1 Greylisted, try again later"
        if self.behaviour == "hang":
            await asyncio.sleep(60)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.received.append(mail)  # type: ignore[arg-type]
        return "250 OK"
