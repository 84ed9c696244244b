"""The running product with everything that a fault needs to lay hands on."""

from __future__ import annotations

import json
import resource
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import trustme
from aiosmtpd.smtp import AuthResult
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from support.delivery import LOOK_EVERY_SECONDS
from tests.faults.clocked import ClockedSystem
from tests.http_server import HttpServer
from tests.mail_server import MailServer
from tests.system import TEAM, wait_for

SIGNING_KEY = "shared-with-the-crm"
# More than a mail server or a web hook is given to answer, and to say goodbye.
ATTEMPT_SECONDS = 25
SETTLES_SECONDS = 120


class TeamServer(HttpServer):
    """The other side of a Slack or web hook channel. taken: the bodies it said yes to."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[str] = []

    def _answer(self, call: Any, length: int | None = None) -> None:
        if self.status < 300:
            self.taken.append(self.received[-1].body.decode())
        super()._answer(call, length)

    def well(self) -> None:
        """From now on."""
        self.behaviour = "answer"
        self.answers(200, b"ok")


class Stage:
    """A system, its team's side, and its databases."""

    def __init__(self, system: ClockedSystem) -> None:
        self.system = system
        self.team = TeamServer()
        self._unlock: list[tuple[threading.Event, threading.Thread]] = []
        self._channels: dict[str, str] = {}
        self._mail_servers: list[MailServer] = []

    def start(self) -> None:
        """Make the channels; `tell_by` switches them on."""
        self.team.start()
        self.system.settings(enabled=True, agent_emails=[TEAM], **LIMITS)
        url = f"http://{self.team.host}/hook"
        addresses = {
            "slack": {"url": url},
            "webhook": {"url": url, "signing_key": SIGNING_KEY},
        }
        for kind, address in addresses.items():
            made = self.system.admin(
                "POST",
                "channels",
                json={"kind": kind, "name": kind, "address": address, "enabled": False},
            )
            assert made.status_code == 201, made.text
            self._channels[kind] = made.json()["id"]

    def stop(self) -> None:
        """End the team's side."""
        self.team.stop()
        for server in self._mail_servers:
            server.stop()

    def tell_by(self, kind: str) -> None:
        """Tell the team by this channel alone."""
        # At no moment may there be nobody to tell.
        self._patch("settings", agent_emails=[TEAM])
        for name, channel in self._channels.items():
            self._patch(f"channels/{channel}", enabled=name == kind)
        if kind != "email":
            self._patch("settings", agent_emails=[])

    def well(self) -> None:
        """Whatever was done, the team's side works."""
        received = list(self.system.mail.received)
        self.system.mail.reset()
        self.system.mail.received.extend(received)
        self.team.well()

    def accepted(self, reference: str) -> list[str]:
        """The ids of the messages about a request that the team's side has said yes to."""
        mails = self.system.mails_received()
        ids = [str(mail["Message-ID"]) for mail in mails if reference in mail["Subject"]]
        hooks = [body for body in list(self.team.taken) if reference in body]
        return ids + [str(json.loads(body).get("id", reference)) for body in hooks]

    def stored(self, visitor: str) -> list[dict[str, Any]]:
        """The requests of one visitor, as an admin sees them."""
        listed = self.system.requests()
        found = [self.system.admin("GET", f"requests/{r['reference']}").json() for r in listed[:5]]
        return [request for request in found if request["conversation_id"].endswith(visitor)]

    def pass_time(self) -> None:
        """Hours go by: what waits for its next try, or for a dead process's claim, is due."""
        # A living process ends its attempts by itself; to take one away would be a fault of ours.
        held = self._claims()
        with suppress(AssertionError):
            wait_for("attempts", lambda: not held & self._claims(), ATTEMPT_SECONDS)
        long_ago = "UPDATE deliveries SET due_at = '2000-01-01 00:00:00.000000'"
        with self._database() as connection:
            connection.execute(text(f"{long_ago} WHERE status = 'queued'"))
            for delivery, token in held & self._claims():
                dead = text(f"{long_ago} WHERE id = :id AND claimed_by = :token")
                connection.execute(dead, {"id": delivery, "token": token})

    def _claims(self) -> set[tuple[str, str]]:
        """What is being sent, or was when its process died: deliveries, and by which claim."""
        query = "SELECT id, claimed_by FROM deliveries WHERE status = 'sending'"
        with self._database() as connection:
            return {(row.id, row.claimed_by) for row in connection.execute(text(query))}

    def settle(self) -> None:
        """Wait until nothing is on its way any more, and a little longer for what comes twice."""
        self.pass_time()
        wait_for("the last delivery", lambda: not self._count("queued", "sending"), SETTLES_SECONDS)
        time.sleep(3 * LOOK_EVERY_SECONDS)

    def _count(self, *statuses: str) -> int:
        """How many deliveries stand so."""
        with self._database() as connection:
            rows = connection.execute(text("SELECT status FROM deliveries")).all()
        return sum(row.status in statuses for row in rows)

    @contextmanager
    def _database(self) -> Iterator[Connection]:
        engine = create_engine(f"sqlite:///{self.system.folder}/support.db")
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    # --- what can be done to it ---

    def restart_actions(self, **environment: str) -> None:
        """Kill the action server and start one with other variables."""
        self.system.kill_actions()
        self.system.start_actions(**environment)

    def kill_actions_in_data(self) -> None:
        """Kill the action server as soon as it has handed over a whole mail that hangs then."""
        self.system.mail.behaviour = "hang"

        def kill() -> None:
            assert self.system.mail.in_data.wait(30)
            self.system.kill_actions()

        threading.Thread(target=kill, daemon=True).start()

    def untrusted_mail_server(self) -> str:
        """The SMTP_URL of a server whose certificate nobody has vouched for."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        return f"smtp://127.0.0.1:{self._mail_server(tls_context=context)}?tls=starttls"

    def mail_server_that_knows_nobody(self) -> str:
        """The SMTP_URL of a server that refuses every sign-in."""
        options = {"authenticator": _nobody, "auth_require_tls": False, "auth_required": True}
        return f"smtp://ann:wrong@127.0.0.1:{self._mail_server(**options)}"

    def _mail_server(self, **options: Any) -> int:
        server = MailServer(**options)
        server.start()
        self._mail_servers.append(server)
        return server.port

    def lock(self, database: str, seconds: float) -> None:
        """Hold a database's write lock for so long, as a backup or a stuck process would."""
        held, end = threading.Event(), threading.Event()

        def hold() -> None:
            file = self.system.folder / database
            with closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                held.set()
                end.wait(seconds)
                connection.execute("ROLLBACK")

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        assert held.wait(30)
        self._unlock.append((end, thread))

    def unlock(self) -> None:
        """Wait until the lock's time is over."""
        _, thread = self._unlock.pop()
        thread.join()

    def fill_disk(self) -> None:
        """No file of either server can grow any more, the databases included."""
        self._limit_files(1)

    def free_disk(self) -> None:
        """They can again."""
        self._limit_files(resource.RLIM_INFINITY)

    def _limit_files(self, size: int) -> None:
        # The limit of files' size stops writing as a full disk does, and needs no disk of its own.
        limits = (size, resource.RLIM_INFINITY)
        for pid in (self.system.actions_pid, self.system.rasa_pid):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    def _patch(self, path: str, **changes: Any) -> None:
        answer = self.system.admin("PATCH", path, json=changes)
        assert answer.status_code == 200, answer.text


def _nobody(*_: Any) -> AuthResult:
    return AuthResult(success=False, handled=False)


# All these visitors are one person at one computer.
LIMITS = {
    "messages_per_minute": 600,
    "requests_per_conversation": 100,
    "requests_per_client": 10_000,
    "mails_per_hour": 10_000,
}
