"""What Prometheus reads at /metrics: one registry a server, handed around, and what counts into it.

docs/monitoring.md explains every figure. Labels have few values, whatever anybody sends.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
)

from support.delivery import Channel
from support.errors import DeliveryError
from support.notifications.message import Message
from support.store_errors import StoreErrors
from support.trace import Turn

NAME_SPACE = "support"
# From an answer out of memory to the longest that anybody waits.
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# An attempt to tell the team may last longer: mail servers are slow on purpose.
DELIVERY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Waiting for news is no slowness.
UNTIMED = ("/socket.io",)


class ServerMetrics:
    """What both servers count. server: 'rasa' or 'actions'; packages: whose versions are told."""

    def __init__(self, server: str, packages: tuple[str, ...]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._tell_versions(server, packages)
        self._requests = self._counter(
            "http_requests", "Requests answered over HTTP", "method", "route", "status"
        )
        self._request_seconds = self._histogram(
            "http_request_duration_seconds", "Until the answer began", "route"
        )
        errors = self._counter("store_errors", "What databases have refused", "store", "kind")
        self.store_errors = StoreErrors(lambda store, kind: errors.labels(store, kind).inc())

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request over HTTP; method and route: ours, not as somebody made them up."""
        self._requests.labels(method, route, str(status)).inc()
        if not route.startswith(UNTIMED):
            self._request_seconds.labels(route).observe(seconds)

    def _tell_versions(self, server: str, packages: tuple[str, ...]) -> None:
        known = {"server": server, "python": platform.python_version()}
        for package in packages:
            with suppress(PackageNotFoundError):
                known[package.replace("-", "_")] = version(package)
        build = self._gauge("build_info", "Which server this is; always 1", *known)
        build.labels(**known).set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace=NAME_SPACE, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, namespace=NAME_SPACE, registry=self.registry)

    def _histogram(
        self, name: str, text: str, *labels: str, buckets: tuple[float, ...] = CALL_SECONDS
    ) -> Histogram:
        return Histogram(
            name, text, labels, namespace=NAME_SPACE, registry=self.registry, buckets=buckets
        )


class RasaMetrics(ServerMetrics):
    """What visitors' turns come to, besides."""

    def __init__(self) -> None:
        super().__init__("rasa", ("rasa",))
        self._turns = self._counter("turns", "Messages of visitors", "channel", "outcome")
        self._seconds = self._histogram(
            "turn_duration_seconds", "From a message to its answer", "channel"
        )
        self._understanding = self._histogram(
            "understanding_duration_seconds", "Telling what a message says"
        )
        self._conversations = self._histogram(
            "conversation_store_duration_seconds", "Reading or writing a conversation", "operation"
        )
        self._calls = self._histogram(
            "action_call_duration_seconds", "A call of the action server", "action", "result"
        )
        self.in_progress = self._gauge("turns_in_progress", "Messages being answered")
        self.model_ready = self._gauge("model_ready", "1 while a message would be understood")

    def took(self, turn: Turn) -> None:
        """Count a turn that has ended."""
        self._turns.labels(turn.channel, turn.outcome.value).inc()
        self._seconds.labels(turn.channel).observe(turn.lasted)

    def understood(self, seconds: float) -> None:
        """Count one message understood."""
        self._understanding.observe(seconds)

    def used_store(self, operation: str, seconds: float) -> None:
        """Count one use of the conversation store. operation: 'read' or 'write'."""
        self._conversations.labels(operation).observe(seconds)

    def called(self, action: str, result: str, seconds: float) -> None:
        """Count one call of the action server; action: one of the domain's."""
        self._calls.labels(action, result).observe(seconds)


class ActionMetrics(ServerMetrics):
    """How the team is told, besides. See support/state_metrics.py for what is in the database."""

    def __init__(self) -> None:
        super().__init__("actions", ("rasa-sdk",))
        self._deliveries = self._counter(
            "deliveries", "Attempts to tell the team", "channel", "result"
        )
        self._seconds = self._histogram(
            "delivery_duration_seconds", "One such attempt", "channel", buckets=DELIVERY_SECONDS
        )

    def watched(self, channels: Mapping[str, Channel]) -> dict[str, Channel]:
        """The same channels, each counting what it is given to send."""
        return {kind: _Watched(kind, channel, self) for kind, channel in channels.items()}

    def attempted(self, channel: str, result: str, seconds: float) -> None:
        """Count an attempt.

        result: 'accepted', 'refused' (for now), 'refused_for_good', or 'broke': a fault of ours.
        """
        self._deliveries.labels(channel, result).inc()
        self._seconds.labels(channel).observe(seconds)


class _Watched:
    def __init__(self, kind: str, channel: Channel, metrics: ActionMetrics) -> None:
        self._kind = kind
        self._channel = channel
        self._metrics = metrics

    def send(self, message: Message) -> str:
        """As the channel does."""
        began, result = time.perf_counter(), "broke"
        try:
            answer = self._channel.send(message)
            result = "accepted"
            return answer
        except DeliveryError as error:
            result = "refused_for_good" if error.permanent else "refused"
            raise
        finally:
            self._metrics.attempted(self._kind, result, time.perf_counter() - began)
