"""Rasa's REST door for visitors: POST /webhooks/rest/webhook {"sender", "message"}."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from components import news, serving, turn

# Keeps REST conversations apart from the web chat's, whose ids are secrets.
NAME_SPACE = "rest-"
SENDER_LENGTH = 200


class Collected(CollectingOutputChannel):
    """Gathers the answers for the HTTP response."""

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
                metadata=turn.metadata(body.get("metadata"), request),
            )
            agent, later_truth = request.app.ctx.agent, Collected()
            await news.tell(agent, message.sender_id, later_truth)
            if not await turn.take(agent, message, output):
                return _refuse("too_many_messages", "Too many messages; wait a minute.", status=429)
            said = [*later_truth.messages, *output.messages]
            return json([{**answer, "recipient_id": sender} for answer in said])

        return routes


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
    return None


def _refuse(
    code: str, message: str, field: str | None = None, *, status: int = 400
) -> HTTPResponse:
    error = {"code": code, "message": message} | ({"field": field} if field else {})
    headers = {"Retry-After": "60"} if status == 429 else {}
    return json({"error": error}, status=status, headers=headers)
