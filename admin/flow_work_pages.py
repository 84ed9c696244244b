"""The pages of what a Rasa server does with the draft: review, publish, rehearse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import (
    flow_draft,
    flow_jobs,
    flow_overview,
    flow_shapes,
    flow_wording,
    flow_work,
    gate,
    reading,
)
from admin.access import person_of
from admin.context import render
from admin.errors import Refused
from support.flow import jobs
from support.models import FlowJob, Role

WORK = "/admin/flow/work"
REHEARSE = "/admin/flow/rehearse"
MAX_MESSAGES = 60
MAX_LENGTH = 1000
STALE = (
    "The draft has been changed since you opened the page{}. This is how it is now; look at it, "
    "and then publish."
)


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(review, "/flow/review", methods=["POST"], name="review_flow")
    pages.add_route(publish, "/flow/publish", methods=["POST"], name="publish_flow")
    pages.add_route(show, "/flow/work/<job_id>", methods=["GET"], name="flow_work")
    pages.add_route(show_stage, "/flow/rehearse", methods=["GET"], name="flow_rehearse")
    pages.add_route(say, "/flow/rehearse", methods=["POST"], name="say_to_flow")
    pages.add_route(show_talk, "/flow/rehearse/<job_id>", methods=["GET"], name="flow_talk")


async def review(request: Request) -> HTTPResponse:
    """Have the draft measured."""
    state = await asyncio.to_thread(flow_draft.read)
    task = {"changes": state.draft.changes.to_json()}
    await asyncio.to_thread(flow_work.record_review, state.draft, person_of(request).name)
    return gate.see_other(f"{WORK}/{await flow_jobs.ask(request, jobs.REVIEW, task, wait=False)}")


async def publish(request: Request) -> HTTPResponse:
    """Let visitors meet the draft, the one that the page has shown. Raises Refused: 403."""
    posted = reading.form(request)
    insist = insists(request, posted)
    try:
        return await start(request, await asyncio.to_thread(_task, posted.get("version"), insist))
    except Refused as why:
        return await flow_overview.page(request, why.status_code, why=str(why))


def _task(seen: str | None, insist: bool) -> dict[str, Any]:
    draft = flow_draft.read().draft
    if draft.number is None:
        raise Refused(409, "nothing_to_publish", "There is no draft; what is live is all there is.")
    if seen != draft.tag:
        by = f" by {draft.changed_by}" if draft.changed_by else ""
        raise Refused(409, "stale", STALE.format(by))
    changes = draft.changes.to_json()
    return {"changes": changes, "revision": draft.revision, "insist": insist}


async def start(request: Request, task: Mapping[str, Any]) -> HTTPResponse:
    """Have something published, and go where its progress is. Raises Refused: 409."""
    job_id = await flow_jobs.ask(request, jobs.PUBLISH, task, wait=False)
    return gate.see_other(f"{WORK}/{job_id}")


def insists(request: Request, posted: Mapping[str, str]) -> bool:
    """Whether it is to be published whatever was measured. Raises Refused: 403."""
    wanted = posted.get("insist") == "yes"
    if wanted and not person_of(request).may(Role.ADMIN):
        raise Refused(403, "forbidden", "Only an admin may insist.")
    return wanted


async def show(request: Request, job_id: str) -> HTTPResponse:
    """How far a review or a publishing is, and what came of it. Raises Refused: 404."""
    job = await flow_jobs.find(job_id, jobs.REVIEW, jobs.PUBLISH)
    state = await asyncio.to_thread(flow_draft.read)
    return render(
        request,
        "flow_work.html",
        state=state,
        job=job,
        at_work=job.status in flow_draft.AT_WORK,
        steps=steps(job),
        figures=flow_wording.FIGURES,
        is_draft=job.task["changes"] == state.draft.changes.to_json(),
        restores=job.task.get("restores"),
        may_insist=person_of(request).may(Role.ADMIN),
    )


def steps(job: FlowJob) -> list[tuple[str, str]]:
    """The parts of the work, each 'done', 'now' or 'later'."""
    known = flow_wording.STEPS[job.kind]
    at = known.index(job.step) if job.step in known else -1
    return [
        (step, "done" if number < at else "now" if number == at else "later")
        for number, step in enumerate(known)
    ]


async def show_stage(request: Request) -> HTTPResponse:
    """Where nothing has been said yet."""
    return await _talk(request, None)


async def say(request: Request) -> HTTPResponse:
    """Say something to the draft; the conversation is held anew from its first message on."""
    posted = reading.form(request)
    said: list[str] = []
    if posted.get("job"):
        said = list((await flow_jobs.find(posted["job"], jobs.REHEARSE)).task["messages"])
    text = posted.get("text", "").strip()
    if not 1 <= len(text) <= MAX_LENGTH:
        return await _talk(
            request, posted.get("job") or None, f"A message has 1 to {MAX_LENGTH} characters."
        )
    if len(said) >= MAX_MESSAGES:
        raise Refused(422, "invalid_value", "This conversation is long enough; begin a new one.")
    state = await asyncio.to_thread(flow_draft.read)
    task = {"changes": state.draft.changes.to_json(), "messages": [*said, text]}
    job_id = await flow_jobs.ask(request, jobs.REHEARSE, task)
    return gate.see_other(f"{REHEARSE}/{job_id}#newest")


async def show_talk(request: Request, job_id: str) -> HTTPResponse:
    """The conversation so far, and the mail that it led to. Raises Refused: 404."""
    return await _talk(request, job_id)


async def _talk(request: Request, job_id: str | None, why: str | None = None) -> HTTPResponse:
    job = await flow_jobs.find(job_id, jobs.REHEARSE) if job_id else None
    state = await asyncio.to_thread(flow_draft.read)
    return render(
        request,
        "flow_rehearse.html",
        status=422 if why else 200,
        state=state,
        job=job,
        shown=flow_shapes.job(job) if job else None,
        at_work=job is not None and job.status in flow_draft.AT_WORK,
        is_draft=job is None or job.task["changes"] == state.draft.changes.to_json(),
        opening=state.flow.trigger_phrases[0],
        why=why,
    )
