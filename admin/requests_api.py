"""Requests over the API: listing, reading, working on them, exporting."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable, Coroutine
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import exporting, listing, reading, working
from admin.access import person_of
from admin.answering import answer
from admin.errors import Refused
from admin.wanted import FILTERS, wanted
from support.work import Action

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]
TAG = re.compile(r'"?([0-9]{1,18})"?')


def add_api(api: Blueprint) -> None:
    """Each with its address below /admin/api."""
    api.add_route(list_requests, "/requests", methods=["GET"])
    api.add_route(exporting.export, "/requests/export", methods=["GET"], name="export_requests")
    api.add_route(read_request, "/requests/<reference>", methods=["GET"])
    api.add_route(add_note, "/requests/<reference>/notes", methods=["POST"])
    api.add_route(resend, "/requests/<reference>/resend", methods=["POST"])
    for action in Action:
        address = f"/requests/<reference>/{action.value}"
        api.add_route(_doing(action), address, methods=["POST"], name=f"request_{action.name}")


async def list_requests(request: Request) -> HTTPResponse:
    """Requests; `next` is the cursor to go on with."""
    reading.only(request.args, (*FILTERS, "limit", "cursor"))
    asked, limit, after = wanted(request), reading.limit(request), reading.cursor(request)
    page = await asyncio.to_thread(listing.page, asked, limit, after)
    return answer({"requests": page.rows, "next": page.following})


async def read_request(request: Request, reference: str) -> HTTPResponse:
    """One request with transcript, history and deliveries. Raises Refused: 404."""
    return await _answer(request, reference)


async def add_note(request: Request, reference: str) -> HTTPResponse:
    """Write a note for the team."""
    given = _texts(reading.json_object(request), ("text",))
    await working.note(person_of(request), reference, given["text"])
    return await _answer(request, reference, 201)


async def resend(request: Request, reference: str) -> HTTPResponse:
    """Make a delivery again."""
    given = _texts(reading.json_object(request), ("delivery", "to"))
    await working.resend(person_of(request), reference, given["delivery"], given["to"])
    return await _answer(request, reference, 201)


def _doing(action: Action) -> Handler:
    """The handler that does this."""

    async def handler(request: Request, reference: str, *, action: Action) -> HTTPResponse:
        await working.do(person_of(request), reference, action, _seen(request))
        return await _answer(request, reference)

    return functools.partial(handler, action=action)


def _seen(request: Request) -> int | None:
    """The version that the caller has read. Raises Refused for a tag that is none of ours."""
    tag = request.headers.get("if-match")
    if tag is None or tag.strip() == "*":
        return None
    found = TAG.fullmatch(tag.strip())
    if found is None:
        raise Refused(412, "stale", "If-Match must be the ETag of a request, as it was read.")
    return int(found[1])


def _texts(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """These texts, all of them and nothing else. Raises Refused: 422."""
    reading.only(given, names)
    for name in names:
        if not isinstance(given.get(name), str):
            raise Refused(422, "invalid_value", f"{name} must be a text.", name)
    return given


async def _answer(request: Request, reference: str, status: int = 200) -> HTTPResponse:
    found = await asyncio.to_thread(listing.find, reference)
    return answer(found, status, headers={"ETag": f'"{found["version"]}"'})
