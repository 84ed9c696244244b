"""What the assistant says in the web chat, with an id on each message.

The id and the time come from the event that Rasa stores, so that the same message is recognised
whether it arrives live, in a second tab, or later in the history.
"""

from __future__ import annotations

import time
from typing import Any

from rasa.core.channels.socketio import SocketIOOutput
from socketio import AsyncServer

EVENT = "bot_uttered"


class Voice(SocketIOOutput):
    """Says the answers to everybody in the conversation's room.

    said: whether it has said anything. failed: whether Rasa broke at the message, so that it may
    not be in the conversation, whatever was said. unrecorded: what it has said that Rasa has no
    event for, an apology say, as Rasa's message with its `timestamp`.
    """

    def __init__(self, sio: AsyncServer | None, bot_message_evt: str = EVENT) -> None:
        super().__init__(sio, bot_message_evt)
        self.said = False
        self.failed = False
        self.unrecorded: list[dict[str, Any]] = []
        self._moment: float | None = None
        self._part = 0

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Say one of Rasa's messages; several parts of it are several messages to the client."""
        self._part = 0
        self._moment = message.get("timestamp")
        if self._moment is None:
            self._moment = time.time()
            self.unrecorded.append({**message, "timestamp": self._moment})
        await super().send_response(recipient_id, message)

    async def send_custom_json(
        self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any
    ) -> None:
        """Send custom JSON as the message's content; stock Rasa takes it for emit's arguments."""
        await self._send_message(recipient_id, {"custom": json_message})

    async def _send_message(self, socket_id: str, response: Any) -> None:
        self.said = True
        self._part += 1
        moment = self._moment or time.time()
        # Not beside the text: rasa-webchat shows nothing of a message with keys it does not know.
        stamp = {"message_id": f"{moment}-{self._part}", "timestamp": moment}
        await self._deliver(socket_id, {**response, "metadata": stamp})

    async def _deliver(self, room: str, response: dict[str, Any]) -> None:
        await super()._send_message(room, response)


class Replay(Voice):
    """Keeps what would be said, in `messages`, and says nothing."""

    def __init__(self) -> None:
        super().__init__(None)
        self.messages: list[dict[str, Any]] = []

    async def _deliver(self, room: str, response: dict[str, Any]) -> None:
        self.messages.append(response)
