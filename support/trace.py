"""What is under way in this process just now: a call over HTTP, a visitor's turn.

Each has an id that goes with it from Rasa to the action server, so that its lines in the logs of
both can be found together. Conversations are named by a keyed hash: the same in all lines of a
deployment, and nobody without SECRET_KEY can tell whose it is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

# What goes between proxy, Rasa and action server.
REQUEST_ID = "x-request-id"
ACTION = "x-support-action"
CONVERSATION = "x-support-conversation"
# A proxy's own id is kept; anything else might be something that somebody typed.
AN_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH_DIGITS = 12


@dataclass
class Call:
    """One request over HTTP. told: a line about it has been written already, by its turn."""

    request_id: str
    began: float = field(default_factory=time.perf_counter)
    told: bool = False


@dataclass
class Turn:
    """One message of a visitor's, and where its time went; all in seconds.

    waiting: until Rasa took it: for the model, and for Rasa's lock. store: reading and
    writing the conversation. actions: of which there were `action_calls`.
    """

    request_id: str
    conversation: str
    channel: str
    began: float = field(default_factory=time.perf_counter)
    waiting: float = 0.0
    understanding: float = 0.0
    actions: float = 0.0
    store: float = 0.0
    action_calls: int = 0
    outcome: str = "failed"

    @property
    def lasted(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began


call: ContextVar[Call | None] = ContextVar("call", default=None)
turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


def new_id() -> str:
    """An id for something that has none."""
    return uuid.uuid4().hex


def id_from(header: str | None) -> str:
    """The id that a request came with, if it is one; else a new one."""
    return header if header and AN_ID.fullmatch(header) else new_id()


def conversation_hash(secret_key: str, conversation_id: str) -> str:
    """What a conversation is called in the logs."""
    message = f"conversation in the logs:{conversation_id}".encode("utf-8", "surrogatepass")
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()[:HASH_DIGITS]
