"""The contact form on the Rasa server: there while the model is loading or broken, and while the
action server is down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from components import loading, serving, turn
from support.contact import web
from support.contact.desk import Desk


class ContactChannel(InputChannel):
    """A channel only by name: Rasa has no other place for a project's own pages."""

    @classmethod
    def name(cls) -> str:
        """How it is listed."""
        return "contact"

    def __init__(self) -> None:
        self._desk = Desk(serving.prepare())
        loading.serve_while_loading()

    def url_prefix(self) -> str:
        """At the root."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The form's paths."""
        routes = _Routes("visitor_contact")
        desk = self._desk

        async def take(request: Request) -> HTTPResponse:
            call = web.Call(
                method=request.method,
                path=request.path.rstrip("/"),
                content_type=request.headers.get("content-type", ""),
                body=request.body,
                referer=request.headers.get("referer"),
                client=turn.client_of(request),
            )
            answer = await web.answer(desk, call)
            return HTTPResponse(
                answer.body, answer.status, dict(answer.headers), answer.content_type
            )

        for path, methods in web.PATHS.items():
            name = path.strip("/").replace("/", "_").replace(".", "_")
            routes.add_route(take, path, methods=methods, name=name)
        return routes


class _Routes(Blueprint):
    """Answers OPTIONS as the form needs it; Rasa's own CORS does so for every path, and refuses."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""

        async def allow(request: Request, response: BaseHTTPResponse) -> None:
            if request.method == "OPTIONS" and request.path in web.PATHS:
                response.headers.update(web.CORS)

        app.register_middleware(allow, "response")
        super().register(app, options)  # type: ignore[no-untyped-call]
