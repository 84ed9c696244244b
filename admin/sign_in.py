"""Signing in, with a name and a password or with the admin token, and out again."""

from __future__ import annotations

import asyncio

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, reading
from admin.context import session_of, site_of
from admin.gate import HOME, own_page, see_other, sign_in_page
from admin.sessions import BrowserSession
from support import clients, sign_in_tries, sign_ins
from support.delivery import utc_now
from support.errors import SignInRefused, TooManySignIns
from support.sign_in_tries import Try

# Somebody on this machine, or everybody behind a proxy that PROXIES does not count.
LOCAL = "local"
OLD_PAGE = "This page had grown old. Please try again."


async def sign_in(request: Request) -> HTTPResponse:
    """Check what was typed; what is right begins a session, wrong tries are slowed down."""
    posted = reading.form(request)
    name = posted.get("name", "")
    at = "password" if "password" in posted else "token"
    session = session_of(request)
    if session is None or not site_of(request).sessions.accepts(session, posted.get("csrf", "")):
        return await sign_in_page(request, OLD_PAGE, at=at, name=name, status=403)
    try:
        secret = await asyncio.to_thread(_begin, request, posted)
    except TooManySignIns as error:
        wait = {"Retry-After": str(error.seconds)}
        return await sign_in_page(request, str(error), at=at, name=name, status=429, headers=wait)
    except SignInRefused as error:
        return await sign_in_page(request, str(error), at=at, name=name, status=403)
    return signed_in(request, secret, own_page(posted.get("next", "")) or HOME)


async def sign_out(request: Request) -> HTTPResponse:
    """End this browser's session, for whoever has copied the cookie too."""
    session, person = session_of(request), access.person_of(request)
    if session is not None:
        now = utc_now()
        await asyncio.to_thread(sign_ins.end, session.id, person, now)
    response = see_other(HOME)
    sessions = site_of(request).sessions
    sessions.give(response, sessions.begin())
    return response


def signed_in(request: Request, secret: str, target: str) -> HTTPResponse:
    """Send the browser on, with the session that has just begun and no other."""
    response = see_other(target)
    site_of(request).sessions.give(response, BrowserSession(secret, signed_in=True))
    return response


def try_of(request: Request, name: str | None) -> Try:
    """This try to sign in, for the brake. name: None for the admin token."""
    config = site_of(request).config
    forwarded = ",".join(request.headers.getall("x-forwarded-for", []))
    client = clients.of(config, request.ip, forwarded) or LOCAL
    return sign_in_tries.of(client, name, config.secret_key)


def _begin(request: Request, posted: dict[str, str]) -> str:
    now = utc_now()
    if "password" not in posted:
        expected = site_of(request).config.admin_token
        given = posted.get("token", "").strip()
        return sign_ins.by_admin_token(given, expected, try_of(request, None), now)
    name = posted.get("name", "")
    return sign_ins.by_password(name, posted["password"], try_of(request, name), now)
