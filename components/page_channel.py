"""The chat page at /chat with its files, and /status: whether a model is loaded and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json

from support.config import PROJECT

WEB = PROJECT / "web"
FILES = {
    "chat.js": "text/javascript; charset=utf-8",
    "chat.css": "text/css; charset=utf-8",
    "vendor/socket.io.min.js": "text/javascript; charset=utf-8",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What visitors send is small; Sanic alone would take 100 MB.
BODY_SIZE = 100_000


class PageChannel(InputChannel):
    """A channel only by name: Rasa has no other place for a project's own pages."""

    @classmethod
    def name(cls) -> str:
        """How it is listed."""
        return "page"

    def url_prefix(self) -> str:
        """At the root."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The pages."""
        routes = _Pages("visitor_page")

        @routes.route("/chat", methods=["GET", "HEAD"])
        async def page(_request: Request) -> HTTPResponse:
            return await file(
                WEB / "chat.html", mime_type="text/html; charset=utf-8", headers=HEADERS
            )

        @routes.get("/chat/<name:path>")
        async def part(_request: Request, name: str) -> HTTPResponse:
            if name not in FILES:
                return json({"error": {"code": "not_found", "message": "No such file."}}, 404)
            return await file(WEB / name, mime_type=FILES[name], headers=HEADERS)

        return routes


class _Pages(Blueprint):
    """Adds /status, unless Rasa's own HTTP API (--enable-api) has it."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        own_api = any(route.path == "status" for route in app.router.routes)
        if not own_api:
            app.config.REQUEST_MAX_SIZE = BODY_SIZE
            self.add_route(_status, "/status")
        super().register(app, options)  # type: ignore[no-untyped-call]


async def _status(request: Request) -> HTTPResponse:
    """200 when a message would be understood, else 503."""
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        return json({"status": "loading"}, status=503)
    return json({"status": "ok", "model": agent.processor.model_filename})
