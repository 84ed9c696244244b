"""What a turn's time goes to, seen from inside a Rasa process of its own.

    python -m benchmarks.inside MODEL

Runs in a stack's folder, with its environment and beside its action server; prints JSON. Each part
counts its own time without that of the parts within it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig

from benchmarks.figures import summary
from benchmarks.visitors import ASK, FORM, PLAIN, form_of

WARM_UP, CONVERSATIONS = 2, 12
REST = "all else"


class Clock:
    """Seconds by part. Nothing runs at the same time here, so one stack is enough."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[str] = [REST]
        self._since = 0.0

    def enter(self, part: str) -> None:
        """From now on the time is this part's."""
        self._count()
        self._inside.append(part)

    def leave(self) -> None:
        """From now on it is the part's around it."""
        self._count()
        self._inside.pop()

    def restart(self) -> None:
        """Forget what was counted."""
        self.seconds.clear()
        self._since = time.perf_counter()

    def _count(self) -> None:
        now = time.perf_counter()
        self.seconds[self._inside[-1]] += now - self._since
        self._since = now

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count what this function of `owner` takes."""
        called: Callable[..., Any] = getattr(owner, name)

        async def awaited(*given: Any, **named: Any) -> Any:
            self.enter(part)
            try:
                return await called(*given, **named)
            finally:
                self.leave()

        def plain(*given: Any, **named: Any) -> Any:
            self.enter(part)
            try:
                return called(*given, **named)
            finally:
                self.leave()

        setattr(owner, name, awaited if asyncio.iscoroutinefunction(called) else plain)


def watched(clock: Clock, agent: Agent) -> None:
    """Have the clock count the parts of this agent's turns."""
    processor = agent.processor
    clock.watch(agent.tracker_store, "retrieve", "reading the conversation")
    clock.watch(agent.tracker_store, "save", "storing the turn")
    clock.watch(processor, "parse_message", "understanding")
    clock.watch(processor, "predict_next_with_tracker_if_should", "deciding what to do")
    clock.watch(processor, "_run_action", "acting: calls prepared and checked, words chosen")
    clock.watch(EndpointConfig, "request", "the action server")


async def measure(model: str) -> dict[str, Any]:
    """Milliseconds a message is understood in, and a form turn's by part."""
    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    agent = await load_agent(model_path=model, endpoints=endpoints)
    understood = [await _timed(agent.parse_message(text)) for text in 6 * PLAIN]
    clock = Clock()
    watched(clock, agent)
    for number in range(WARM_UP + CONVERSATIONS):
        if number == WARM_UP:
            clock.restart()
        await _form_turns(agent, clock)
    turns = CONVERSATIONS * len(FORM)
    parts = {part: round(1000 * seconds / turns, 3) for part, seconds in clock.seconds.items()}
    return {"understanding_ms": summary(understood[len(PLAIN) :]), "form_turn_parts": parts}


async def _form_turns(agent: Agent, clock: Clock) -> None:
    """A conversation of which only the form's turns are counted."""
    sender = uuid.uuid4().hex
    counted = dict(clock.seconds)
    await _say(agent, sender, ASK)
    clock.enter(REST)
    clock.leave()
    clock.seconds.clear()
    clock.seconds.update(counted)
    for text in form_of(sender):
        await _say(agent, sender, text)
    clock.enter(REST)
    clock.leave()


async def _say(agent: Agent, sender: str, text: str) -> None:
    channel = CollectingOutputChannel()
    await agent.handle_message(UserMessage(text, channel, sender, input_channel="rest"))
    if not channel.messages:
        raise RuntimeError(f"Nothing was answered to {text!r}.")


async def _timed(call: Awaitable[Any]) -> float:
    begun = time.perf_counter()
    await call
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1]))))
