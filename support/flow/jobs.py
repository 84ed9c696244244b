"""Work on the flow that only a Rasa server can do, handed over in a table.

Support Operations writes a job, one Rasa server takes it, whichever and wherever it is, and writes
down how far it is and what came of it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from support import database
from support.errors import FlowBusy
from support.models import FlowJob, JobStatus

CHECK, REVIEW, REHEARSE, PUBLISH = "check", "review", "rehearse", "publish"
# A server that has not been heard of for so long has died with its job.
LOST_AFTER = dt.timedelta(seconds=30)
KEPT_FOR = dt.timedelta(days=1)
LOST = "The Rasa server that did this is gone; what visitors meet has not changed. Try again."
UNTAKEN = "No Rasa server has taken this up: is one running, with this database?"
_AT_WORK = (JobStatus.QUEUED, JobStatus.RUNNING)


def add(kind: str, task: Mapping[str, Any], actor: str, now: dt.datetime) -> str:
    """Ask for work; its id. Raises FlowBusy when another publishing is at work."""
    with database.session_scope() as session:
        _give_up_lost(session, now)
        session.execute(
            delete(FlowJob).where(
                FlowJob.created_at < now - KEPT_FOR, FlowJob.status.not_in(_AT_WORK)
            )
        )
        if kind == PUBLISH:
            database.lock(session, FlowJob.__tablename__)
            query = select(FlowJob).where(FlowJob.kind == kind, FlowJob.status.in_(_AT_WORK))
            running = session.scalars(query).first()
            if running is not None:
                raise FlowBusy(f"{running.actor} is publishing a version; wait until that is done.")
        job = FlowJob(
            id=uuid.uuid4().hex,
            kind=kind,
            status=JobStatus.QUEUED,
            actor=actor,
            created_at=now,
            task=dict(task),
        )
        session.add(job)
        return str(job.id)


def find(job_id: str, now: dt.datetime) -> FlowJob | None:
    """A job as it stands."""
    with database.read_scope() as session:
        job: FlowJob | None = session.get(FlowJob, job_id)
        lost = job is not None and _is_lost(session, job, now)
    if lost:
        with database.session_scope() as session:
            _give_up_lost(session, now)
        with database.read_scope() as session:
            job = session.get(FlowJob, job_id)
    return job


def newest(kind: str) -> FlowJob | None:
    """The job of this kind that was asked for last."""
    with database.read_scope() as session:
        query = select(FlowJob).where(FlowJob.kind == kind)
        found: FlowJob | None = session.scalars(
            query.order_by(FlowJob.created_at.desc()).limit(1)
        ).first()
        return found


def claim(server: str, kinds: Sequence[str], now: dt.datetime) -> FlowJob | None:
    """The oldest job that nobody has taken; it is this server's from now on."""
    waiting = select(FlowJob.id).where(FlowJob.status == JobStatus.QUEUED, FlowJob.kind.in_(kinds))
    with database.read_scope() as session:
        job_id = session.scalars(waiting.order_by(FlowJob.created_at).limit(1)).first()
    if job_id is None:
        return None
    with database.session_scope() as session:
        taken = session.execute(
            update(FlowJob)
            .where(FlowJob.id == job_id, FlowJob.status == JobStatus.QUEUED)
            .values(status=JobStatus.RUNNING, claimed_by=server, seen_at=now)
            .execution_options(synchronize_session=False)
        )
        found: FlowJob | None = session.get(FlowJob, job_id) if taken.rowcount else None
        return found


def progress(job_id: str, server: str, step: str | None, now: dt.datetime) -> bool:
    """Say that the job goes on, and with what (None: with the same); False when it was given up."""
    values: dict[str, Any] = {"seen_at": now} | ({"step": step} if step else {})
    return _write(job_id, server, values)


def finish(
    job_id: str, server: str, status: JobStatus, result: Mapping[str, Any], now: dt.datetime
) -> bool:
    """Write down what came of it; False when it was given up meanwhile."""
    values = {"status": status, "result": dict(result), "ended_at": now, "seen_at": now}
    return _write(job_id, server, values)


def _write(job_id: str, server: str, values: Mapping[str, Any]) -> bool:
    with database.session_scope() as session:
        mine = (FlowJob.id == job_id, FlowJob.claimed_by == server)
        written = session.execute(
            update(FlowJob)
            .where(*mine, FlowJob.status == JobStatus.RUNNING)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        return bool(written.rowcount)


def _is_lost(session: Session, job: FlowJob, now: dt.datetime) -> bool:
    before = now - LOST_AFTER
    if job.status == JobStatus.QUEUED:
        return bool(job.created_at < before and not session.scalar(select(_anybody_works(before))))
    return bool(job.status == JobStatus.RUNNING and job.seen_at < before)


def _anybody_works(before: dt.datetime) -> Any:
    """Whether a server has been heard of since; it takes what waits when it is done."""
    return exists().where(FlowJob.seen_at >= before)


def _give_up_lost(session: Session, now: dt.datetime) -> None:
    before = now - LOST_AFTER
    waiting = (FlowJob.status == JobStatus.QUEUED) & (FlowJob.created_at < before)
    works = session.scalar(select(_anybody_works(before)))
    for condition, why in (
        ((FlowJob.status == JobStatus.RUNNING) & (FlowJob.seen_at < before), LOST),
        *([] if works else [(waiting, UNTAKEN)]),
    ):
        session.execute(
            update(FlowJob)
            .where(condition)
            .values(status=JobStatus.FAILED, result={"reasons": [why]}, ended_at=now)
            .execution_options(synchronize_session=False)
        )
