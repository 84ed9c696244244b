"""A web chat without a browser, for tests: it speaks all events of /socket.io."""

from __future__ import annotations

import queue
from typing import Any

import socketio


class Client:
    """A connection to a conversation. heard: what came, by event; token: the id held."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.heard: dict[str, queue.Queue[Any]] = {
            event: queue.Queue() for event in ("session_confirm", "bot_uttered", "visitor_uttered")
        }
        self.socket = socketio.Client(reconnection=False)
        for event, heard in self.heard.items():
            self.socket.on(event, heard.put)
        self.deleted = queue.Queue[bool]()
        self.socket.on("conversation_deleted", lambda *_: self.deleted.put(True))
        self.socket.connect(url, wait_timeout=10)
        self.socket.emit("session_request", {"session_id": token})
        self.token = self.hear("session_confirm")

    def hear(self, event: str) -> Any:
        """The next event of this kind."""
        return self.heard[event].get(timeout=20)

    def say(self, text: str, message_id: str | None = None) -> str:
        """Send a message; what the server says has become of it, when it is answered."""
        content = {"message": text, "session_id": self.token, "message_id": message_id}
        return str(self.call("user_uttered", content)["outcome"])

    def history(self, token: Any = ...) -> Any:
        """What the server shows of a conversation; this one's by default."""
        return self.call("history_request", {"session_id": self.token if token is ... else token})

    def said(self) -> list[tuple[str, str]]:
        """Who said what, from the history."""
        return [(line["from"], line["text"]) for line in self.history()["messages"]]

    def call(self, event: str, content: Any) -> Any:
        """Emit, and wait for the acknowledgement."""
        return self.socket.call(event, content, timeout=30)

    def close(self) -> None:
        """Leave."""
        self.socket.disconnect()
