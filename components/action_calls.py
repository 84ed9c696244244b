"""A call of the action server: measured, and with the ids that join the logs of both servers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import ujson
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from support import trace
from support.metrics import RasaMetrics

# An action says with this status that it does not want to run.
REJECTED = 400


class ActionCalls(EndpointConfig):
    """The line to the action server. Rasa calls `request` once for each action."""

    def __init__(self, url: str, headers: dict[str, str], metrics: RasaMetrics) -> None:
        super().__init__(url=url, headers=headers)
        self._metrics = metrics

    async def request(self, *arguments: Any, **options: Any) -> Any:
        """As `EndpointConfig` does, whose errors pass through."""
        body = options.pop("json", None) or {}
        action = str(body.get("next_action", "none"))
        # Python's own json, which aiohttp would use, takes two and a half times as long.
        options["data"] = ujson.dumps(body, escape_forward_slashes=False).encode()
        turn = trace.turn.get()
        if turn:
            options["headers"] = {
                **options.get("headers", {}),
                trace.REQUEST_ID: turn.request_id,
                trace.CONVERSATION: turn.conversation,
                trace.ACTION: action,
            }
        began, result = time.perf_counter(), "failed"
        try:
            answer = await super().request(*arguments, **options)
            result = "answered"
            return answer
        except ClientResponseError as error:
            result = "rejected" if error.status == REJECTED else "failed"
            raise
        except aiohttp.ClientConnectionError:
            result = "unreachable"
            raise
        except asyncio.TimeoutError:
            result = "too_slow"
            raise
        finally:
            lasted = time.perf_counter() - began
            self._metrics.called(action, result, lasted)
            if turn:
                turn.actions += lasted
                turn.action_calls += 1
