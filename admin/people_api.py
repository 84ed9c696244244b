"""People and tokens: the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, reading, roster
from admin.answering import answer
from admin.context import site_of
from admin.errors import Refused
from support.errors import PeopleError

T = TypeVar("T")


def add_api(api: Blueprint) -> None:
    """The routes below /admin/api."""
    api.add_route(read_account, "/account", methods=["GET"])
    api.add_route(list_tokens, "/tokens", methods=["GET"])
    api.add_route(make_token, "/tokens", methods=["POST"])
    api.add_route(revoke_token, "/tokens/<token_id>", methods=["DELETE"])
    api.add_route(list_people, "/people", methods=["GET"])
    api.add_route(add_person, "/people", methods=["POST"])
    api.add_route(read_person, "/people/<person_id>", methods=["GET"])
    api.add_route(change_person, "/people/<person_id>", methods=["PATCH"])
    api.add_route(invite, "/people/<person_id>/invitation", methods=["POST"])
    api.add_route(revoke, "/people/<person_id>/tokens/<token_id>", methods=["DELETE"])


async def read_account(request: Request) -> HTTPResponse:
    """Whose token this is, and what it may do."""
    person = access.person_of(request)
    return answer({"id": person.user_id, "name": person.name, "role": person.role.value})


async def list_tokens(request: Request) -> HTTPResponse:
    """One's own tokens."""
    rows = await asyncio.to_thread(roster.tokens, access.person_of(request))
    return answer({"tokens": rows})


async def make_token(request: Request) -> HTTPResponse:
    """A new token; only this answer holds it. Raises Refused: 422."""
    given = _given(request, {"name": str})
    person = access.person_of(request)
    row, secret = await _done(asyncio.to_thread(roster.make_token, person, given["name"]))
    return answer({**row, "token": secret}, 201)


async def revoke_token(request: Request, token_id: str) -> HTTPResponse:
    """Let one of one's own tokens work no more. Raises Refused: 404."""
    person = access.person_of(request)
    await asyncio.to_thread(roster.revoke_token, person, str(person.user_id), token_id)
    return HTTPResponse(status=204)


async def list_people(_: Request) -> HTTPResponse:
    """Everybody, by name; those who have left last."""
    return answer({"people": await asyncio.to_thread(roster.everyone)})


async def add_person(request: Request) -> HTTPResponse:
    """Somebody new; only this answer holds the link. Raises Refused: 422."""
    given = _given(request, {"name": str, "role": str})
    by, config = access.person_of(request), site_of(request).config
    work = asyncio.to_thread(roster.add, by, given["name"], given["role"], config)
    return _invitation(await _done(work))


async def read_person(_: Request, person_id: str) -> HTTPResponse:
    """One person with their tokens. Raises Refused: 404."""
    return answer(await asyncio.to_thread(roster.one, person_id))


async def change_person(request: Request, person_id: str) -> HTTPResponse:
    """Another role, disabled or not. Raises Refused: 404 or 422."""
    given = _given(request, {"role": str, "disabled": bool}, all_needed=False)
    by = access.person_of(request)
    work = asyncio.to_thread(roster.change, by, person_id, given.get("role"), given.get("disabled"))
    return answer(await _done(work))


async def invite(request: Request, person_id: str) -> HTTPResponse:
    """A new link; only this answer holds it. Raises Refused: 404 or 422."""
    by, config = access.person_of(request), site_of(request).config
    return _invitation(await _done(asyncio.to_thread(roster.invite, by, person_id, config)))


async def revoke(request: Request, person_id: str, token_id: str) -> HTTPResponse:
    """Let one of somebody's tokens work no more. Raises Refused: 404."""
    by = access.person_of(request)
    await asyncio.to_thread(roster.revoke_token, by, person_id, token_id)
    return HTTPResponse(status=204)


async def _done(work: Awaitable[T]) -> T:
    try:
        return await work
    except PeopleError as error:
        raise Refused(422, "invalid_value", str(error), error.field) from None


def _given(request: Request, types: dict[str, type], *, all_needed: bool = True) -> dict[str, Any]:
    """The body's fields, of these types and no others. Raises Refused."""
    body = reading.json_object(request)
    reading.only(body, types)
    for name, value in body.items():
        if not isinstance(value, types[name]):
            kind = "text" if types[name] is str else "true or false"
            raise Refused(422, "invalid_value", f"{name} must be {kind}.", name)
    for name in types:
        if all_needed and name not in body:
            raise Refused(422, "invalid_value", f"{name} is missing.", name)
    return body


def _invitation(made: roster.Invitation) -> HTTPResponse:
    return answer({"person": made.person, "link": made.link, "ends_at": made.ends_at}, 201)
