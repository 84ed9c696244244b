"""A real SMTP server for tests, which can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import threading
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

STOP_SECONDS = 10
ROUNDS = 10
# What `behaviour` can be, besides the commands of `refusals`.
BEHAVIOURS = {
    "accept": "takes everything",
    "refuse": "refuses the whole mail for good",
    "quote": "refuses it for good, and quotes it",
    "defer": "asks for another try, each time",
    "greylist": "asks for another try of each mail, once",
    "hang": "takes the whole mail and says nothing for a minute",
    "slow": "takes half a second for each command",
    "hang up": "takes connections and closes them",
    "hang up in data": "closes in the middle of the mail",
    "swallow": "takes the mail, and closes instead of saying so",
}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """Accepts mail for anybody, until `behaviour` is another of BEHAVIOURS; `stop`: it is absent.

    refused: addresses that get a 550 although the server works otherwise. refusals: what is
    answered to EHLO, MAIL, RCPT or DATA instead of a yes. in_data: set when a whole mail has come,
    before it is answered.
    """

    def __init__(self, port: int | None = None, **options: Any) -> None:
        self.port = port or free_port()
        self.behaviour = "accept"
        self.refused: set[str] = set()
        self.refusals: dict[str, str] = {}
        self.received: list[EmailMessage] = []
        self.in_data = threading.Event()
        self._seen: set[str] = set()
        self._options = options
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
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
        self.refusals.clear()
        self.received.clear()
        self.in_data.clear()
        if self._controller is None:
            self.start()

    async def handle_HELO(self, server: Any, session: Any, envelope: Any, hostname: str) -> str:
        """Called when EHLO was refused."""
        session.host_name = hostname
        return await self._answer("EHLO", "250 mail.example.org")

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Called at the beginning."""
        session.host_name = hostname
        answer = await self._answer("EHLO", "")
        return [answer] if answer else responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Called for the sender."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Called for each address."""
        if address in self.refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Called with the whole mail."""
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.in_data.set()
        if self.behaviour == "refuse":
            return "554 5.7.1 Refused"
        if self.behaviour == "quote":
            return f"554 5.7.1 Refused: {envelope.content[-300:].decode('ascii', 'replace')!r}"
        first = mail["Message-ID"] not in self._seen
        self._seen.add(mail["Message-ID"])
        if self.behaviour == "defer" or (self.behaviour == "greylist" and first):
            return "451 4.7.1 Greylisted, try again later"
        if self.behaviour == "hang":
            await asyncio.sleep(60)
        answer = await self._answer("DATA", "250 OK")
        if answer.startswith("2"):
            self.received.append(mail)  # type: ignore[arg-type]
        if self.behaviour == "swallow":
            server.transport.abort()
        return answer

    async def _answer(self, command: str, well: str) -> str:
        if self.behaviour == "slow":
            await asyncio.sleep(0.5)
        return self.refusals.get(command, well)


class _Controller(Controller):
    def __init__(self, handler: Any, **options: Any) -> None:
        # Not the one that Rasa's server has: that one cannot be closed while somebody calls.
        super().__init__(handler, loop=asyncio.SelectorEventLoop(), **options)
        self.calls: set[_Server] = set()

    def factory(self) -> SMTP:
        return _Server(self.handler, self.calls, **self.SMTP_kwargs)

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(STOP_SECONDS)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        # Not closed yet: who is at the door would trip over that.
        for door in self.server.sockets:
            self.loop.remove_reader(door.fileno())
        # Who has just come in takes a few rounds of the loop to be here, and to be gone.
        for _ in range(ROUNDS):
            for call in list(self.calls):
                call.transport.abort()
            await asyncio.sleep(0)


class _Server(SMTP):
    """The parts of misbehaving that a handler is not asked about."""

    def __init__(self, handler: Any, calls: set[_Server], **options: Any) -> None:
        super().__init__(handler, **options)
        self._calls = calls

    def connection_lost(self, error: Exception | None) -> None:
        self._calls.discard(self)
        super().connection_lost(error)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._calls.add(self)
        if self.event_handler.behaviour == "hang up":
            transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.behaviour != "hang up in data":
            await super().smtp_DATA(arg)
            return
        await self.push("354 Go on")
        await self._reader.readline()
        self.transport.abort()
