"""The web chat's door: Rasa's Socket.IO events, with conversation ids that only we can issue.

Whoever names an id in stock Rasa joins that conversation, so here the id that a client holds is
signed, and any other is answered with a new one. The client sends it back as `session_id`.
Rasa's own channel cannot be used as it is: with python-socketio from 5.10 on it never joins its
room and stays mute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.channels.socketio import SocketBlueprint, SocketIOOutput
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json
from socketio import AsyncServer

from components import news, serving, turn
from support.conversations import NAME_SPACE, Tokens

# One message with room for its envelope; Socket.IO would take a megabyte.
PACKET_SIZE = 50_000


class Voice(SocketIOOutput):
    """Says the answers to everybody in the conversation's room."""

    said = False

    async def _send_message(self, socket_id: str, response: Any) -> None:
        self.said = True
        await super()._send_message(socket_id, response)

    async def send_custom_json(
        self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any
    ) -> None:
        """Send custom JSON as the message's content; stock Rasa takes it for emit's arguments."""
        await self._send_message(recipient_id, {"custom": json_message})


class SocketChannel(InputChannel):
    """Serves `/socket.io` with `session_request`, `user_uttered`, `bot_uttered`."""

    @classmethod
    def name(cls) -> str:
        """Rasa's own name for this door."""
        return "socketio"

    def __init__(self) -> None:
        config = serving.prepare()
        self._tokens = Tokens(config.secret_key)
        # Any site may embed the chat: what protects a conversation is its signed id, not a cookie.
        self._sio = AsyncServer(
            async_mode="sanic", cors_allowed_origins=[], max_http_buffer_size=PACKET_SIZE
        )

    def get_output_channel(self) -> Voice:
        """Where Rasa sends what no message asked for."""
        return Voice(self._sio, "bot_uttered")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The Socket.IO server and its events."""
        sio = self._sio
        routes = _Routes(sio, "/socket.io", "visitor_socket")
        routes.ctx.teller = news.Teller(self._open_conversations, self.get_output_channel)

        @routes.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @sio.on("session_request")
        async def session_request(sid: str, data: Any = None) -> None:
            token = data.get("session_id") if isinstance(data, dict) else None
            await self._join(sid, token)

        @sio.on("user_uttered")
        async def user_uttered(sid: str, data: Any = None) -> None:
            if not isinstance(data, dict) or not isinstance(data.get("message"), str):
                return
            if not data["message"].strip():
                return
            conversation = await self._conversation(sid, data.get("session_id"))
            output = Voice(sio, "bot_uttered")
            message = UserMessage(
                data["message"],
                output,
                conversation,
                input_channel=self.name(),
                metadata=turn.metadata(
                    data.get("metadata") or data.get("customData"),
                    sio.get_environ(sid)["sanic.request"],
                ),
            )
            agent = routes.ctx.server.ctx.agent
            await news.tell(agent, conversation, Voice(sio, "bot_uttered"))
            await turn.take(agent, message, output)

        return routes

    def _open_conversations(self) -> set[str]:
        """Those that somebody is connected to, in this process."""
        rooms = self._sio.manager.rooms.get("/", {})
        return {room for room in rooms if room and room.startswith(NAME_SPACE)}

    async def _conversation(self, sid: str, token: Any) -> str:
        """The conversation a message belongs to: its token's, else the connection's."""
        joined = (await self._sio.get_session(sid)).get("conversation")
        named = self._tokens.conversation(token)
        if joined is None or (named is not None and named != joined):
            return await self._join(sid, token)
        return str(joined)

    async def _join(self, sid: str, token: Any) -> str:
        """Put the connection into the token's conversation, or a new one, and confirm it."""
        conversation = self._tokens.conversation(token)
        if conversation is None:
            conversation, token = self._tokens.issue()
        await self._sio.save_session(sid, {"conversation": conversation})
        await self._sio.enter_room(sid, conversation)
        await self._sio.emit("session_confirm", token, room=sid)
        return conversation


class _Routes(SocketBlueprint):
    """Remembers the server it is put on: that is where the agent is."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        self.ctx.server = app

        async def end_connections(_app: Sanic, _loop: Any) -> None:
            await self.ctx.sio.shutdown()

        app.register_listener(end_connections, "before_server_stop")
        self.ctx.teller.attach(app)
        super().register(app, options)
