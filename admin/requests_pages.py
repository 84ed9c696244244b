"""The pages of requests: the list, one request, and what the team does with it."""

from __future__ import annotations

import asyncio

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import exporting, gate, listing, reading, working
from admin.access import person_of
from admin.context import render
from admin.errors import Refused
from admin.wanted import filters, query, wanted
from support.inbox import Wanted
from support.models import Role
from support.work import Action

A_PAGE = 50


def add_pages(pages: Blueprint) -> None:
    """Each with its address below /admin."""
    pages.add_route(show_requests, "/requests", methods=["GET"])
    pages.add_route(exporting.export, "/requests/export", methods=["GET"])
    pages.add_route(show_request, "/requests/<reference>", methods=["GET"])
    pages.add_route(do, "/requests/<reference>/do", methods=["POST"])
    pages.add_route(note, "/requests/<reference>/notes", methods=["POST"])
    pages.add_route(resend, "/requests/<reference>/resend", methods=["POST"])


async def show_requests(request: Request) -> HTTPResponse:
    """Those that the filters let through; filters that cannot be read are shown as they are."""
    person, refused = person_of(request), None
    try:
        asked, after = wanted(request), reading.cursor(request)
        page = await asyncio.to_thread(listing.page, asked, A_PAGE, after)
    except Refused as error:
        asked, refused, page = Wanted(), error, listing.Page([], None)
    return render(
        request,
        "requests.html",
        status=200 if refused is None else refused.status_code,
        page=page,
        asked=asked,
        refused=refused,
        typed={name: request.args.get(name, "") for name in ("q", "since", "until", "taken_by")},
        continued="cursor" in request.args,
        all_filters=filters(request),
        first=query(request),
        older=page.following and query(request, cursor=page.following),
        waiting=await asyncio.to_thread(listing.open_ones),
        takers=await asyncio.to_thread(listing.takers),
        may_export=person.may(Role.ADMIN),
    )


async def show_request(request: Request, reference: str) -> HTTPResponse:
    """One request: who, why, the conversation, and what became of it."""
    return await _page(request, reference)


async def do(request: Request, reference: str) -> HTTPResponse:
    """Take, give back, answer, close or reopen."""
    posted = reading.form(request)
    action, seen = posted.get("action", ""), posted.get("seen", "")
    if action not in {each.value for each in Action} or not (seen.isascii() and seen.isdigit()):
        raise Refused(422, "invalid_value", "This form is not one of this page's.")
    try:
        await working.do(person_of(request), reference, Action(action), int(seen))
    except Refused as why:
        return await _refused(request, reference, why)
    return _back(reference, action)


async def note(request: Request, reference: str) -> HTTPResponse:
    """Write a note."""
    text = reading.form(request).get("text", "")
    try:
        await working.note(person_of(request), reference, text)
    except Refused as why:
        return await _refused(request, reference, why, text)
    return _back(reference, "note")


async def resend(request: Request, reference: str) -> HTTPResponse:
    """Send a message to the team once more."""
    posted = reading.form(request)
    try:
        await working.resend(
            person_of(request), reference, posted.get("delivery", ""), posted.get("to", "")
        )
    except Refused as why:
        return await _refused(request, reference, why)
    return _back(reference, "resend")


def _back(reference: str, done: str) -> HTTPResponse:
    return gate.see_other(f"/admin/requests/{reference}?done={done}")


async def _refused(request: Request, reference: str, why: Refused, typed: str = "") -> HTTPResponse:
    if why.status_code == 404:
        raise why
    # On a page, all of these say the same: it is not as you thought. Only programs tell by 412.
    why.status_code = 409 if why.status_code == 412 else why.status_code
    await gate.record_look(request, "request.viewed")
    return await _page(request, reference, why, typed)


async def _page(
    request: Request, reference: str, why: Refused | None = None, typed: str = ""
) -> HTTPResponse:
    person = person_of(request)
    found = await asyncio.to_thread(listing.find, reference)
    return render(
        request,
        "request.html",
        status=200 if why is None else why.status_code,
        found=found,
        why=why,
        typed=typed,
        done=None if why else request.args.get("done"),
        may_export=person.may(Role.ADMIN),
        may_erase=person.may(Role.ADMIN),
    )
