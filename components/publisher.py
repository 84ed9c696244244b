"""Follows the published flow in this Rasa server, and does what Support Operations asks of it.

Two threads beside the one that talks to visitors: one looks twice a second which version is live
and answers short questions; the other has what takes seconds done in a process of its own. A model
is loaded beside the one that answers, and takes its place between two messages.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from sqlalchemy.exc import SQLAlchemyError

from components import flow_review, flow_tasks, vector_cache
from components.live_model import LiveModel
from components.understanding import Examples
from components.workshop import Work, Workshop
from support import audit, database
from support.errors import FlowChanged, WorkFailed, WorkshopClosed
from support.flow import document, jobs, project, versions
from support.flow.document import Changes
from support.flow.versions import Publication
from support.models import FlowJob, JobStatus

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.25
# After something failed, such as a database that is away.
LOOK_AGAIN_SECONDS = 5.0
# After the live version could not be loaded: trying costs seconds of a core.
FOLLOW_AGAIN_SECONDS = 30.0
# How long one thread may keep Python from the others while a model is loaded.
SWITCH_SECONDS = 0.001
REASON_LENGTH = 500
QUESTIONS = (jobs.CHECK,)
WORK = (jobs.PUBLISH, jobs.REVIEW, jobs.REHEARSE)


class Publisher:
    """This server's part in publishing. workshop: None: work is done in this process."""

    def __init__(self, agent: Agent, workshop: Workshop | None, models: Path | None = None) -> None:
        self._workshop = workshop
        self._live = LiveModel(agent, self._done, models)
        self._server = uuid.uuid4().hex
        self._stopping = threading.Event()
        self._follow_after = 0.0
        self._working_on: str | None = None
        self._examples: tuple[int | None, Examples] | None = None
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._watch, "flow-watch"), (self._work, "flow-work"))
        ]

    def start(self) -> None:
        """Begin to follow and to work."""
        # Visitors' messages wait for no more than this while Python code loads a model.
        sys.setswitchinterval(SWITCH_SECONDS)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; work that is under way is given up, and found lost by whoever looks."""
        self._stopping.set()
        if self._workshop:
            self._workshop.close()

    # --- the threads ---

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            self._safely(self._look)

    def _work(self) -> None:
        self._safely(self._warm_up)
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            self._safely(lambda: self._take(WORK))

    def _look(self) -> None:
        if self._working_on:
            # Never after something that waits for the work: it would be taken for lost.
            jobs.progress(self._working_on, self._server, None, _now())
        if time.monotonic() >= self._follow_after:
            self._follow_after = time.monotonic() + FOLLOW_AGAIN_SECONDS
            self._live.follow(wait=False)
            self._follow_after = 0.0
        self._take(QUESTIONS)

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SQLAlchemyError as error:
            self._follow_after = 0.0
            logger.error("The flow's tables cannot be read: %s", type(error).__name__)
            self._stopping.wait(LOOK_AGAIN_SECONDS)
        except Exception:
            logger.exception("Following the published flow failed; the live one stays")
            self._stopping.wait(LOOK_AGAIN_SECONDS)

    def _warm_up(self) -> None:
        if self._workshop and self._live.file and not flow_tasks.is_warm():
            self._done(partial(flow_tasks.warm_up, self._live.file), _quietly)

    def _done(self, work: Work, say: Callable[[str], None]) -> Any:
        """What the work returns, done in the workshop if there is one."""
        if self._workshop:
            try:
                return self._workshop.do(work, say)
            except WorkshopClosed:
                if self._stopping.is_set():
                    raise
                logger.error("The workshop is gone; work is done in the server's own process")
                self._workshop = None
        return work(say)

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
        changes, say = Changes.from_json(job.task["changes"]), partial(self._say, job)
        if job.kind == jobs.REHEARSE:
            said = partial(
                flow_tasks.rehearse, self._live.candidates, changes, list(job.task["messages"])
            )
            return JobStatus.DONE, self._done(said, say)
        comes_back = job.task.get("restores") is not None
        number, result = self._review(changes, say, comes_back=comes_back)
        if job.kind == jobs.REVIEW:
            return JobStatus.DONE, result
        return self._publish(job, changes, number, result)

    def _check(self, texts: list[str]) -> list[dict[str, Any]]:
        processor, number = self._live.processor, self._live.number
        if self._examples is None or self._examples[0] != number:
            with database.read_scope() as session:
                changes = versions.changes_of(versions.find(session, number or 0))
            flow = document.laid_over(changes, project.read())
            vector_cache.refresh()
            self._examples = number, flow_review.examples_of(processor, flow)
        return flow_review.check(texts, processor, self._examples[1])

    def _review(
        self, changes: Changes, say: Callable[[str], None], *, comes_back: bool
    ) -> tuple[int, dict[str, Any]]:
        """The live version that was compared with, and how the candidate compares."""
        self._live.follow()
        with database.read_scope() as session:
            number, before = versions.live_number(session), versions.live_changes(session)
        live = self._live.file
        if live is None:
            raise WorkFailed("This server has no model yet; try again in a moment.")
        candidates = self._live.candidates
        task = partial(flow_tasks.review, candidates, live, before, changes, comes_back=comes_back)
        return number, self._done(task, say)

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
            version = self._live.publish(publication, _now())
        except FlowChanged as error:
            return JobStatus.REFUSED, {**result, "reasons": [str(error)]}
        return JobStatus.DONE, {**result, "version": version}

    def _say(self, job: FlowJob, step: str) -> None:
        if not jobs.progress(str(job.id), self._server, step, _now()):
            raise RuntimeError(jobs.LOST)


def _quietly(_step: str) -> None:
    """Nobody watches."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
