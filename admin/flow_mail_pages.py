"""The page of the mail to the team: its templates, and how it would look."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_shapes, gate, reading
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import Conflict, Sections, State
from support.errors import FlowError
from support.flow import mails, project
from support.flow.document import Mail
from support.flow.versions import Draft

ADDRESS = "/admin/flow/mail"
PARTS = ("subject", "text")


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow/mail", methods=["GET"], name="flow_mail")
    pages.add_route(change, "/flow/mail", methods=["POST"], name="save_flow_mail")


async def show(request: Request) -> HTTPResponse:
    """The templates as they stand."""
    state = await asyncio.to_thread(flow_draft.read)
    return _page(request, state, state.flow.notification)


async def change(request: Request) -> HTTPResponse:
    """Show how the mail would look, save it, or have it as in the product again."""
    posted = reading.form(request)
    typed = Mail(*(posted.get(part, "").replace("\r\n", "\n") for part in PARTS))
    does = posted.get("do")
    state = await asyncio.to_thread(flow_draft.read)
    if does == "preview":
        return _page(request, state, typed, unsaved=typed != state.flow.notification)
    if does not in ("save", "reset"):
        raise Refused(422, "invalid_value", "This form is not one of this page's.")
    wanted = state.files.notification if does == "reset" else typed

    def edit(draft: Draft) -> Sections:
        if posted.get("version") != _version(draft.flow.notification):
            raise Conflict(draft.changed_by)
        return {"notification": {part: getattr(wanted, part) for part in PARTS}}

    try:
        saved = await asyncio.to_thread(flow_draft.change, request, edit, seen=posted.get("tag"))
    except FlowError as why:
        return _page(request, state, typed, why=why)
    except Conflict as conflict:
        state = await asyncio.to_thread(flow_draft.read)
        return _page(request, state, typed, conflict=conflict)
    return gate.see_other(f"{ADDRESS}{saved.query('saved')}")


def _page(
    request: Request,
    state: State,
    typed: Mail,
    *,
    why: FlowError | None = None,
    conflict: Conflict | None = None,
    unsaved: bool = False,
) -> HTTPResponse:
    wrong = mails.problem(typed, [each.name for each in state.flow.fields])
    stored = state.flow.notification
    args = request.args if request.method == "GET" else {}
    elsewhere = [each for each in why.problems if not each[0].startswith("notif")] if why else []
    return render(
        request,
        "flow_mail.html",
        # A preview of what is wrong is still a preview.
        status=409 if conflict else 422 if why else 200,
        state=state,
        typed=typed,
        wrong=wrong,
        refused=why is not None,
        elsewhere=elsewhere,
        mail=None if wrong else _rendered(typed, state),
        is_default=stored == state.files.notification,
        changed=stored != state.live.notification,
        unsaved=unsaved,
        version=_version(stored),
        conflict=conflict,
        guide=flow_shapes.guide(project.read(), state.flow),
        done=args.get("done"),
        also="also" in args,
    )


def _rendered(typed: Mail, state: State) -> Mail:
    return mails.rendered(typed, mails.sample(state.flow.fields))


def _version(mail: Mail) -> str:
    parts: dict[str, Any] = {part: getattr(mail, part) for part in PARTS}
    return flow_draft.version_of(parts)
