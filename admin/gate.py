"""The gate before every handler below /admin: who is asking, whether they may, and the record.

Pages know people by the session in a cookie, the API by a token; neither takes the other's.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from urllib.parse import quote

from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from admin import access, reading
from admin.access import Rule
from admin.context import path_of, render, session_of, site_of
from admin.errors import Refused
from support import api_tokens, audit, people, sign_ins
from support.delivery import utc_now
from support.people import TOKEN_HOLDER, Person

logger = logging.getLogger(__name__)
HOME = "/admin"
API = "/admin/api/"
# Only our own pages: a link must not make signing in lead to somebody else's site.
OWN_PAGE = re.compile(r"/admin(/[A-Za-z0-9-]+)+")
# What the record may tell of an address: never what somebody searched for.
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,40}")
NAMES_RECORDED = 20
# What the pages add to their own addresses to say what has just been done.
NO_FILTERS = {"done", "saved"}


async def admit(request: Request) -> HTTPResponse | None:
    """Let a request on to its handler, or answer it. Raises Refused: 401, 403 or 503."""
    if request.route is None:
        return None
    path = access.address(request.route.path)
    if path != HOME and not path.startswith(f"{HOME}/"):
        return None
    rule = access.ROUTES.get(access.key_of(request))
    if rule is None:
        raise Refused(403, "forbidden", "Nobody may do this, because no role is said to.")
    if rule.needs is None:
        return None
    is_api = path.startswith(API)
    person = await (_bearer(request) if is_api else _browser(request))
    if person is None:
        return await _stranger(request, is_api)
    request.ctx.person = person
    if not person.may(rule.needs):
        return _not_allowed(request, person, rule)
    if request.method == "POST" and not is_api:
        check_form(request)
    if rule.look is not None:
        await record_look(request, rule.look)
    return None


async def sign_in_page(
    request: Request,
    error: str | None = None,
    *,
    at: str = "token",
    name: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    """The form that asks who is there. at: 'token' or 'password', where the error belongs."""
    target = own_page(request.args.get("next", "") or reading.form(request).get("next", ""))
    return render(
        request,
        "sign_in.html",
        status=status,
        headers=headers,
        error=error,
        at=at,
        name=name,
        target=target,
        with_names=await asyncio.to_thread(people.are_there),
    )


async def record_look(request: Request, action: str) -> None:
    """Write down that somebody is about to see visitors' data, and by which filters.

    Raises Refused: 503; what cannot be written is not shown.
    """
    person = access.person_of(request)
    of = next((value for value in request.match_info.values() if PLAIN.fullmatch(value)), None)
    names = set(request.args) - NO_FILTERS
    used = sorted(name for name in names if PLAIN.fullmatch(name))[:NAMES_RECORDED]
    detail = {"by": used} if used else {}
    try:
        await asyncio.to_thread(audit.look, person.name, action, of, utc_now(), detail)
    except SQLAlchemyError as error:
        logger.error("%s could not be recorded: %s", action, type(error).__name__)
        raise Refused(
            503,
            "not_recorded",
            "Looking at personal data is recorded, and that is not possible just now. Try again "
            "in a moment.",
            headers={"Retry-After": "5"},
        ) from None


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


def own_page(path: str) -> str:
    """The path when it is a page of ours that signing in may lead to, and else nothing."""
    known = any(path == page or path.startswith(f"{page}/") for page in access.PAGES)
    return path if known and OWN_PAGE.fullmatch(path) else ""


async def _browser(request: Request) -> Person | None:
    session = session_of(request)
    if session is None or not session.signed_in:
        return None
    return await asyncio.to_thread(sign_ins.person, session.id, utc_now())


async def _bearer(request: Request) -> Person | None:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    token = rest.strip()
    given = token.encode("utf-8", "surrogateescape")
    if scheme.lower() != "bearer":
        return None
    if hmac.compare_digest(given, site_of(request).config.admin_token.encode()):
        return TOKEN_HOLDER
    if not token.startswith(api_tokens.PREFIX):
        return None
    return await asyncio.to_thread(api_tokens.owner, token, utc_now())


async def _stranger(request: Request, is_api: bool) -> HTTPResponse:
    if is_api:
        raise Refused(
            401,
            "unauthorized",
            "Send a token of yours, or the admin token: 'Authorization: Bearer <token>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if request.method != "GET":
        return see_other(HOME)
    if path_of(request).rstrip("/") == HOME:
        return await sign_in_page(request)
    return see_other(f"{HOME}?next={quote(path_of(request))}")


def _not_allowed(request: Request, person: Person, rule: Rule) -> HTTPResponse:
    if request.method == "GET" and path_of(request).rstrip("/") == HOME:
        return see_other(access.navigation(person)[0][1])
    needs = rule.needs.value if rule.needs else "none"
    raise Refused(
        403,
        "forbidden",
        f"This needs the role {needs}; {person.name} has the role {person.role.value}.",
    )
