"""The Rasa server's /metrics, and a line in its log for each call over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from components import rasa_logs, serving, timing
from support import log_lines, trace
from support.observing import PATH, Observer


class MonitoringChannel(InputChannel):
    """A channel only by name: Rasa has no other place for a project's own pages."""

    @classmethod
    def name(cls) -> str:
        """How it is listed."""
        return "monitoring"

    def __init__(self) -> None:
        self._config = serving.prepare()
        rasa_logs.withhold()
        log_lines.install(self._config.log_format)
        timing.install()

    def url_prefix(self) -> str:
        """At the root."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """/metrics, and what watches every route of the server."""
        observer = Observer(self._config, serving.metrics())
        routes = _Watching("visitor_monitoring", observer, self._config.log_format)

        @routes.get(PATH)
        async def metrics(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            serving.metrics().model_ready.set(agent is not None and agent.is_ready())
            answer = await observer.scrape(request.headers.get("authorization", ""))
            return HTTPResponse(
                answer.body, answer.status, dict(answer.headers), answer.content_type
            )

        return routes


class _Watching(Blueprint):
    """Sees the requests of the whole server that it is put on."""

    def __init__(self, name: str, observer: Observer, log_format: str) -> None:
        super().__init__(name)
        self.ctx.observer = observer
        self.ctx.log_format = log_format

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        observer: Observer = self.ctx.observer
        log_format: str = self.ctx.log_format

        async def start(_app: Sanic, _loop: Any) -> None:
            # A file for the log (--log-file) is opened only after the channels are made.
            log_lines.install(log_format)
            serving.metrics().store_errors.listen(serving.prepare())

        async def begin(request: Request, **_: Any) -> None:
            observer.begin(request.path, request.headers)

        async def end(request: Request, response: BaseHTTPResponse) -> None:
            route = request.route.path if request.route else None
            request_id = observer.end(request.method, route, response.status, request.headers)
            response.headers[trace.REQUEST_ID] = request_id

        app.register_listener(start, "before_server_start")
        app.signal("http.lifecycle.handle")(begin)
        app.register_middleware(end, "response")
        super().register(app, options)  # type: ignore[no-untyped-call]
