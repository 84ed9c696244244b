"""Work on the flow that a Rasa server does: asking for it, waiting a moment, saying how it stands.

An answer comes at once when the work is done within PATIENCE_SECONDS; else it is 202 with the job,
whose progress is at /admin/api/flow/jobs/<id>. `Prefer: respond-async` asks for that right away.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Mapping
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, flow_shapes
from admin.errors import Refused
from support import audit, database
from support.errors import FlowBusy
from support.flow import jobs
from support.flow.document import Changes
from support.flow.versions import Draft
from support.models import FlowJob, JobStatus, Role
from support.people import Person

# Less than the action server allows a call.
PATIENCE_SECONDS = 12.0
LOOK_EVERY_SECONDS = 0.1
NO_SERVER = "No Rasa server has taken this up yet; ask again in a moment."


async def check(texts: list[str], request: Request) -> HTTPResponse:
    """What each phrase is understood as."""
    return await _ask_and_await(jobs.CHECK, {"texts": texts}, request)


async def review(draft: Draft, request: Request) -> HTTPResponse:
    """What the draft would change."""
    await asyncio.to_thread(record_review, draft, access.person_of(request).name)
    return await _ask_and_await(jobs.REVIEW, {"changes": draft.changes.to_json()}, request)


async def rehearse(draft: Draft, texts: list[str], request: Request) -> HTTPResponse:
    """What comes of these messages with the draft."""
    task = {"changes": draft.changes.to_json(), "messages": texts}
    return await _ask_and_await(jobs.REHEARSE, task, request)


async def publish(draft: Draft, sent: Mapping[str, Any], request: Request) -> HTTPResponse:
    """Let the draft go live."""
    task = {
        "changes": draft.changes.to_json(),
        "revision": draft.revision,
        "insist": _insists(sent, request),
    }
    return await _ask_and_await(jobs.PUBLISH, task, request)


async def restore(
    number: int, changes: Changes, sent: Mapping[str, Any], request: Request
) -> HTTPResponse:
    """Let an old version go live again."""
    task = {
        "changes": changes.to_json(),
        "restores": number,
        "insist": _insists(sent, request),
    }
    return await _ask_and_await(jobs.PUBLISH, task, request)


async def newest_publishing() -> HTTPResponse:
    """How far the last publishing is. Raises Refused: 404."""
    job = await asyncio.to_thread(newest)
    if job is None:
        raise Refused(404, "not_found", "Nothing has been published yet.")
    return _shown(job)


async def read(job_id: str) -> HTTPResponse:
    """How far a piece of work is. Raises Refused: 404."""
    job = await asyncio.to_thread(jobs.find, job_id, _now())
    if job is None:
        raise Refused(404, "not_found", "There is no such work; it is kept for a day.")
    return _shown(job)


def newest() -> FlowJob | None:
    """The last publishing, found lost if its server has died."""
    job = jobs.newest(jobs.PUBLISH)
    return jobs.find(str(job.id), _now()) if job else None


async def _ask_and_await(kind: str, task: Mapping[str, Any], request: Request) -> HTTPResponse:
    job_id = await _ask(kind, task, access.person_of(request))
    if "respond-async" in request.headers.get("prefer", ""):
        job = await asyncio.to_thread(jobs.find, job_id, _now())
        return _shown(job, 202)
    return await _await(job_id)


async def _ask(kind: str, task: Mapping[str, Any], person: Person) -> str:
    try:
        return await asyncio.to_thread(jobs.add, kind, task, person.name, _now())
    except FlowBusy as error:
        raise Refused(409, "busy", str(error)) from None


async def _await(job_id: str) -> HTTPResponse:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        job = await asyncio.to_thread(jobs.find, job_id, _now())
        at_work = job is not None and job.status in (JobStatus.QUEUED, JobStatus.RUNNING)
        if not at_work or time.monotonic() > end:
            break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    if job is None:
        raise Refused(404, "not_found", "The work has been removed meanwhile.")
    if at_work:
        return _shown(job, 202)
    if job.status == JobStatus.DONE:
        return _answer(job.result, 200)
    reasons = " ".join(job.result.get("reasons", ()))
    if job.status == JobStatus.REFUSED:
        raise Refused(409, "refused", f"Not published: {reasons}")
    raise Refused(503, "failed", f"It could not be done, and nothing has changed: {reasons}")


def record_review(draft: Draft, actor: str) -> None:
    """Write down that somebody had the draft measured."""
    target = f"version {draft.number}" if draft.number else None
    with database.session_scope() as session:
        audit.record(session, actor, "flow.reviewed", target, _now())


def _insists(sent: Mapping[str, Any], request: Request) -> bool:
    insist = sent.get("insist", False)
    if not isinstance(insist, bool):
        raise Refused(422, "invalid_value", "insist must be true or false.", "insist")
    if insist and not access.person_of(request).may(Role.ADMIN):
        raise Refused(403, "forbidden", "Only an admin may insist.", "insist")
    return insist


def _shown(job: FlowJob | None, status: int = 200) -> HTTPResponse:
    if job is None:
        raise Refused(404, "not_found", "There is no such work.")
    headers = {"Location": f"/admin/api/flow/jobs/{job.id}"} if status == 202 else None
    return _answer(flow_shapes.job(job), status, headers)


def _answer(body: object, status: int, headers: dict[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(json.dumps(body), status, headers=headers, content_type="application/json")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
