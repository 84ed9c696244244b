"""The contact form on the action server, so that visitors have it while Rasa is down."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from support import clients
from support.config import Config
from support.contact import web
from support.contact.desk import Desk
from support.words import CONTACT_PATH


def attach(app: Sanic, config: Config) -> None:
    """Add the form's paths. `database.connect` is called before the first request."""
    desk = Desk(config)

    async def take(request: Request) -> HTTPResponse:
        forwarded = ",".join(request.headers.getall("x-forwarded-for", ()))
        answer = await web.answer(
            desk,
            web.Call(
                method=request.method,
                path=request.path.rstrip("/"),
                content_type=request.headers.get("content-type", ""),
                body=request.body,
                referer=request.headers.get("referer"),
                client=clients.of(config, request.ip, forwarded),
            ),
        )
        return HTTPResponse(answer.body, answer.status, dict(answer.headers), answer.content_type)

    async def allow(request: Request, response: BaseHTTPResponse) -> None:
        # The SDK's own CORS answers OPTIONS for every path, before any handler.
        if request.method == "OPTIONS" and request.path in web.PATHS:
            response.headers.update(web.CORS)

    app.register_middleware(allow, "response")
    for path, methods in web.PATHS.items():
        name = "contact" + path.replace("/", "_").replace(".", "_")
        app.add_route(take, path, methods=methods, name=name)
    app.signal("http.routing.before")(_limit_body)


async def _limit_body(request: Request, **_: Any) -> None:
    """Cap what is read; Rasa's trackers need far more elsewhere on this server."""
    if request.stream is not None and request.path.startswith(CONTACT_PATH):
        request.stream.request_max_size = web.BODY_SIZE
