"""Work that a Rasa server does, as the pages ask for it and wait a moment for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

from sanic.request import Request

from admin import access
from admin.errors import Refused
from admin.flow_draft import AT_WORK
from support.errors import FlowBusy
from support.flow import jobs
from support.models import FlowJob

# What takes no longer needs no page that says that it goes on.
PATIENCE_SECONDS = 3.0
LOOK_EVERY_SECONDS = 0.1


async def ask(request: Request, kind: str, task: Mapping[str, Any], wait: bool = True) -> str:
    """Ask for work; its id. wait: give it a moment to be done. Raises Refused: 409."""
    actor = access.person_of(request).name
    try:
        job_id = await asyncio.to_thread(jobs.add, kind, task, actor, _now())
    except FlowBusy as error:
        raise Refused(409, "busy", str(error)) from None
    end = time.monotonic() + (PATIENCE_SECONDS if wait else 0.0)
    while time.monotonic() < end:
        job = await asyncio.to_thread(jobs.find, job_id, _now())
        if job is None or job.status not in AT_WORK:
            break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return job_id


async def find(job_id: str, *kinds: str) -> FlowJob:
    """A job of one of these kinds. Raises Refused: 404."""
    job = await asyncio.to_thread(jobs.find, job_id[:32], _now())
    if job is None or job.kind not in kinds:
        raise Refused(404, "not_found", "There is no such work; it is kept for a day.")
    return job


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
