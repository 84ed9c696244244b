"""The local mailbox: a real SMTP server for trying things out, and a page that shows its mail.

    python -m scripts.mailbox [FOLDER]

`make run` starts it when SMTP_URL is unset, so that a newcomer sees the mail that a team would
get. It takes every message for every address, keeps each as one file in FOLDER (var/mailbox
unless given), and passes nothing on. It listens on this machine only.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sanic import Sanic

from scripts.mailbox_page import Pages
from support.config import PROJECT, load

HOST = "127.0.0.1"
MESSAGE_BYTES = 10_000_000


class Keep:
    """What the SMTP server does with a message: one file, named after when it came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the message; only then is it accepted."""
        file = store(self._folder, _delivered(envelope), datetime.now(timezone.utc))
        return f"250 kept as {file.name}"


def _delivered(envelope: Envelope) -> bytes:
    """The message as a mail server stores it: with the envelope's addresses in front."""
    sender, recipients = envelope.mail_from, ", ".join(envelope.rcpt_tos)
    trace = f"Return-Path: <{sender}>\r\nDelivered-To: {recipients}\r\n"
    return trace.encode() + (envelope.original_content or b"")


def store(folder: Path, content: bytes, now: datetime) -> Path:
    """Write one message as `<UTC time>-<n>.eml`, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"{now:%Y%m%dT%H%M%SZ}-{number:04d}.eml"
        try:
            with path.open("xb") as file:
                file.write(content)
            return path
        except FileExistsError:
            number += 1


def make_app(folder: Path, smtp_port: int) -> Sanic:
    """The page's server, which starts and stops the SMTP server with itself."""
    app = Sanic("mailbox")
    Pages(folder, f"{HOST}:{smtp_port}").add_to(app)

    async def open_smtp(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.smtp = await loop.create_server(
            lambda: SMTP(Keep(folder), data_size_limit=MESSAGE_BYTES, enable_SMTPUTF8=True),
            HOST,
            smtp_port,
        )

    async def close_smtp(app: Sanic, loop: Any) -> None:
        app.ctx.smtp.close()

    app.register_listener(open_smtp, "before_server_start")
    app.register_listener(close_smtp, "after_server_stop")
    return app


def main() -> None:
    """Serve until SIGTERM."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "var" / "mailbox"
    config = load()
    app = make_app(folder, config.mailbox_smtp_port)
    app.run(HOST, config.mailbox_port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
