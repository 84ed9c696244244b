"""The action server's /metrics, and a line in its log for each call over HTTP."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from support import delivery, log_lines, trace
from support.config import Config
from support.metrics import ActionMetrics
from support.observing import PATH, Observer
from support.state_metrics import StateMetrics


def attach(app: Sanic, config: Config, metrics: ActionMetrics) -> None:
    """Watch every route of the server. Called before any other middleware is put on it."""
    log_lines.install(config.log_format)
    state = StateMetrics(delivery.is_alive)
    metrics.registry.register(state)
    observer = Observer(config, metrics, state.refresh)

    async def begin(request: Request, **_: Any) -> None:
        observer.begin(request.path, request.headers)

    async def end(request: Request, response: BaseHTTPResponse) -> None:
        route = request.route.path if request.route else None
        request_id = observer.end(request.method, route, response.status, request.headers)
        response.headers[trace.REQUEST_ID] = request_id

    async def scrape(request: Request) -> HTTPResponse:
        answer = await observer.scrape(request.headers.get("authorization", ""))
        return HTTPResponse(answer.body, answer.status, dict(answer.headers), answer.content_type)

    async def start(_app: Sanic, _loop: Any) -> None:
        metrics.store_errors.listen(config)

    async def stop(_app: Sanic, _loop: Any) -> None:
        metrics.store_errors.stop()
        state.stop()

    app.signal("http.lifecycle.handle")(begin)
    app.register_middleware(end, "response")
    app.add_route(scrape, PATH, methods=["GET"], name="metrics")
    app.register_listener(start, "before_server_start")
    app.register_listener(stop, "after_server_stop")
