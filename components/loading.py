"""Serving while the model loads: visitors reach the contact form, and read why the chat is silent.

Stock Rasa opens its port only when the model is loaded, and ends when the conversations' database
cannot be opened at that moment. Made for Rasa 3.6, as components/action_server.py is.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from asyncio import AbstractEventLoop
from typing import Any

from rasa.core import run
from rasa.core.agent import Agent, load_agent
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from components.locks import Locks

logger = logging.getLogger(__name__)
TRY_AGAIN_SECONDS = 5.0
# A model is loaded within this; a message that comes meanwhile is better late than refused.
PATIENCE_SECONDS = 10.0


class NotYet(Agent):
    """Stands in until the model is there. loaded: what it stands in for."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(lock_store=Locks())
        self.loaded: asyncio.Future[Agent] = loop.create_future()


async def patiently(agent: Agent) -> Agent:
    """The agent that this one stands in for, if it comes in time; else this one."""
    if not isinstance(agent, NotYet):
        return agent
    await asyncio.wait([agent.loaded], timeout=PATIENCE_SECONDS)
    return agent.loaded.result() if agent.loaded.done() else agent


def serve_while_loading() -> None:
    """Let `rasa run` listen at once, and load the model beside it."""
    run.load_agent_on_start = _begin_to_load


async def _begin_to_load(
    model_path: str,
    endpoints: AvailableEndpoints,
    remote_storage: str | None,
    app: Sanic,
    loop: AbstractEventLoop,
) -> None:
    """In the place of Rasa's own start hook."""
    waiting = app.ctx.agent = NotYet(loop)
    given: dict[str, Any] = {
        "model_path": model_path,
        "endpoints": endpoints,
        "remote_storage": remote_storage,
    }
    app.ctx.loading = loop.create_task(_load(app, waiting, given))


async def _load(app: Sanic, waiting: NotYet, given: dict[str, Any]) -> None:
    endpoints: AvailableEndpoints = given["endpoints"]
    belongs_to_loop = endpoints.event_broker is not None or endpoints.model is not None
    while True:
        try:
            if belongs_to_loop:
                # A broker's or a model server's connections must be made where they are used.
                app.ctx.agent = await load_agent(**given, loop=asyncio.get_running_loop())
            else:
                app.ctx.agent = await asyncio.to_thread(lambda: asyncio.run(load_agent(**given)))
        except Exception as error:
            place = "".join(traceback.format_tb(error.__traceback__))
            logger.error("The model cannot be loaded: %s\n%s", type(error).__name__, place)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        else:
            waiting.loaded.set_result(app.ctx.agent)
            logger.info("Rasa server is up and running.")
            return
