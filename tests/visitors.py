"""Visitors who do not give up: what was not answered they send again, under the same id."""

from __future__ import annotations

import queue
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import requests
from socketio.exceptions import SocketIOError

from tests.web_client import Client

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.3


class Visitor(ABC):
    """Asks for a person.

    answered: how many messages so far; tries: how often it sent one, again ones counted too;
    kept_as: the conversation's id.
    """

    def __init__(self, url: str, number: int) -> None:
        self.url = url
        self.texts: Sequence[str] = (
            "I want to talk to an agent.",
            "Ann Lee",
            f"ann{number}@example.org",
            "+1 202 555 0123",
            f"my order {4700 + number} never came",
            "Send",
        )
        self.email = self.texts[2]
        self.answered = self.tries = 0

    @property
    @abstractmethod
    def kept_as(self) -> str:
        """The conversation's id in the tracker store."""

    def talk(self) -> None:
        """Say everything, one after the other."""
        for text in self.texts:
            self.insist(text)
            self.answered += 1

    def insist(self, text: str) -> Any:
        """Say it until there is an answer; the answer."""
        message_id, end = uuid.uuid4().hex, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.tries += 1
            try:
                answer = self.say(text, message_id)
            except (requests.RequestException, SocketIOError, OSError, queue.Empty):
                answer = None
            if answer:
                return answer
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(f"{self.kept_as} got no answer to {text!r}")

    @abstractmethod
    def say(self, text: str, message_id: str) -> Any:
        """One try. None, or an error, when there is no answer to it."""


class Program(Visitor):
    """Comes over REST."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(url, number)
        self._sender = uuid.uuid4().hex

    @property
    def kept_as(self) -> str:
        """See above."""
        return f"rest-{self._sender}"

    def say(self, text: str, message_id: str) -> list[dict[str, Any]] | None:
        """See above."""
        response = requests.post(
            f"{self.url}/webhooks/rest/webhook",
            json={"sender": self._sender, "message": text, "message_id": message_id},
            timeout=30,
        )
        return response.json() if response.status_code == 200 else None


class Browser(Visitor):
    """Has the web chat open, and connects again when the connection is gone."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(url, number)
        self.client: Client | None = None
        self._token: str | None = None

    @property
    def kept_as(self) -> str:
        """See above."""
        return str(self._token).split(".")[0]

    def say(self, text: str, message_id: str) -> str | None:
        """See above."""
        if self.client is None or not self.client.socket.connected:
            self.client = Client(self.url, self._token)
            self._token = self.client.token
        answer: queue.Queue[dict[str, str]] = queue.Queue()
        content = {"message": text, "session_id": self._token, "message_id": message_id}
        self.client.socket.emit("user_uttered", content, callback=answer.put)
        while self.client.socket.connected:
            try:
                outcome = answer.get(timeout=PAUSE_SECONDS)["outcome"]
            except queue.Empty:
                continue
            return outcome if outcome in ("taken", "repeated") else None
        return None

    def close(self) -> None:
        """Leave."""
        if self.client is not None:
            self.client.close()
