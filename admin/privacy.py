"""Privacy: what is deleted by itself, erasing a person, and the receipts; pages and API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy import select

from admin import access, gate, reading, shapes, wording
from admin.answering import answer
from admin.context import render, site_of
from admin.errors import Refused
from support import database, matching, person_data, settings
from support.delivery import utc_now
from support.errors import DataChanged, PersonUnclear
from support.matching import Person
from support.models import Erasure
from support.person_data import Found
from support.tracker_rows import TrackerRows

HOME = "/admin/privacy"
RECEIPTS_SHOWN = 20
REFERENCES = 10_000


def add_api(api: Blueprint) -> None:
    """The routes below /admin/api."""
    api.add_route(look_up, "/privacy/person", methods=["POST"])
    api.add_route(list_erasures, "/privacy/erasures", methods=["GET"])
    api.add_route(erase, "/privacy/erasures", methods=["POST"])


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/privacy", methods=["GET"], name="privacy")
    pages.add_route(show_person, "/privacy/person", methods=["POST"])
    pages.add_route(erase_shown, "/privacy/erase", methods=["POST"])


async def look_up(request: Request) -> HTTPResponse:
    """What is stored of a person. Not a GET: whom it is about must not be in an address."""
    body = reading.json_object(request)
    reading.only(body, ("person",))
    wanted = await _wanted(reading.text(body, "person", matching.LENGTH))
    found = await asyncio.to_thread(_find, request, wanted)
    return answer(
        {
            "references": list(found.references),
            "counts": dict(found.counts),
            "others": list(found.others),
        }
    )


async def erase(request: Request) -> HTTPResponse:
    """Erase a person; the answer is the receipt. Raises Refused: 404, 409 or 422."""
    body = reading.json_object(request)
    reading.only(body, ("person", "references"))
    wanted = await _wanted(reading.text(body, "person", matching.LENGTH))
    receipt = await asyncio.to_thread(_erase, request, wanted, _references(body))
    if receipt is None:
        raise Refused(404, "not_found", "Nothing is stored of this person.")
    return answer(shapes.erasure(receipt), status=201)


async def list_erasures(request: Request) -> HTTPResponse:
    """Receipts, newest first; `next` is the cursor to go on with."""
    limit, after = reading.limit(request), reading.cursor(request)
    return answer(await asyncio.to_thread(_receipts, limit, after))


async def show(request: Request) -> HTTPResponse:
    """What is kept for how long, a place to name a person, and the receipts."""
    return await _page(request)


async def show_person(request: Request) -> HTTPResponse:
    """What would be erased, for somebody to agree to."""
    typed = reading.form(request).get("person", "")
    try:
        wanted = await _wanted(typed)
    except Refused as refused:
        return await _page(request, status=422, typed=typed, error=str(refused))
    return await _show(request, wanted, typed)


async def erase_shown(request: Request) -> HTTPResponse:
    """Erase what was shown. When there is more by now, that is shown first."""
    posted = reading.form(request)
    typed = posted.get("person", "")
    wanted = await _wanted(typed)
    try:
        receipt = await asyncio.to_thread(
            _erase, request, wanted, posted.get("references", "").split()
        )
    except Refused as refused:
        return await _show(request, wanted, typed, status=409, error=str(refused))
    return gate.see_other(f"{HOME}?receipt={receipt.id if receipt else 'none'}#receipts")


async def _wanted(typed: str) -> Person:
    current = await asyncio.to_thread(settings.current)
    try:
        return matching.person(typed, current.phone_region)
    except PersonUnclear as error:
        raise Refused(422, "invalid_value", str(error), "person") from None


async def _show(request: Request, wanted: Person, typed: str, **more: Any) -> HTTPResponse:
    found = await asyncio.to_thread(_find, request, wanted)
    return render(
        request,
        "privacy_person.html",
        status=more.pop("status", 200),
        typed=typed,
        wanted=wanted,
        found=found,
        error=more.get("error"),
    )


async def _page(
    request: Request, *, status: int = 200, typed: str = "", error: str | None = None
) -> HTTPResponse:
    current = await asyncio.to_thread(settings.current)
    receipts = await asyncio.to_thread(_receipts, RECEIPTS_SHOWN)
    return render(
        request,
        "privacy.html",
        status=status,
        kept=[s for s in settings.SETTINGS if s.group == settings.PRIVACY],
        current=shapes.settings(current),
        receipts=receipts["erasures"],
        purposes=wording.PURPOSES,
        done=request.args.get("receipt"),
        typed=typed,
        error=error,
    )


def _find(request: Request, wanted: Person) -> Found:
    return person_data.find(wanted, _rows(request), _actor(request), utc_now())


def _erase(request: Request, wanted: Person, shown: Sequence[str] | None) -> Erasure | None:
    try:
        return person_data.erase(wanted, _rows(request), _actor(request), utc_now(), shown)
    except DataChanged as error:
        raise Refused(409, "data_changed", str(error)) from None


def _receipts(limit: int, after: int | None = None) -> dict[str, Any]:
    newest = select(Erasure).order_by(Erasure.id.desc()).limit(limit + 1)
    if after is not None:
        newest = newest.where(Erasure.id < after)
    with database.read_scope() as session:
        return shapes.page("erasures", list(session.scalars(newest)), limit, shapes.erasure)


def _references(body: dict[str, Any]) -> list[str] | None:
    given = body.get("references")
    if given is None and "references" not in body:
        return None
    if (
        not isinstance(given, list)
        or len(given) > REFERENCES
        or not all(isinstance(reference, str) for reference in given)
    ):
        raise Refused(
            422, "invalid_value", "references must be a list of references.", "references"
        )
    return given


def _rows(request: Request) -> TrackerRows:
    return TrackerRows(site_of(request).config.conversations_url)


def _actor(request: Request) -> str:
    return access.person_of(request).name
