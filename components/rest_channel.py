"""Rasa's REST door for visitors: POST /webhooks/rest/webhook {"sender", "message"}.

A message with an id of the program's own may be sent again when its answer did not come: it is
taken once, and answered with what was said to it.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.shared.core.events import BotUttered
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sqlalchemy.exc import SQLAlchemyError

from components import history, loading, serving, turn

logger = logging.getLogger(__name__)

# Keeps REST conversations apart from the web chat's, whose ids are secrets.
NAME_SPACE = "rest-"
SENDER_LENGTH = 200
MESSAGE_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


Answer = dict[str, Any]


class Collected(CollectingOutputChannel):
    """Gathers the answers for the HTTP response. failed: see turn.take."""

    failed = False

    @property
    def said(self) -> bool:
        """Whether there is an answer."""
        return bool(self.messages)


class RestChannel(InputChannel):
    """Takes a message, answers with Rasa's usual list of messages."""

    @classmethod
    def name(cls) -> str:
        """Rasa's own name for this door; it makes the address."""
        return "rest"

    def __init__(self) -> None:
        serving.prepare()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of this door."""
        routes = Blueprint("visitor_rest")

        @routes.get("/")
        async def health(_request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            problem = _problem(body)
            if problem:
                return problem
            # Without a sender every visitor would share one conversation, as in stock Rasa.
            sender = str(body.get("sender") or uuid.uuid4().hex)
            output = Collected()
            message = UserMessage(
                body["message"],
                output,
                NAME_SPACE + sender,
                input_channel=self.name(),
                message_id=body.get("message_id"),
                metadata=turn.metadata(body.get("metadata"), request),
            )
            agent = request.app.ctx.agent
            answer = _once if body.get("message_id") else _answer
            said = await answer(agent, message)
            if said is None:
                return _refuse("too_many_messages", "Too many messages; wait a minute.", status=429)
            return json([{**each, "recipient_id": sender} for each in said])

        return routes


async def _answer(agent: Agent, message: UserMessage) -> list[Answer] | None:
    """What is said to the message, after what is news; None for one too many."""
    later_truth = Collected()
    if not await turn.take(agent, message, later_truth):
        return None
    return [*later_truth.messages, *message.output_channel.messages]


async def _once(agent: Agent, message: UserMessage) -> list[Answer] | None:
    """The same, or what was said when the message came before."""
    agent = await loading.patiently(agent)
    try:
        # As in the web chat, around the lock that Rasa takes itself.
        async with agent.lock_store.lock(f"{message.sender_id}#take"):
            said = await history.events(agent, message.sender_id)
            if history.holds(said, message.message_id):
                return await _said_to(message, said)
            return await _answer(agent, message)
    except (SQLAlchemyError, LockError) as error:
        logger.error("A message cannot be taken once only: %s", type(error).__name__)
    return message.output_channel.messages or await _answer(agent, message)


async def _said_to(message: UserMessage, said: Sequence[history.Event]) -> list[Answer]:
    """The answers to a message, from the conversation."""
    output, answering = Collected(), False
    for event in said:
        if event["event"] == "user":
            answering = event["message_id"] == message.message_id
        elif answering:
            bot = BotUttered(event.get("text"), event.get("data"), event.get("metadata"))
            await output.send_response(message.sender_id, bot.message())
    answers: list[Answer] = output.messages
    return answers


def _problem(body: Any) -> HTTPResponse | None:
    """The refusal of a body that is not a message."""
    if not isinstance(body, dict):
        return _refuse("invalid_body", 'The body must be JSON: {"sender": "…", "message": "…"}.')
    message, sender = body.get("message"), body.get("sender")
    if not isinstance(message, str) or not message.strip():
        return _refuse("invalid_message", "message must be text that is not empty.", "message")
    if sender is not None and (isinstance(sender, bool) or not isinstance(sender, (str, int))):
        return _refuse("invalid_sender", "sender must be text: your id for the visitor.", "sender")
    if sender is not None and len(str(sender)) > SENDER_LENGTH:
        return _refuse("invalid_sender", f"sender is over {SENDER_LENGTH} characters.", "sender")
    number = body.get("message_id")
    if number is not None and not (isinstance(number, str) and MESSAGE_ID.fullmatch(number)):
        return _refuse(
            "invalid_message_id",
            "message_id must be 8 to 64 letters, digits, - or _, new for each message.",
            "message_id",
        )
    return None


def _refuse(
    code: str, message: str, field: str | None = None, *, status: int = 400
) -> HTTPResponse:
    error = {"code": code, "message": message} | ({"field": field} if field else {})
    headers = {"Retry-After": "60"} if status == 429 else {}
    return json({"error": error}, status=status, headers=headers)
