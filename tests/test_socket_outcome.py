"""What the web chat is told of a message: 'taken' only when it is in the conversation."""

from __future__ import annotations

import asyncio
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.core.channels.channel import UserMessage
    from rasa.core.lock_store import LockError

    from components import history, socket_channel, turn
    from components.voice import Voice

STORED = [{"event": "user", "message_id": "m1"}]
AGENT: Any = SimpleNamespace(is_ready=lambda: True)
LOST = OperationalError("SELECT", {}, Exception("gone"))


def outcome(
    monkeypatch: pytest.MonkeyPatch, *, failed: bool, stored: Any, recorded: Any = True
) -> str:
    """Of one message that was apologised for. stored, recorded: what comes of it, or an error."""

    async def take(_agent: Any, message: UserMessage, _for_news: Any) -> bool:
        message.output_channel.failed = failed
        message.output_channel.unrecorded.append({"text": "Sorry", "timestamp": 1.0})
        return True

    async def answer(value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    monkeypatch.setattr(turn, "take", take)
    monkeypatch.setattr(history, "events", lambda *_: answer(stored))
    monkeypatch.setattr(history, "record", lambda *_: answer(recorded))
    message = UserMessage("hello", Voice(None), "web-ann", message_id="m1")
    return asyncio.run(socket_channel._turn(AGENT, message, Voice(None)))


@pytest.mark.parametrize(
    "failed, stored, recorded, told",
    [
        (False, [], True, "taken"),
        (False, [], False, "refused"),
        (True, STORED, True, "taken"),
        (True, [], True, "refused"),
        (True, LOST, True, "refused"),
        (False, STORED, LOST, "refused"),
    ],
)
def test_is_taken_only_when_it_is_stored(
    monkeypatch: pytest.MonkeyPatch, failed: bool, stored: Any, recorded: Any, told: str
) -> None:
    assert outcome(monkeypatch, failed=failed, stored=stored, recorded=recorded) == told


def test_leaves_an_order_that_cannot_be_kept_to_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(LockError):
        outcome(monkeypatch, failed=True, stored=LockError("no Redis"))
