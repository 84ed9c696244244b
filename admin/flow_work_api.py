"""The JSON API of work on the handoff flow: measuring, rehearsing, publishing, how far it is."""

from __future__ import annotations

import asyncio

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_reading, flow_work, reading
from admin.errors import Refused

MAX_PHRASES = 50
MAX_MESSAGES = 60


async def check_phrases(request: Request) -> HTTPResponse:
    """What the live assistant understands by phrases today, and what each is close to."""
    texts = flow_reading.texts(reading.json_object(request), "phrases", MAX_PHRASES)
    return await flow_work.check(texts, request)


async def review_draft(request: Request) -> HTTPResponse:
    """What publishing the draft would change; measured."""
    return await flow_work.review(await asyncio.to_thread(flow_reading.draft), request)


async def rehearse_draft(request: Request) -> HTTPResponse:
    """A conversation with the draft, from its first message on, and the mail it leads to."""
    texts = flow_reading.texts(reading.json_object(request), "messages", MAX_MESSAGES)
    found = await asyncio.to_thread(flow_reading.draft)
    return await flow_work.rehearse(found, texts, request)


async def publish_draft(request: Request) -> HTTPResponse:
    """Let visitors meet the draft, if it is good. Raises Refused: 403, 409, 412 or 503."""
    sent = flow_reading.insisting(request)
    found = await asyncio.to_thread(flow_reading.draft)
    if found.number is None:
        raise Refused(409, "nothing_to_publish", "There is no draft; what is live is all there is.")
    if flow_reading.expected(request) not in (None, found.tag):
        why = f"The draft has been changed by {found.changed_by} since; look at it again."
        raise Refused(412, "stale", why)
    return await flow_work.publish(found, sent, request)


async def read_publishing(_: Request) -> HTTPResponse:
    """How far the last publishing is. Raises Refused: 404."""
    return await flow_work.newest_publishing()


async def read_job(_: Request, job_id: str) -> HTTPResponse:
    """How far a piece of work is. Raises Refused: 404."""
    return await flow_work.read(job_id)
