"""People: the pages for admins."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, gate, reading, roster
from admin.context import render, site_of
from support.errors import PeopleError
from support.models import Role

HOME = "/admin/people"
ROLES = {
    Role.AGENT.value: "works on requests",
    Role.DESIGNER.value: "also changes the handoff flow",
    Role.ADMIN.value: "everything, settings and people included",
}


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show_everyone, "/people", methods=["GET"])
    pages.add_route(add, "/people", methods=["POST"])
    pages.add_route(show_one, "/people/<person_id>", methods=["GET"])
    pages.add_route(change, "/people/<person_id>", methods=["POST"])
    pages.add_route(invite, "/people/<person_id>/invitation", methods=["POST"])
    pages.add_route(revoke, "/people/<person_id>/tokens/<token_id>", methods=["POST"])


async def show_everyone(request: Request) -> HTTPResponse:
    """Who there is, and a form to add somebody."""
    return await _everyone(request)


async def add(request: Request) -> HTTPResponse:
    """Add somebody; the answer is the one page that shows the invitation."""
    posted, by = reading.form(request), access.person_of(request)
    name, role = posted.get("name", ""), posted.get("role", "")
    try:
        invitation = await asyncio.to_thread(roster.add, by, name, role, site_of(request).config)
    except PeopleError as error:
        return await _everyone(request, status=422, name=name, role=role, error=error)
    return _one(request, invitation.person, invitation=invitation)


async def show_one(request: Request, person_id: str) -> HTTPResponse:
    """One person: role, access and tokens."""
    return _one(request, await asyncio.to_thread(roster.one, person_id))


async def change(request: Request, person_id: str) -> HTTPResponse:
    """Give another role, disable, or enable again."""
    posted, by = reading.form(request), access.person_of(request)
    disabled = {"yes": True, "no": False}.get(posted.get("disabled", ""))
    try:
        await asyncio.to_thread(roster.change, by, person_id, posted.get("role"), disabled)
    except PeopleError as error:
        person = await asyncio.to_thread(roster.one, person_id)
        return _one(request, person, status=422, error=str(error))
    return gate.see_other(f"{HOME}/{person_id}?saved=yes")


async def invite(request: Request, person_id: str) -> HTTPResponse:
    """A new invitation; the answer is the one page that shows it."""
    by = access.person_of(request)
    try:
        made = await asyncio.to_thread(roster.invite, by, person_id, site_of(request).config)
    except PeopleError as error:
        person = await asyncio.to_thread(roster.one, person_id)
        return _one(request, person, status=422, error=str(error))
    return _one(request, made.person, invitation=made)


async def revoke(request: Request, person_id: str, token_id: str) -> HTTPResponse:
    """Let one of the person's tokens work no more."""
    by = access.person_of(request)
    await asyncio.to_thread(roster.revoke_token, by, person_id, token_id)
    return gate.see_other(f"{HOME}/{person_id}?saved=yes")


async def _everyone(
    request: Request,
    *,
    status: int = 200,
    name: str = "",
    role: str = "",
    error: PeopleError | None = None,
) -> HTTPResponse:
    everyone = await asyncio.to_thread(roster.everyone)
    return render(
        request,
        "people.html",
        status=status,
        people=everyone,
        roles=ROLES,
        name=name,
        role=role,
        error=error,
    )


def _one(
    request: Request,
    shown: dict[str, Any],
    *,
    status: int = 200,
    invitation: roster.Invitation | None = None,
    error: str | None = None,
) -> HTTPResponse:
    return render(
        request,
        "person.html",
        status=status,
        shown=shown,
        roles=ROLES,
        invitation=invitation,
        error=error,
        saved=request.args.get("saved"),
    )
