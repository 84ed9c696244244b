"""The whole product for tests: both servers, a database each, a mail server; killed at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeVar

import requests

from support.config import PROJECT
from tests.mail_server import MailServer, free_port

ADMIN_TOKEN = "an-admin's-token"
INTERNAL_TOKEN = "between-the-servers"
TEAM = "team@example.org"
START_SECONDS = 90
T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T], seconds: float = 20) -> T:
    """What `look` returns once it is true; fails with `what` was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class System:
    """A running product. folder: where its databases and logs are.

    overrides: environment variables that the servers get instead of the usual ones. models: where
    its models are, for a product that trains some; None: the project's own.
    """

    def __init__(self, folder: Path, models: Path | None = None, **overrides: str) -> None:
        self.folder = folder
        self.models = models
        self.overrides = overrides
        self.mail = MailServer()
        self.rasa_port = free_port()
        self.actions_port = free_port()
        self.rasa_url = f"http://127.0.0.1:{self.rasa_port}"
        self.admin_url = f"http://127.0.0.1:{self.actions_port}/admin"
        self.admin_token = ADMIN_TOKEN
        self._rasa: subprocess.Popen[bytes] | None = None
        self._actions: subprocess.Popen[bytes] | None = None
        self._second: subprocess.Popen[bytes] | None = None
        self._stand_in: HTTPServer | None = None

    # --- coming and going ---

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.mail.start()
        self.start_actions()
        self.start_rasa()

    def stop(self) -> None:
        """End everything."""
        self.kill_actions()
        self.kill_second_actions()
        self.kill_rasa()
        self.stop_failing_actions()
        self.mail.stop()

    def start_rasa(self) -> None:
        """Start the Rasa server with the project's trained model."""
        arguments = ["run", "-i", "127.0.0.1", "-p", str(self.rasa_port)]
        if self.models:
            arguments += ["-m", str(self.models)]
        self._rasa = self._launch("rasa", ["-m", "scripts.serve_rasa", *arguments])
        self._answers(f"{self.rasa_url}/status", self._rasa)

    def start_rasa_without_model(self, model: Path) -> None:
        """Start the Rasa server with a file that is no model, and wait until it listens."""
        arguments = ["run", "-i", "127.0.0.1", "-p", str(self.rasa_port), "-m", str(model)]
        self._rasa = self._launch("rasa", ["-m", "scripts.serve_rasa", *arguments])
        self._answers(f"{self.rasa_url}/", self._rasa)

    @property
    def actions_pid(self) -> int:
        """The action server's process."""
        assert self._actions
        return self._actions.pid

    @property
    def rasa_pid(self) -> int:
        """The Rasa server's process."""
        assert self._rasa
        return self._rasa.pid

    def start_actions(self, **environment: str) -> None:
        """Start the action server. environment: variables that differ this time."""
        arguments = ["--actions", "actions", "-p", str(self.actions_port)]
        self._actions = self._launch("actions", ["-m", "rasa_sdk", *arguments], **environment)
        self._answers(f"http://127.0.0.1:{self.actions_port}/health", self._actions)

    def start_second_actions(self) -> int:
        """Start another action server on the same database; its port."""
        port = free_port()
        arguments = ["--actions", "actions", "-p", str(port)]
        self._second = self._launch("second-actions", ["-m", "rasa_sdk", *arguments])
        self._answers(f"http://127.0.0.1:{port}/health", self._second)
        return port

    def kill_second_actions(self) -> None:
        """kill -9."""
        self._second = _kill(self._second)

    def stop_actions(self) -> int:
        """Ask the action server to stop, as a supervisor does; its exit code."""
        assert self._actions
        self._actions.terminate()
        code = self._actions.wait(60)
        self._actions = None
        return code

    def kill_rasa(self) -> None:
        """kill -9."""
        self._rasa = _kill(self._rasa)

    def kill_actions(self) -> None:
        """kill -9."""
        self._actions = _kill(self._actions)

    def hang_actions(self) -> None:
        """The action server takes connections and answers none."""
        assert self._actions
        self._actions.send_signal(signal.SIGSTOP)

    def wake_actions(self) -> None:
        """End the hanging."""
        assert self._actions
        self._actions.send_signal(signal.SIGCONT)

    def start_failing_actions(self) -> None:
        """In the (killed) action server's place, something that answers 500 to everything."""
        self._stand_in = HTTPServer(("127.0.0.1", self.actions_port), _Failing)
        threading.Thread(target=self._stand_in.serve_forever, daemon=True).start()

    def stop_failing_actions(self) -> None:
        """Free the place."""
        if self._stand_in:
            self._stand_in.shutdown()
            self._stand_in.server_close()
            self._stand_in = None

    # --- what people do ---

    def say(self, visitor: str, text: str) -> list[str]:
        """A visitor's message over REST; the texts that come back."""
        return [a["text"] for a in self.post(visitor, text).json() if "text" in a]

    def post(self, visitor: str, text: str) -> requests.Response:
        """A visitor's message over REST."""
        return requests.post(
            f"{self.rasa_url}/webhooks/rest/webhook",
            json={"sender": visitor, "message": text},
            timeout=40,
        )

    def talk(self, visitor: str, *texts: str) -> list[str]:
        """Several messages in a row; the texts that come back to the last."""
        answers: list[str] = []
        for text in texts:
            answers = self.say(visitor, text)
        return answers

    def settings(self, **changes: Any) -> None:
        """An admin changes Support Operations."""
        response = self.admin("PATCH", "settings", json=changes)
        assert response.status_code == 200, response.text

    def admin(self, method: str, path: str, **options: Any) -> requests.Response:
        """An admin's API call."""
        return requests.request(
            method,
            f"{self.admin_url}/api/{path}",
            headers={"Authorization": f"Bearer {self.admin_token}"},
            timeout=10,
            **options,
        )

    def metrics(self, url: str) -> str:
        """What a server tells Prometheus."""
        headers = {"Authorization": f"Bearer {INTERNAL_TOKEN}"}
        response = requests.get(f"{url}/metrics", headers=headers, timeout=10)
        assert response.status_code == 200, response.text
        return response.text

    def mails(self) -> list[Any]:
        """What the team has got about the newest request; retries of older ones do not count."""
        reference = self.requests()[0]["reference"]
        return [mail for mail in self.mail.received if reference in mail["Subject"]]

    def mails_received(self) -> list[Any]:
        """All the mail there is."""
        return list(self.mail.received)

    def requests(self) -> list[dict[str, Any]]:
        """All requests stored, newest first, as the API lists them."""
        listed: list[dict[str, Any]] = self.admin("GET", "requests?limit=200").json()["requests"]
        return listed

    # --- inside ---

    def _launch(
        self, name: str, arguments: list[str], **environment: str
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=PROJECT,
                env={**os.environ, **self._environment(), **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return {
            "ADMIN_TOKEN": self.admin_token,
            "INTERNAL_TOKEN": INTERNAL_TOKEN,
            "SECRET_KEY": "signs-conversations",
            "DATABASE_URL": f"sqlite:///{self.folder}/support.db",
            "CONVERSATIONS_URL": f"sqlite:///{self.folder}/conversations.db",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "MAIL_FROM": "Website assistant <assistant@example.com>",
            "BIND_HOST": "127.0.0.1",
            "RASA_PORT": str(self.rasa_port),
            "ACTIONS_PORT": str(self.actions_port),
            "ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}",
            "PUBLIC_URL": self.rasa_url,
            "OUTGOING_ALLOW": "127.0.0.1",
            **self.overrides,
        }

    def _answers(self, url: str, process: subprocess.Popen[bytes]) -> None:
        def look() -> bool:
            assert process.poll() is None, f"ended with {process.returncode}, see {self.folder}"
            try:
                return requests.get(url, timeout=2).status_code == 200
            except (requests.ConnectionError, requests.Timeout):
                return False

        wait_for(url, look, START_SECONDS)


class _Failing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Quietly."""


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait()
