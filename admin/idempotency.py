"""Idempotency-Key: a call of the API that changes something, repeated, is done once.

What was answered is kept for a day. A refusal is not: it did nothing, so that the next try may
succeed. Of what was asked only a hash is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from admin import access
from admin.errors import Refused
from support import once
from support.delivery import utc_now
from support.errors import KeyReused, StillAtWork
from support.once import Answer

logger = logging.getLogger(__name__)

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]
HEADER = "Idempotency-Key"
KEY = re.compile("[!-~]{1,200}")
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
API = "admin/api/"
# The other headers are made anew for each answer.
KEPT_HEADERS = ("etag", "location")
# An event loop keeps no task alive by itself.
_RUNNING: set[asyncio.Future[HTTPResponse]] = set()
# A secret that only its owner knows must not lie in the database for a day.
SHOWN_ONCE = Answer(
    409,
    {},
    '{"error": {"code": "shown_once", "message": "This was done. The answer held a secret and is '
    'not kept: make another, and revoke or disable what came of this."}}',
)


def cover(app: Sanic) -> None:
    """Let every writing route of the API that the app has by now take a key.

    Around the handlers, not in a middleware: by then it is known who is asking.
    """
    for route in app.router.routes:
        if route.path.startswith(API) and WRITES & set(route.methods):
            route.handler = _done_once(route.handler)


def _done_once(handler: Handler) -> Handler:
    @wraps(handler)
    async def keyed(request: Request, **kwargs: Any) -> HTTPResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return await handler(request, **kwargs)
        if not KEY.fullmatch(key):
            raise Refused(
                400,
                "invalid_key",
                f"{HEADER} must have 1 to 200 printable ASCII characters and no blanks.",
                HEADER,
            )
        call = asyncio.ensure_future(_once(request, key, partial(handler, request, **kwargs)))
        # The server cancels a handler whose caller has gone, while what it does in a thread goes
        # on: unkept, the answer would be missing when the caller comes back, and all be done again.
        _RUNNING.add(call)
        call.add_done_callback(_RUNNING.discard)
        return await asyncio.shield(call)

    return keyed


async def _once(
    request: Request, key: str, handler: Callable[[], Coroutine[Any, Any, HTTPResponse]]
) -> HTTPResponse:
    person = access.person_of(request)
    actor = f"{person.user_id or 'token'} {person.name}"
    answered = await asyncio.to_thread(_begin, actor, key, _fingerprint(request))
    if answered is not None:
        return _again(answered)
    try:
        response = await handler()
    except Exception:
        await asyncio.to_thread(once.abandon, actor, key)
        raise
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = Answer(response.status, headers, (response.body or b"").decode())
    if access.ROUTES[access.key_of(request)].shown_once:
        answer = SHOWN_ONCE
    try:
        await asyncio.to_thread(once.finish, actor, key, answer)
    except SQLAlchemyError as error:
        # It is done, and whoever asked is to know.
        logger.error("An answer could not be kept for its key: %s", type(error).__name__)
    return response


def _begin(actor: str, key: str, fingerprint: str) -> Answer | None:
    try:
        return once.begin(actor, key, fingerprint, utc_now())
    except KeyReused as error:
        raise Refused(422, "key_reused", str(error), HEADER) from None
    except StillAtWork as error:
        raise Refused(409, "still_at_work", str(error), headers={"Retry-After": "1"}) from None


def _again(answer: Answer) -> HTTPResponse:
    return HTTPResponse(
        answer.body,
        status=answer.status,
        headers={**answer.headers, "Idempotency-Replayed": "true"},
        content_type="application/json",
    )


def _fingerprint(request: Request) -> str:
    parts = (
        request.method,
        request.path,
        request.query_string,
        request.headers.get("if-match", ""),
    )
    digest = hashlib.sha256()
    for part in (*(part.encode("utf-8", "surrogateescape") for part in parts), request.body):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
