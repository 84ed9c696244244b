"""Wires the product onto the SDK's server: database, delivery loop, pages, and a door.

The SDK calls `attach_sanic_app_extensions` once, between making its app and running it.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from typing import Any

import pluggy
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

import admin.site
from actions import contact, monitoring
from support import config, database, delivery, handoffs, health, heaps, senders
from support.config import Config
from support.health import Health
from support.housekeeping import Housekeeping
from support.metrics import ActionMetrics
from support.tracker_rows import TrackerRows
from support.watch import Watch

hookimpl = pluggy.HookimplMarker("rasa_sdk")
logger = logging.getLogger(__name__)

# A whole tracker travels with each call; a long conversation is a few megabytes.
CALL_SIZE_LIMIT = 5_000_000
# Rasa gives up after components.action_server's limit; what runs longer helps nobody.
CALL_SECONDS = 15
# Whoever watches a server does not wait for long either.
HEALTH_SECONDS = 5


@hookimpl
def attach_sanic_app_extensions(app: Sanic) -> None:
    """Make the SDK's app the product's action server."""
    configuration = config.load()
    heaps.share()
    # The SDK reads its address from here, and its own default is every interface.
    os.environ.setdefault("SANIC_HOST", configuration.bind_host)
    app.config.REQUEST_MAX_SIZE = CALL_SIZE_LIMIT
    app.config.RESPONSE_TIMEOUT = CALL_SECONDS
    metrics = ActionMetrics()
    monitoring.attach(app, configuration, metrics)
    _guard(app, configuration)
    _answer_health(app)
    _run_core(app, configuration, metrics)
    admin.site.attach(app, configuration)
    contact.attach(app, configuration)


def _guard(app: Sanic, configuration: Config) -> None:
    """Let only Rasa call actions: whoever may call them may write requests."""
    expected = f"Bearer {configuration.internal_token}".encode()

    async def only_rasa(request: Request) -> HTTPResponse | None:
        # Not the path as it was written: the router takes more than one for the same.
        if request.route is None or request.route.path.strip("/") not in ("webhook", "actions"):
            return None
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(given, expected):
            return None
        return json({"error": "INTERNAL_TOKEN is missing or differs from Rasa's."}, status=401)

    app.register_middleware(only_rasa, "request")


def _answer_health(app: Sanic) -> None:
    """Answer /health before the SDK does: its own says only that the server runs."""

    async def say(request: Request) -> HTTPResponse | None:
        if request.path != "/health" or request.method not in ("GET", "HEAD"):
            return None
        loop = delivery.is_alive()
        try:
            looking = asyncio.to_thread(health.look, delivery.utc_now(), loop)
            found = await asyncio.wait_for(looking, HEALTH_SECONDS)
        except asyncio.TimeoutError:
            found = Health("degraded", database=False, loop=loop)
        return json(found.as_json(), status=200 if found.can_work else 503)

    app.register_middleware(say, "request")


def _run_core(app: Sanic, configuration: Config, metrics: ActionMetrics) -> None:
    """Open the database; run the loop, the watch and the housekeeping while the server runs."""
    watch = Watch(configuration, by_kind=senders.of_notes(configuration))
    housekeeping = Housekeeping(TrackerRows(configuration.conversations_url))

    async def start(_app: Sanic, _loop: Any) -> None:
        database.migrate(configuration)
        database.connect(configuration.database_url)
        channels = metrics.watched(senders.build(configuration))
        delivery.start(channels, after_failure=watch.wake)
        watch.start()
        housekeeping.start()
        handoffs.start()

    async def stop(_app: Sanic, _loop: Any) -> None:
        housekeeping.stop()
        watch.stop()
        delivery.stop()
        handoffs.stop()
        database.disconnect()

    app.register_listener(start, "before_server_start")
    app.register_listener(stop, "after_server_stop")
