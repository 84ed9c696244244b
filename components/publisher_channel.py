"""Starts and stops the publisher with the Rasa server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic

from components import flow_tasks, serving
from components.loading import NotYet
from components.publisher import Publisher
from components.workshop import Workshop, is_possible


class PublisherChannel(InputChannel):
    """A channel only by name: Rasa has no other place for what runs beside it."""

    @classmethod
    def name(cls) -> str:
        """How it is listed."""
        return "publisher"

    def __init__(self) -> None:
        serving.prepare()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """No routes, only the server's coming and going."""
        routes = Blueprint("flow_publisher")

        @routes.listener("before_server_start")
        async def fork(app: Sanic, _loop: Any) -> None:
            # Before Rasa's own listener begins to load the model in a thread.
            app.ctx.workshop = Workshop(flow_tasks.prepare) if is_possible() else None

        @routes.listener("after_server_start")
        async def start(app: Sanic, loop: Any) -> None:
            app.ctx.publishing = loop.create_task(_start(app))

        @routes.listener("before_server_stop")
        async def stop(app: Sanic, _loop: Any) -> None:
            app.ctx.publishing.cancel()
            if hasattr(app.ctx, "publisher"):
                app.ctx.publisher.stop()
            elif app.ctx.workshop:
                app.ctx.workshop.close()

        return routes


async def _start(app: Sanic) -> None:
    """Begin when the model that the server started with is there."""
    agent = app.ctx.agent
    if isinstance(agent, NotYet):
        agent = await asyncio.shield(agent.loaded)
    app.ctx.publisher = Publisher(agent, app.ctx.workshop)
    app.ctx.publisher.start()
