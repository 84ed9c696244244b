"""Follows the published flow in this Rasa server, and does what Support Operations asks of it.

Two threads beside the one that talks to visitors: one looks twice a second which version is live
and answers short questions; the other, of lower priority, trains, measures and rehearses. A model
is swapped with `agent.load_model`, which the conversations that go on do not notice.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from sqlalchemy.exc import SQLAlchemyError

from components import flow_review, understanding, vector_cache
from components.candidates import Candidates
from components.understanding import Examples
from support import audit, database
from support.config import PROJECT
from support.errors import SupportError
from support.flow import document, jobs, labelled, overlay, project, versions
from support.flow.document import Changes
from support.flow.versions import Publication
from support.models import FlowJob, JobStatus

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.4
# After something failed, such as a database that is away.
LOOK_AGAIN_SECONDS = 5.0
# The worker takes the processor only when the visitors' thread does not want it.
NICENESS = 5
# How long one thread may keep Python from the others while a model is trained.
SWITCH_SECONDS = 0.001
REASON_LENGTH = 500
QUESTIONS = (jobs.CHECK,)
WORK = (jobs.PUBLISH, jobs.REVIEW, jobs.REHEARSE)


class Publisher:
    """This server's part in publishing."""

    def __init__(self, agent: Agent, models: Path | None = None) -> None:
        self._agent = agent
        self._server = uuid.uuid4().hex
        self._candidates = Candidates(models or _folder_of(agent))
        self._stopping = threading.Event()
        self._following = threading.Lock()
        self._live: int | None = None
        self._working_on: str | None = None
        self._examples: tuple[int, Examples] | None = None
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._watch, "flow-watch"), (self._work, "flow-work"))
        ]

    def start(self) -> None:
        """Begin to follow and to work."""
        # Visitors' messages wait for no more than this while Python code trains.
        sys.setswitchinterval(SWITCH_SECONDS)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; work that is under way is given up, and found lost by whoever looks."""
        self._stopping.set()

    # --- the threads ---

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            self._safely(self._look)

    def _work(self) -> None:
        _be_nice()
        cold = self._texts_to_encode()
        while not self._stopping.wait(0.0 if cold else LOOK_EVERY_SECONDS):
            self._safely(lambda: self._take(WORK))
            self._safely(lambda: self._warm_up(cold))

    def _look(self) -> None:
        self.follow()
        if self._working_on:
            jobs.progress(self._working_on, self._server, None, _now())
        self._take(QUESTIONS)

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SQLAlchemyError as error:
            logger.error("The flow's tables cannot be read: %s", type(error).__name__)
            self._stopping.wait(LOOK_AGAIN_SECONDS)
        except Exception:
            logger.exception("Following the published flow failed; the live one stays")
            self._stopping.wait(LOOK_AGAIN_SECONDS)

    def _texts_to_encode(self) -> list[str]:
        texts = [item.text for item in labelled.read_messages(labelled.MESSAGES)]
        return [*project.read().examples, *texts]

    def _warm_up(self, cold: list[str]) -> None:
        """Encode some of what every measuring needs; once on a machine, while nobody waits."""
        if not cold or self._agent.processor is None:
            return
        some = [cold.pop() for _ in range(min(understanding.PORTION, len(cold)))]
        understanding.read(self._agent.processor, some)
        if not cold:
            vector_cache.save()

    # --- following ---

    def follow(self) -> None:
        """Serve the version that is live, if this server does not yet."""
        with self._following:
            with database.read_scope() as session:
                number = versions.live_number(session)
                if number == self._live:
                    return
                changes = versions.live_changes(session)
            if self._agent.processor is None or _flow_of(self._agent) != changes.fingerprint:
                model = self._candidates.model_of(changes)
                self._agent.load_model(model)
                self._candidates.make_newest(changes, model)
                logger.info("Version %s of the handoff flow is live here", number)
            self._live = number
            self._examples = None
            self._candidates.remove_old()

    # --- work ---

    def _take(self, kinds: Sequence[str]) -> None:
        job = jobs.claim(self._server, kinds, _now())
        if job is None:
            return
        long = job.kind in WORK
        self._working_on = str(job.id) if long else self._working_on
        try:
            status, result = self._do(job)
        except SQLAlchemyError:
            raise
        except Exception as error:
            logger.exception("Work on the flow failed: %s", job.kind)
            why = str(error) or type(error).__name__
            status, result = JobStatus.FAILED, {"reasons": [why[:REASON_LENGTH]]}
        finally:
            self._working_on = None if long else self._working_on
        jobs.finish(str(job.id), self._server, status, result, _now())

    def _do(self, job: FlowJob) -> tuple[JobStatus, dict[str, Any]]:
        if job.kind == jobs.CHECK:
            return JobStatus.DONE, {"phrases": self._check(job.task["texts"])}
        changes = Changes.from_json(job.task["changes"])
        if job.kind == jobs.REHEARSE:
            self._say(job, "Making the draft ready to talk to")
            candidate = self._candidates.rehearsal_of(changes)
            return JobStatus.DONE, asyncio.run(candidate.talk(job.task["messages"])).to_json()
        number, result = self._review(job, changes)
        if job.kind == jobs.REVIEW:
            return JobStatus.DONE, result
        return self._publish(job, changes, number, result)

    def _check(self, texts: list[str]) -> list[dict[str, Any]]:
        processor = self._agent.processor
        with database.read_scope() as session:
            number, changes = versions.live_number(session), versions.live_changes(session)
        if self._examples is None or self._examples[0] != number:
            flow = document.laid_over(changes, project.read())
            self._examples = number, flow_review.examples_of(processor, flow)
        return flow_review.check(texts, processor, self._examples[1])

    def _review(self, job: FlowJob, changes: Changes) -> tuple[int, dict[str, Any]]:
        """The live version that was compared with, and how the candidate compares."""
        self.follow()
        with database.read_scope() as session:
            number, before = versions.live_number(session), versions.live_changes(session)
        self._say(job, "Training")
        candidate = self._candidates.rehearsal_of(changes)
        vector_cache.save()
        return number, flow_review.review(
            self._agent.processor, before, changes, candidate, lambda step: self._say(job, step)
        )

    def _publish(
        self, job: FlowJob, changes: Changes, number: int, result: dict[str, Any]
    ) -> tuple[JobStatus, dict[str, Any]]:
        insisted = bool(result["reasons"]) and bool(job.task.get("insist"))
        if result["reasons"] and not insisted:
            with database.session_scope() as session:
                audit.record(session, job.actor, "flow.refused", None, _now(),
                             {"reasons": result["reasons"]})  # fmt: skip
            return JobStatus.REFUSED, result
        self._say(job, "Going live")
        publication = Publication(
            changes,
            number,
            str(job.actor),
            result["changes"],
            result["figures"],
            job.task.get("restores"),
            job.task.get("revision"),
            result["reasons"] if insisted else [],
        )
        try:
            version = versions.publish(publication, _now())
        except SupportError as error:
            return JobStatus.REFUSED, {**result, "reasons": [str(error)]}
        self.follow()
        return JobStatus.DONE, {**result, "version": version}

    def _say(self, job: FlowJob, step: str) -> None:
        if not jobs.progress(str(job.id), self._server, step, _now()):
            raise RuntimeError(jobs.LOST)


def _folder_of(agent: Agent) -> Path:
    """Where this server's model came from; a new one has to be the newest there."""
    if agent.processor is None:
        return PROJECT / "models"
    path: Path = agent.processor.model_path
    return path.resolve() if path.is_dir() else path.resolve().parent


def _flow_of(agent: Agent) -> str:
    values = {slot.name: slot.initial_value for slot in agent.domain.slots} if agent.domain else {}
    return overlay.fingerprint_in(values)


def _be_nice() -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (AttributeError, OSError) as error:
        logger.info("Training runs at the usual priority: %s", error)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
