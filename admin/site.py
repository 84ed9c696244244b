"""Support Operations, added to the action server's app in one call."""

from __future__ import annotations

from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse

from admin import api, context, errors, gate, idempotency, pages, ratelimit, reading
from admin.ratelimit import RateLimit
from support.config import Config

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def attach(app: Sanic, config: Config) -> None:
    """Add the pages, the API and the error handlers. `database.connect` has been called."""
    app.ctx.support_admin = context.build(config)
    app.blueprint(api.blueprint())
    app.blueprint(pages.blueprint())
    app.signal("http.routing.before")(reading.limit_body)
    app.register_middleware(reading.refuse_unreadable, "request")
    ratelimit.cover(app, RateLimit(config.api_calls_per_minute))
    app.register_middleware(gate.admit, "request")
    idempotency.cover(app)
    app.register_middleware(_protect, "response")
    errors.replace_handlers(app)


async def _protect(request: Request, response: BaseHTTPResponse) -> None:
    if context.path_of(request).startswith("/admin"):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
