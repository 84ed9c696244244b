"""The model that visitors meet on this server, kept at the version of the flow that is live."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor

from components import flow_tasks, swapping
from components.candidates import Candidates
from components.workshop import Say, Work
from support import database, logs
from support.config import PROJECT
from support.flow import overlay, versions
from support.flow.document import Changes
from support.flow.versions import Publication

logger = logging.getLogger(__name__)


class LiveModel:
    """An agent's model. do: has work done, in whichever process."""

    def __init__(
        self, agent: Agent, do: Callable[[Work, Say], Any], models: Path | None = None
    ) -> None:
        self.candidates = Candidates(models or _folder_of(agent))
        # Of the version that this server serves; None until it has looked.
        self.number: int | None = None
        self._agent = agent
        self._do = do
        self._changing = threading.Lock()

    @property
    def processor(self) -> MessageProcessor | None:
        """What answers now."""
        return self._agent.processor

    @property
    def file(self) -> Path | None:
        """Where the model lies that answers now."""
        return swapping.model_of(self.processor) if self.processor else None

    def follow(self, wait: bool = True) -> None:
        """Serve the version that is live, if this server does not yet.

        wait: for another thread that is at it; else that is left to it.
        """
        if not self._changing.acquire(blocking=wait):
            return
        try:
            with database.read_scope() as session:
                number = versions.live_number(session)
                if number == self.number:
                    return
                changes = versions.live_changes(session)
            self._loaded(changes)()
            self._is_now(number)
        finally:
            self._changing.release()

    def publish(self, publication: Publication, now: dt.datetime) -> int:
        """Let visitors meet this version, here at once, and soon on the other servers; its number.

        Raises FlowChanged, and whatever loading the model or writing to the database does; then
        everything is as before.
        """
        with self._changing:
            serve = self._loaded(publication.changes)
            number = versions.publish(publication, now)
            serve()
            self._is_now(number)
        return number

    def _loaded(self, changes: Changes) -> Callable[[], None]:
        """Do all that can fail in serving this flow; what is returned cannot, and does serve it."""
        if self.processor is not None and self._fingerprint() == changes.fingerprint:
            return lambda: None
        model = self.candidates.file_of(changes)
        if not model.is_file():
            self._do(partial(flow_tasks.train, self.candidates, self.file, changes), _quietly)
        processor = swapping.loaded(self._agent, model)

        def serve() -> None:
            swapping.swap(self._agent, processor)
            self.candidates.make_newest(changes, model)

        return serve

    def _is_now(self, number: int) -> None:
        logger.info("Version %s of the handoff flow is live here", number)
        self.number = number
        try:
            self.candidates.remove_old()
        except Exception as error:
            # It is live, whatever becomes of the old ones.
            logger.error("Old models cannot be removed", exc_info=logs.place_of(error))

    def _fingerprint(self) -> str:
        slots = self._agent.domain.slots if self._agent.domain else ()
        return overlay.fingerprint_in({slot.name: slot.initial_value for slot in slots})


def _folder_of(agent: Agent) -> Path:
    """Where this server's model came from; a new one has to be the newest there."""
    if agent.processor is None:
        return PROJECT / "models"
    path: Path = agent.processor.model_path
    return path.resolve() if path.is_dir() else path.resolve().parent


def _quietly(_step: str) -> None:
    """Nobody watches."""
