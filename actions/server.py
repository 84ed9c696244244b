"""Wires the product onto the SDK's server: database, delivery loop, admin site, and a door.

The SDK calls `attach_sanic_app_extensions` once, between making its app and running it.
"""

from __future__ import annotations

import hmac
import logging
import os
from typing import Any

import pluggy
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

import admin.site
from support import config, database, delivery, handoffs
from support.config import Config
from support.notifications.email import Email
from support.notifications.unset import Unset

hookimpl = pluggy.HookimplMarker("rasa_sdk")
logger = logging.getLogger(__name__)

# A whole tracker travels with each call; a long conversation is a few megabytes.
CALL_SIZE_LIMIT = 5_000_000
# Rasa gives up after components.action_server's limit; what runs longer helps nobody.
CALL_SECONDS = 15


@hookimpl
def attach_sanic_app_extensions(app: Sanic) -> None:
    """Make the SDK's app the product's action server."""
    configuration = config.load()
    # The SDK reads its address from here, and its own default is every interface.
    os.environ.setdefault("SANIC_HOST", configuration.bind_host)
    app.config.REQUEST_MAX_SIZE = CALL_SIZE_LIMIT
    app.config.RESPONSE_TIMEOUT = CALL_SECONDS
    _guard(app, configuration)
    _run_core(app, configuration)
    admin.site.attach(app, configuration)


def _guard(app: Sanic, configuration: Config) -> None:
    """Let only Rasa call actions: whoever may call them may write requests."""
    expected = f"Bearer {configuration.internal_token}".encode()

    async def only_rasa(request: Request) -> HTTPResponse | None:
        if request.path not in ("/webhook", "/actions"):
            return None
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(given, expected):
            return None
        return json({"error": "INTERNAL_TOKEN is missing or differs from Rasa's."}, status=401)

    app.register_middleware(only_rasa, "request")


def _run_core(app: Sanic, configuration: Config) -> None:
    """Open the database and run the delivery loop while the server runs."""

    async def start(_app: Sanic, _loop: Any) -> None:
        database.migrate(configuration)
        database.connect(configuration.database_url)
        channels: dict[str, delivery.Channel] = {
            "email": Email(configuration.smtp, configuration.mail_from)
            if configuration.smtp
            else Unset("SMTP_URL")
        }
        delivery.start(channels)
        handoffs.start()

    async def stop(_app: Sanic, _loop: Any) -> None:
        delivery.stop()
        handoffs.stop()
        database.disconnect()

    app.register_listener(start, "before_server_start")
    app.register_listener(stop, "after_server_stop")
