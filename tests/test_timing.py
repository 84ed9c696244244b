"""Looking at the clock during a turn, on stand-ins for Rasa's processor and the action server."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from aiohttp import ClientConnectionError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from rasa.core import agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.endpoints import ClientResponseError, EndpointConfig

    from components import action_calls, serving, timing
from support import trace
from support.config import Config
from support.metrics import RasaMetrics
from support.trace import Outcome


class Processor:
    """Takes what Rasa's does, and fails when it is told to."""

    fails = False

    async def handle_message(self, message: UserMessage) -> str:
        """As Rasa's, in its order."""
        await self.get_tracker(message.sender_id)
        await self.parse_message(message)
        await self.save_tracker(None)
        return "handled"

    async def parse_message(self, _message: UserMessage) -> dict[str, str]:
        """Understand."""
        if self.fails:
            raise ValueError("not understood")
        return {"text": "hello"}

    async def get_tracker(self, _conversation_id: str) -> None:
        """Read."""

    async def save_tracker(self, _tracker: Any) -> None:
        """Write."""


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch, configuration: Config) -> RasaMetrics:
    """What this process counts."""
    metrics = RasaMetrics()
    monkeypatch.setattr(serving, "metrics", lambda: metrics)
    monkeypatch.setattr(serving, "prepare", lambda: configuration)
    return metrics


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch, metrics: RasaMetrics) -> Processor:
    """As an agent makes it from now on."""
    monkeypatch.setattr(agent, "MessageProcessor", Processor)
    timing.install()
    made: Processor = agent.MessageProcessor()
    return made


@pytest.fixture(autouse=True)
def _no_call() -> Iterator[None]:
    trace.call.set(None)
    yield
    trace.call.set(None)


def count(metrics: RasaMetrics, name: str, **labels: str) -> float | None:
    """One figure."""
    return metrics.registry.get_sample_value(f"support_{name}", labels)


def message() -> UserMessage:
    """Ann's."""
    return UserMessage("hello", None, "ann", input_channel="rest")


async def turn(processor: Processor, outcome: Outcome) -> trace.Turn:
    """One turn, to its end."""
    async with timing.watched(message()) as turn:
        assert await processor.handle_message(message()) == "handled"
        turn.outcome = outcome
    return turn


def test_measures_the_parts_of_a_turn(processor: Processor, metrics: RasaMetrics) -> None:
    turned = asyncio.run(turn(processor, Outcome.ANSWERED))
    assert min(turned.waiting, turned.understanding, turned.store) > 0
    assert turned.waiting + turned.understanding + turned.store <= turned.lasted
    assert count(metrics, "understanding_duration_seconds_count") == 1
    for operation in ("read", "write"):
        name = "conversation_store_duration_seconds_count"
        assert count(metrics, name, operation=operation) == 1


def test_counts_a_turn_that_breaks(processor: Processor, metrics: RasaMetrics) -> None:
    processor.fails = True
    with pytest.raises(ValueError, match="not understood"):
        asyncio.run(turn(processor, Outcome.ANSWERED))
    assert count(metrics, "turns_total", channel="rest", outcome="failed") == 1
    assert count(metrics, "turns_in_progress") == 0


def test_measures_what_is_no_turn_too(processor: Processor, metrics: RasaMetrics) -> None:
    asyncio.run(processor.handle_message(message()))
    assert count(metrics, "understanding_duration_seconds_count") == 1


def test_is_put_in_place_once_and_on_top_of_what_is_there(processor: Processor) -> None:
    before = agent.MessageProcessor
    timing.install()
    assert agent.MessageProcessor is before
    assert issubclass(before, Processor)


def test_gives_a_turn_the_id_of_its_call(processor: Processor) -> None:
    async def called() -> trace.Turn:
        call = trace.Call("0f8c")
        trace.call.set(call)
        turned = await turn(processor, Outcome.ANSWERED)
        assert call.told
        return turned

    assert asyncio.run(called()).request_id == "0f8c"


@pytest.mark.parametrize(
    "error, result",
    [
        (None, "answered"),
        (ClientResponseError(400, "no", "{}"), "rejected"),
        (ClientResponseError(500, "no", "{}"), "failed"),
        (ClientConnectionError("refused"), "unreachable"),
        (asyncio.TimeoutError(), "too_slow"),
    ],
)
def test_counts_how_calls_of_actions_end(
    metrics: RasaMetrics,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    result: str,
) -> None:
    sent: list[dict[str, Any]] = []

    async def request(_self: Any, **options: Any) -> dict[str, Any]:
        sent.append(options)
        if error:
            raise error
        return {"events": []}

    async def call() -> trace.Turn:
        async with timing.watched(message()) as turn:
            calls = action_calls.ActionCalls("http://x", {}, metrics)
            with pytest.raises(type(error)) if error else nullcontext():
                await calls.request(json={"next_action": "validate_handoff_form"})
        return turn

    monkeypatch.setattr(EndpointConfig, "request", request)
    turned = asyncio.run(call())
    labels = {"action": "validate_handoff_form", "result": result}
    assert count(metrics, "action_call_duration_seconds_count", **labels) == 1
    assert turned.action_calls == 1
    assert sent[0]["headers"] == {
        "x-request-id": turned.request_id,
        "x-support-conversation": turned.conversation,
        "x-support-action": "validate_handoff_form",
    }
