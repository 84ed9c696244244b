"""One's own account: choosing a password by an invitation, changing it, and one's tokens; pages."""

from __future__ import annotations

import asyncio

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, gate, reading, roster, sign_in
from admin.context import render, site_of
from support import database, invitations, passwords, sign_ins
from support.delivery import utc_now
from support.errors import PeopleError, TooManySignIns

HOME = "/admin/account"
TWICE = "This is not the same password as above."


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/account", methods=["GET"], name="account")
    pages.add_route(change_password, "/account/password", methods=["POST"])
    pages.add_route(make_token, "/account/tokens", methods=["POST"], name="make_own_token")
    pages.add_route(revoke_token, "/account/tokens/<token_id>", methods=["POST"])
    pages.add_route(show_invitation, "/invitation", methods=["GET"])
    pages.add_route(accept_invitation, "/invitation", methods=["POST"])


async def show(request: Request) -> HTTPResponse:
    """Who is signed in, a form for another password, and the tokens."""
    return await _page(request)


async def change_password(request: Request) -> HTTPResponse:
    """Another password; every other browser is signed out."""
    posted, person = reading.form(request), access.person_of(request)
    if person.user_id is None:
        return await _page(request, PeopleError("The admin token is changed on the server."))
    new = posted.get("password", "")
    if new != posted.get("again", ""):
        return await _page(request, PeopleError(TWICE, "again"))
    this = sign_in.try_of(request, person.name)
    try:
        secret = await asyncio.to_thread(
            sign_ins.change_password, person, posted.get("current", ""), new, this, utc_now()
        )
    except PeopleError as error:
        return await _page(request, error)
    except TooManySignIns as error:
        return await _page(request, PeopleError(str(error), "current"), status=429)
    return sign_in.signed_in(request, secret, f"{HOME}?saved=password")


async def make_token(request: Request) -> HTTPResponse:
    """A new token; the answer is the one page that shows it."""
    name = reading.form(request).get("name", "")
    person = access.person_of(request)
    try:
        _, secret = await asyncio.to_thread(roster.make_token, person, name)
    except PeopleError as error:
        return await _page(request, PeopleError(str(error), "name"), name=name)
    return await _page(request, secret=secret)


async def revoke_token(request: Request, token_id: str) -> HTTPResponse:
    """Let one of one's own tokens work no more."""
    person = access.person_of(request)
    await asyncio.to_thread(roster.revoke_token, person, str(person.user_id), token_id)
    return gate.see_other(f"{HOME}?saved=revoked")


async def show_invitation(request: Request) -> HTTPResponse:
    """The form to choose a password with, for whoever has the link."""
    return await _invitation(request, request.args.get("link", ""))


async def accept_invitation(request: Request) -> HTTPResponse:
    """Take the password chosen; the person signs in with it next."""
    gate.check_form(request)
    posted = reading.form(request)
    link, password = posted.get("link", ""), posted.get("password", "")
    if password != posted.get("again", ""):
        return await _invitation(request, link, PeopleError(TWICE, "again"))
    secret_key = site_of(request).config.secret_key
    try:
        person = await asyncio.to_thread(invitations.accept, link, password, secret_key, utc_now())
    except PeopleError as error:
        return await _invitation(request, link, error)
    return render(request, "invitation.html", link="", name=person.name, chosen=True, error=None)


async def _invitation(
    request: Request, link: str, error: PeopleError | None = None
) -> HTTPResponse:
    name = await asyncio.to_thread(_invited, link, site_of(request).config.secret_key)
    if name is None:
        status, error = 404, PeopleError(invitations.USED_UP)
    else:
        status = 422 if error else 200
    return render(
        request,
        "invitation.html",
        status=status,
        link=link,
        name=name,
        chosen=False,
        error=error,
        rule=passwords.RULE,
    )


def _invited(link: str, secret_key: str) -> str | None:
    with database.read_scope() as session:
        user = invitations.invited(session, link, secret_key)
        return None if user is None else str(user.name)


async def _page(
    request: Request,
    error: PeopleError | None = None,
    *,
    status: int = 422,
    name: str = "",
    secret: str | None = None,
) -> HTTPResponse:
    return render(
        request,
        "account.html",
        status=status if error else 200,
        tokens=await asyncio.to_thread(roster.tokens, access.person_of(request)),
        error=error,
        name=name,
        secret=secret,
        rule=passwords.RULE,
        saved=request.args.get("saved"),
    )
