"""The web chat's door: Rasa's Socket.IO events, with conversation ids that only we can issue.

Whoever names an id in stock Rasa joins that conversation, so here the id that a client holds is
signed, and any other is answered with a new one. The client sends it back as `session_id`.
Rasa's own channel cannot be used as it is: with python-socketio from 5.10 on it never joins its
room and stays mute.

Beyond Rasa's events a client may number its messages, ask for the history and delete it: see
docs/rest.md. Nothing of a conversation is kept in this process.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.channels.socketio import SocketBlueprint
from rasa.core.lock_store import LockError
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json
from socketio import AsyncServer
from sqlalchemy.exc import SQLAlchemyError

from components import history, loading, news, serving, turn
from components.relay import Relay
from components.voice import Voice
from support.conversations import NAME_SPACE, Tokens

logger = logging.getLogger(__name__)

# One message with room for its envelope; Socket.IO would take a megabyte.
PACKET_SIZE = 50_000
MESSAGE_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


class SocketChannel(InputChannel):
    """Serves `/socket.io` with `session_request`, `user_uttered`, `bot_uttered`, and ours."""

    @classmethod
    def name(cls) -> str:
        """Rasa's own name for this door."""
        return "socketio"

    def __init__(self) -> None:
        config = serving.prepare()
        self._tokens = Tokens(config.secret_key)
        # Any site may embed the chat: what protects a conversation is its signed id, not a cookie.
        self._sio = AsyncServer(
            async_mode="sanic",
            cors_allowed_origins="*",
            cors_credentials=False,
            max_http_buffer_size=PACKET_SIZE,
            client_manager=Relay(config.redis_url) if config.redis_url else None,
        )

    def get_output_channel(self) -> Voice:
        """Where Rasa sends what no message asked for."""
        return Voice(self._sio)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The Socket.IO server and its events."""
        sio = self._sio
        routes = _Routes(sio, "/socket.io", "visitor_socket")
        routes.ctx.teller = news.Teller(self._open_conversations, self.get_output_channel)

        @routes.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @sio.on("session_request")
        async def session_request(sid: str, data: Any = None, *_: Any) -> None:
            await self._join(sid, _token(data))

        @sio.on("user_uttered")
        async def user_uttered(sid: str, data: Any = None, *_: Any) -> dict[str, str]:
            if not isinstance(data, dict) or not isinstance(data.get("message"), str):
                return {"outcome": "ignored"}
            if not data["message"].strip():
                return {"outcome": "ignored"}
            conversation = await self._conversation(sid, data.get("session_id"))
            message = UserMessage(
                data["message"],
                Voice(sio),
                conversation,
                input_channel=self.name(),
                message_id=_message_id(data),
                metadata=turn.metadata(
                    data.get("metadata") or data.get("customData"),
                    sio.get_environ(sid)["sanic.request"],
                ),
            )
            return {"outcome": await self._take(routes.ctx.server.ctx.agent, message)}

        @sio.on("history_request")
        async def history_request(_sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
            conversation = self._tokens.conversation(_token(data))
            return await self._history(routes.ctx.server.ctx.agent, conversation)

        @sio.on("conversation_delete")
        async def conversation_delete(sid: str, data: Any = None, *_: Any) -> dict[str, Any]:
            agent = routes.ctx.server.ctx.agent
            return await self._delete(agent, self._tokens.conversation(_token(data)), sid)

        return routes

    def _open_conversations(self) -> set[str]:
        """Those that somebody is connected to, in this process."""
        rooms = self._sio.manager.rooms.get("/", {})
        return {room for room in rooms if room and room.startswith(NAME_SPACE)}

    async def _take(self, agent: Agent, message: UserMessage) -> str:
        """Take a message once, after those before it; what has become of it, in one word."""
        agent = await loading.patiently(agent)
        try:
            async with agent.lock_store.lock(_taking(message.sender_id)):
                said = await _recall(agent, message.sender_id)
                if history.holds(said, message.message_id):
                    return "repeated"
                shown = history.visitor(
                    message.message_id,
                    time.time(),
                    message.text[: turn.TEXT_LENGTH],
                    history.offered(said),
                )
                await self._sio.emit("visitor_uttered", shown, room=message.sender_id)
                return await _turn(agent, message, self.get_output_channel())
        except LockError as error:
            logger.error("Messages cannot be put in order: %s", type(error).__name__)
        if not message.output_channel.said:
            await turn.take(agent, message, self.get_output_channel())
        # If it was stored all the same, it is known when it comes again.
        return "refused"

    async def _history(self, agent: Agent, conversation: str | None) -> dict[str, Any]:
        """What was said, for the holder of a conversation's token.

        ready: a model is loaded. busy: a message is being answered, and not stored before that.
        """
        if conversation is None:
            return _refusal("unknown_conversation", "session_id is not one that was issued here.")
        try:
            busy = await agent.lock_store.is_busy(_taking(conversation))
            said = await history.events(agent, conversation)
        except SQLAlchemyError as error:
            logger.error("A history cannot be read: %s", type(error).__name__)
            return _refusal("unavailable", "The history cannot be read now. Try again later.")
        shown = await history.messages(said)
        return {"messages": shown, "ready": agent.is_ready(), "busy": busy}

    async def _delete(self, agent: Agent, conversation: str | None, sid: str) -> dict[str, Any]:
        """Delete what was said, and tell everybody else who is in the conversation."""
        if conversation is None:
            return _refusal("unknown_conversation", "session_id is not one that was issued here.")
        try:
            async with agent.lock_store.lock(_taking(conversation)):
                deleted = await history.forget(agent, conversation)
        except (SQLAlchemyError, LockError) as error:
            logger.error("A conversation cannot be deleted: %s", type(error).__name__)
            deleted = False
        if not deleted:
            return _refusal("unavailable", "Nothing was deleted. Try again later.")
        await self._sio.emit("conversation_deleted", room=conversation, skip_sid=sid)
        return {"deleted": True}

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
        before = (await self._sio.get_session(sid)).get("conversation")
        if before not in (None, conversation):
            await self._sio.leave_room(sid, before)
        await self._sio.save_session(sid, {"conversation": conversation})
        await self._sio.enter_room(sid, conversation)
        await self._sio.emit("session_confirm", token, room=sid)
        return conversation


async def _turn(agent: Agent, message: UserMessage, for_news: Voice) -> str:
    """`taken`; or `loading` or `refused` when the message is not in the conversation now."""
    voice = message.output_channel
    if not await turn.take(agent, message, for_news):
        return "refused"
    if not agent.is_ready():
        return "loading"
    conversation, number = message.sender_id, message.message_id
    try:
        if voice.failed and not history.holds(await history.events(agent, conversation), number):
            return "refused"
        # What Rasa did not say, we did: that a message was one too many, say, or not understood.
        recorded = not voice.unrecorded or await history.record(
            agent, conversation, voice.unrecorded, number
        )
    except SQLAlchemyError as error:
        logger.error("A conversation cannot be read or written: %s", type(error).__name__)
        return "refused"
    return "taken" if recorded else "refused"


async def _recall(agent: Agent, conversation: str) -> list[history.Event]:
    """What was said before. Better a message taken twice than none, when that cannot be read."""
    try:
        return await history.events(agent, conversation)
    except SQLAlchemyError as error:
        logger.error("A conversation cannot be read: %s", type(error).__name__)
        return []


def _taking(conversation: str) -> str:
    """The lock around a whole turn of ours; the one that Rasa takes itself is inside of it."""
    return f"{conversation}#take"


def _token(data: Any) -> Any:
    return data.get("session_id") if isinstance(data, dict) else None


def _message_id(data: dict[str, Any]) -> str | None:
    """The client's own number for a message, if it is one; Rasa makes one up for None."""
    number = data.get("message_id")
    return number if isinstance(number, str) and MESSAGE_ID.fullmatch(number) else None


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


class _Routes(SocketBlueprint):
    """Remembers the server it is put on: that is where the agent is."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        self.ctx.server = app

        async def end_connections(_app: Sanic, _loop: Any) -> None:
            await self.ctx.sio.shutdown()
            if isinstance(self.ctx.sio.manager, Relay):
                await self.ctx.sio.manager.close()

        app.register_listener(end_connections, "before_server_stop")
        self.ctx.teller.attach(app)
        super().register(app, options)
