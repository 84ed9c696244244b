"""What is told of each call over HTTP, whatever the server: a line, a count; and /metrics itself.

The servers' own code hands the calls over: components/monitoring_channel.py for Rasa,
actions/monitoring.py for the action server.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from support import trace
from support.config import Config
from support.log_lines import Fields
from support.metrics import ServerMetrics
from support.trace import Call

logger = logging.getLogger(__name__)

PATH = "/metrics"
# Asked every few seconds by machines; whoever wants to see them sets the level to DEBUG.
QUIET = {PATH, "/health", "/status"}
# Visitors' turns there have lines of their own; one connection lasts for many.
SOCKET = "/socket.io"
UNMATCHED = "unmatched"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
# Where Rasa calls actions, and says of itself which one and for which conversation.
RASA_CALLS = "/webhook"
UNAUTHORIZED = 401
PLAIN = re.compile(r"[A-Za-z0-9_]{1,80}")
PARAMETER = re.compile(r"<([^:>]+)[^>]*>")


@dataclass(frozen=True)
class Answer:
    """What /metrics answers."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]


async def _nothing() -> None:
    """What is refreshed where nothing is."""


class Observer:
    """One server's. refresh: called before the figures are written."""

    def __init__(
        self,
        config: Config,
        metrics: ServerMetrics,
        refresh: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._expected = f"Bearer {config.internal_token}".encode()
        self._metrics = metrics
        self._refresh = refresh

    def begin(self, path: str, headers: Mapping[str, str]) -> None:
        """A call has come. What is done for it, in this task, can be told by `trace.call`."""
        is_socket = path.startswith(SOCKET)
        trace.call.set(None if is_socket else Call(trace.id_from(headers.get(trace.REQUEST_ID))))

    def end(self, method: str, route: str | None, status: int, headers: Mapping[str, str]) -> str:
        """It is answered; its id is returned. route: as the server's router has it, None: no one's.

        headers: of the request; those that only Rasa sends are read when it was let in.
        """
        call = trace.call.get() or Call(trace.new_id())
        # The next one on this connection may be refused before it begins.
        trace.call.set(None)
        pattern = UNMATCHED if route is None else pattern_of(route)
        seconds = time.perf_counter() - call.began
        # Anybody can make up a method.
        method = method if method in METHODS else OTHER
        self._metrics.answered(method, pattern, status, seconds)
        if not call.told and not pattern.startswith(SOCKET):
            fields = Fields(method=method, route=pattern, status=status, ms=_ms(seconds))
            if pattern == RASA_CALLS and status != UNAUTHORIZED:
                fields.update(_from_rasa(headers))
            level = logging.DEBUG if pattern in QUIET else logging.INFO
            logger.log(level, "request", Fields(fields, request_id=call.request_id))
        return call.request_id

    async def scrape(self, authorization: str) -> Answer:
        """What Prometheus reads, for whoever shows INTERNAL_TOKEN."""
        given = authorization.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._expected):
            body = json.dumps({"error": "Send 'Authorization: Bearer <INTERNAL_TOKEN>'."})
            headers = {"WWW-Authenticate": "Bearer"}
            return Answer(UNAUTHORIZED, body.encode(), "application/json", headers)
        await self._refresh()
        figures = generate_latest(self._metrics.registry)
        return Answer(200, figures, CONTENT_TYPE_LATEST, {"Cache-Control": "no-store"})


def pattern_of(route: str) -> str:
    """A route as it is told: 'admin/requests/<reference:str>' is /admin/requests/{reference}."""
    return "/" + PARAMETER.sub(r"{\1}", route).strip("/")


def _from_rasa(headers: Mapping[str, str]) -> dict[str, str]:
    given = {
        "action": headers.get(trace.ACTION, ""),
        "conversation": headers.get(trace.CONVERSATION, ""),
    }
    return {name: value for name, value in given.items() if PLAIN.fullmatch(value)}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
