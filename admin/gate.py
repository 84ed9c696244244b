"""Who may see the pages: signing in and out, and the guard before every other page."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any
from urllib.parse import quote

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import reading
from admin.context import path_of, render, session_of, site_of
from admin.errors import Refused

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]
HOME = "/admin"
# Only our own pages: a link must not make signing in lead to somebody else's site.
OWN_PAGE = re.compile(r"/admin/(requests(/[A-Za-z0-9-]+)?|figures)")


def signed_in(handler: Handler) -> Handler:
    """Let only signed-in browsers reach the handler, and only forms from our own pages."""

    @wraps(handler)
    async def guarded(request: Request, **kwargs: str) -> HTTPResponse:
        session = session_of(request)
        if session is None or not session.signed_in:
            if request.method == "GET" and path_of(request).rstrip("/") == HOME:
                return sign_in_page(request)
            return see_other(f"{HOME}?next={quote(path_of(request))}")
        if request.method == "POST":
            check_form(request)
        return await handler(request, **kwargs)

    return guarded


def sign_in_page(
    request: Request,
    error: str | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    """The form that asks for the admin token."""
    target = _own_page(request.args.get("next", "") or reading.form(request).get("next", ""))
    return render(
        request, "sign_in.html", status=status, headers=headers, error=error, target=target
    )


async def sign_in(request: Request) -> HTTPResponse:
    """Check the token typed; a right one begins a session, wrong ones are slowed down."""
    site, posted = site_of(request), reading.form(request)
    # Sanic fills remote_addr only when PROXIES_COUNT or REAL_IP_HEADER says whom to believe.
    address = request.remote_addr or request.ip
    wait = site.throttle.wait(address)
    if wait:
        again = f"Too many wrong tries. Try again in {wait} seconds."
        return sign_in_page(request, again, status=429, headers={"Retry-After": str(wait)})
    session = session_of(request)
    if session is None or not site.sessions.accepts(session, posted.get("csrf", "")):
        return sign_in_page(request, "This page had grown old. Please try again.", status=403)
    typed = posted.get("token", "").strip().encode()
    if not hmac.compare_digest(typed, site.config.admin_token.encode()):
        site.throttle.wrong(address)
        return sign_in_page(request, "This is not the admin token.", status=403)
    site.throttle.right(address)
    response = see_other(_own_page(posted.get("next", "")) or HOME)
    site.sessions.give(response, site.sessions.begin(signed_in=True))
    return response


async def sign_out(request: Request) -> HTTPResponse:
    """End this browser's session."""
    response = see_other(HOME)
    site = site_of(request)
    site.sessions.give(response, site.sessions.begin(signed_in=False))
    return response


def check_form(request: Request) -> None:
    """Raise Refused unless the form came from a page given to this session."""
    session = session_of(request)
    token = reading.form(request).get("csrf", "")
    if session is None or not site_of(request).sessions.accepts(session, token):
        raise Refused(
            403,
            "forged_form",
            "This form was not sent from a page of yours, or the page had grown old. Nothing was "
            "changed; open Support Operations again.",
        )


def see_other(path: str) -> HTTPResponse:
    """Send the browser on with a GET, so that reloading posts nothing again."""
    return HTTPResponse(status=303, headers={"Location": path})


def _own_page(path: str) -> str:
    return path if OWN_PAGE.fullmatch(path) else ""
