"""Who may do what: one line for each route below /admin, and who is asking.

A route without a line is refused to everybody, and a test fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sanic.request import Request

from support.models import Role
from support.people import Person
from support.work import Action


@dataclass(frozen=True)
class Rule:
    """What a route asks for.

    needs: the least role; None: open to strangers. look: the action that is recorded before the
    answer, for what shows personal data. shown_once: the answer holds a secret, which is not kept
    for a call that is repeated.
    """

    needs: Role | None
    look: str | None = None
    shown_once: bool = False


OPEN = Rule(None)
AGENT = Rule(Role.AGENT)
DESIGNER = Rule(Role.DESIGNER)
ADMIN = Rule(Role.ADMIN)
# One request, with everything that is known of it.
LOOK = Rule(Role.AGENT, look="request.viewed")

ROUTES: Mapping[str, Rule] = {
    # signing in
    "GET /admin/static/{name}": OPEN,
    "POST /admin/sign-in": OPEN,
    "POST /admin/sign-out": AGENT,
    "GET /admin/invitation": OPEN,
    "POST /admin/invitation": OPEN,
    # settings; the page shows the newest requests as well
    "GET /admin": Rule(Role.ADMIN, look="request.listed"),
    "POST /admin": ADMIN,
    "GET /admin/api/settings": ADMIN,
    "PATCH /admin/api/settings": ADMIN,
    "GET /admin/api/settings/history": ADMIN,
    "GET /admin/api/openapi.json": OPEN,
    # requests
    "GET /admin/requests": Rule(Role.AGENT, look="request.listed"),
    "GET /admin/requests/{reference}": LOOK,
    "GET /admin/requests/export": ADMIN,
    "POST /admin/requests/{reference}/do": AGENT,
    "POST /admin/requests/{reference}/notes": AGENT,
    "POST /admin/requests/{reference}/resend": AGENT,
    "GET /admin/api/requests": Rule(Role.AGENT, look="request.listed"),
    "GET /admin/api/requests/export": ADMIN,
    "GET /admin/api/requests/{reference}": LOOK,
    # these answer with the whole request
    "POST /admin/api/requests/{reference}/notes": LOOK,
    "POST /admin/api/requests/{reference}/resend": LOOK,
    **{f"POST /admin/api/requests/{{reference}}/{action.value}": LOOK for action in Action},
    # figures: counts only
    "GET /admin/figures": AGENT,
    "GET /admin/api/figures": AGENT,
    # channels
    "GET /admin/channels": ADMIN,
    "GET /admin/channels/new/{kind}": ADMIN,
    "POST /admin/channels/new/{kind}": ADMIN,
    "POST /admin/channels/test-mail": ADMIN,
    "GET /admin/channels/{channel_id}": ADMIN,
    "POST /admin/channels/{channel_id}": ADMIN,
    "POST /admin/channels/{channel_id}/test": ADMIN,
    "POST /admin/channels/{channel_id}/delete": ADMIN,
    "GET /admin/api/channels": ADMIN,
    "POST /admin/api/channels": ADMIN,
    "GET /admin/api/channels/{channel_id}": ADMIN,
    "PATCH /admin/api/channels/{channel_id}": ADMIN,
    "DELETE /admin/api/channels/{channel_id}": ADMIN,
    "POST /admin/api/channels/{channel_id}/test": ADMIN,
    "POST /admin/api/test-mail": ADMIN,
    # privacy
    "GET /admin/privacy": ADMIN,
    "POST /admin/privacy/person": ADMIN,
    "POST /admin/privacy/erase": ADMIN,
    "POST /admin/api/privacy/person": ADMIN,
    "GET /admin/api/privacy/erasures": ADMIN,
    "POST /admin/api/privacy/erasures": ADMIN,
    # the handoff flow
    "GET /admin/flow": DESIGNER,
    "POST /admin/flow/discard": DESIGNER,
    "GET /admin/flow/export": DESIGNER,
    "GET /admin/flow/import": DESIGNER,
    "POST /admin/flow/import": DESIGNER,
    "GET /admin/flow/phrases": DESIGNER,
    "POST /admin/flow/phrases": DESIGNER,
    "GET /admin/flow/fields": DESIGNER,
    "POST /admin/flow/fields": DESIGNER,
    "GET /admin/flow/new-field": DESIGNER,
    "POST /admin/flow/new-field": DESIGNER,
    "GET /admin/flow/fields/{name}": DESIGNER,
    "POST /admin/flow/fields/{name}": DESIGNER,
    "GET /admin/flow/messages": DESIGNER,
    "POST /admin/flow/messages": DESIGNER,
    "GET /admin/flow/mail": DESIGNER,
    "POST /admin/flow/mail": DESIGNER,
    "GET /admin/flow/chat": DESIGNER,
    "POST /admin/flow/chat": DESIGNER,
    "GET /admin/flow/rehearse": DESIGNER,
    "POST /admin/flow/rehearse": DESIGNER,
    "GET /admin/flow/rehearse/{job_id}": DESIGNER,
    "POST /admin/flow/review": DESIGNER,
    "POST /admin/flow/publish": DESIGNER,
    "GET /admin/flow/work/{job_id}": DESIGNER,
    "GET /admin/flow/versions": DESIGNER,
    "GET /admin/flow/versions/compare": DESIGNER,
    "GET /admin/flow/versions/{number}/export": DESIGNER,
    "POST /admin/flow/versions/{number}/restore": DESIGNER,
    "GET /admin/api/flow": DESIGNER,
    "PUT /admin/api/flow": DESIGNER,
    "DELETE /admin/api/flow": DESIGNER,
    "GET /admin/api/flow/state": DESIGNER,
    "GET /admin/api/flow/guide": DESIGNER,
    "GET /admin/api/flow/file": DESIGNER,
    "PUT /admin/api/flow/file": DESIGNER,
    "POST /admin/api/flow/preview": DESIGNER,
    "POST /admin/api/flow/check": DESIGNER,
    "POST /admin/api/flow/review": DESIGNER,
    "POST /admin/api/flow/rehearse": DESIGNER,
    "POST /admin/api/flow/publish": DESIGNER,
    "GET /admin/api/flow/publish": DESIGNER,
    "GET /admin/api/flow/jobs/{job_id}": DESIGNER,
    "GET /admin/api/flow/versions": DESIGNER,
    "GET /admin/api/flow/versions/{number}": DESIGNER,
    "GET /admin/api/flow/versions/{number}/file": DESIGNER,
    "GET /admin/api/flow/versions/{number}/compare/{other}": DESIGNER,
    "POST /admin/api/flow/versions/{number}/restore": DESIGNER,
    # one's own password and tokens
    "GET /admin/account": AGENT,
    "POST /admin/account/password": AGENT,
    "POST /admin/account/tokens": AGENT,
    "POST /admin/account/tokens/{token_id}": AGENT,
    "GET /admin/api/account": AGENT,
    "GET /admin/api/tokens": AGENT,
    "POST /admin/api/tokens": Rule(Role.AGENT, shown_once=True),
    "DELETE /admin/api/tokens/{token_id}": AGENT,
    # people
    "GET /admin/people": ADMIN,
    "POST /admin/people": ADMIN,
    "GET /admin/people/{person_id}": ADMIN,
    "POST /admin/people/{person_id}": ADMIN,
    "POST /admin/people/{person_id}/invitation": ADMIN,
    "POST /admin/people/{person_id}/tokens/{token_id}": ADMIN,
    "GET /admin/api/people": ADMIN,
    "POST /admin/api/people": Rule(Role.ADMIN, shown_once=True),
    "GET /admin/api/people/{person_id}": ADMIN,
    "PATCH /admin/api/people/{person_id}": ADMIN,
    "POST /admin/api/people/{person_id}/invitation": Rule(Role.ADMIN, shown_once=True),
    "DELETE /admin/api/people/{person_id}/tokens/{token_id}": ADMIN,
    # the record of who did what
    "GET /admin/audit": ADMIN,
    "GET /admin/audit/export": Rule(Role.ADMIN, look="audit.exported"),
    "GET /admin/api/audit": ADMIN,
}

# The pages in the head of every page: `here` in a template, the address, the text.
NAVIGATION = (
    ("settings", "/admin", "Settings"),
    ("flow", "/admin/flow", "Handoff flow"),
    ("requests", "/admin/requests", "Requests"),
    ("figures", "/admin/figures", "Figures"),
    ("channels", "/admin/channels", "Channels"),
    ("privacy", "/admin/privacy", "Privacy"),
    ("people", "/admin/people", "People"),
    ("audit", "/admin/audit", "Audit log"),
)
# What signing in may lead to, with anything below.
PAGES = (*(path for _, path, _ in NAVIGATION if path != "/admin"), "/admin/account")


def key_of(request: Request) -> str:
    """The route that serves this request, as `ROUTES` calls it."""
    path = request.route.path if request.route else ""
    return f"{request.method} {address(path)}"


def address(path: str) -> str:
    """A route's path as `ROUTES` writes it: 'admin/flow/<number:int>' is /admin/flow/{number}."""
    return "/" + re.sub(r"<([^:>]+)[^>]*>", r"{\1}", path).strip("/")


def person_of(request: Request) -> Person:
    """The person that this request, let through by the gate, comes from."""
    person: Person = request.ctx.person
    return person


def signed_in(request: Request) -> Person | None:
    """The person that this request comes from; None: a stranger, or nobody was asked for."""
    return getattr(request.ctx, "person", None)


def navigation(person: Person | None) -> list[tuple[str, str, str]]:
    """The pages that this person may open."""
    return [] if person is None else [entry for entry in NAVIGATION if _may(person, entry[1])]


def _may(person: Person, path: str) -> bool:
    needs = ROUTES[f"GET {path}"].needs
    return needs is None or person.may(needs)
