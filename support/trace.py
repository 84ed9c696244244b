"""What is under way in this process just now: a call over HTTP, a visitor's turn.

Each has an id that goes with it from Rasa to the action server, so that its lines in the logs of
both can be found together. Conversations are named by a keyed hash: the same in all lines of a
deployment, and nobody without SECRET_KEY can tell whose it is.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from support.log_lines import Fields

# What goes between proxy, Rasa and action server.
REQUEST_ID = "x-request-id"
ACTION = "x-support-action"
CONVERSATION = "x-support-conversation"
# A proxy's own id is kept; anything else might be something that somebody typed.
AN_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH_DIGITS = 12


class Outcome(str, enum.Enum):
    """What a visitor's turn came to."""

    ANSWERED = "answered"  # Rasa said something
    APOLOGISED = "apologised"  # it did not, and the visitor was told that something is wrong
    PAUSED = "paused"  # nothing was said, as it should be
    SLOWED_DOWN = "slowed_down"  # a message too many, and the visitor was told
    REFUSED = "refused"  # many too many; nothing was said
    FAILED = "failed"  # not even an apology got through


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
    outcome: Outcome = Outcome.FAILED

    @property
    def lasted(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began

    def fields(self) -> Fields:
        """What its line in the log says."""
        seconds = {
            "ms": self.lasted,
            "waiting_ms": self.waiting,
            "understanding_ms": self.understanding,
            "actions_ms": self.actions,
            "store_ms": self.store,
        }
        return Fields(
            channel=self.channel,
            outcome=self.outcome.value,
            **{name: round(lasted * 1000, 1) for name, lasted in seconds.items()},
            action_calls=self.action_calls,
            conversation=self.conversation,
            request_id=self.request_id,
        )


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
