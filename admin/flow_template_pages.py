"""The pages of what the team is told: the templates of the mail and of the message to chat
channels, and how each would look."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from functools import partial

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_shapes, gate, reading
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import Conflict, State
from support.errors import FlowError
from support.flow import project, sample_request, templates
from support.flow.document import ChatMessage, Flow, Mail
from support.flow.drafting import Sections
from support.flow.versions import Draft

Words = Mail | ChatMessage


@dataclass(frozen=True)
class Told:
    """One way to tell the team. section: of the flow's document. head: the part that is one line.

    called: it, in the middle of a sentence. tab: its name among the ways. more: what else there is
    to know of its text.
    """

    section: str
    address: str
    words: type[Mail] | type[ChatMessage]
    head: str
    called: str
    tab: str
    more: str = ""

    def of(self, flow: Flow) -> Words:
        """Its templates in this flow."""
        words: Words = getattr(flow, self.section)
        return words


MAIL = Told("notification", "/admin/flow/mail", Mail, "subject", "the mail", "Mail")
CHAT = Told(
    "chat_message",
    "/admin/flow/chat",
    ChatMessage,
    "title",
    "the message to chat channels",
    "Chat channels",
    "It goes to Slack, Teams, Telegram, SMS and the like, as plain text; Slack shows 3,000 "
    "characters of it, the others 1,500. A mark to know a repeat by, and a link to the request, "
    "follow by themselves.",
)


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    for told in (MAIL, CHAT):
        path, name = told.address.removeprefix("/admin"), f"flow_{told.section}"
        pages.add_route(partial(show, told=told), path, methods=["GET"], name=name)
        pages.add_route(partial(change, told=told), path, methods=["POST"], name=f"save_{name}")


async def show(request: Request, told: Told) -> HTTPResponse:
    """The templates as they stand."""
    state = await asyncio.to_thread(flow_draft.read)
    return _page(request, told, state, told.of(state.flow))


async def change(request: Request, told: Told) -> HTTPResponse:
    """Show how it would look, save it, or have it as in the product again."""
    posted = reading.form(request)
    typed = told.words(
        *(posted.get(part, "").replace("\r\n", "\n") for part in (told.head, "text"))
    )
    does = posted.get("do")
    state = await asyncio.to_thread(flow_draft.read)
    if does == "preview":
        return _page(request, told, state, typed, unsaved=typed != told.of(state.flow))
    if does not in ("save", "reset"):
        raise Refused(422, "invalid_value", "This form is not one of this page's.")
    wanted = told.of(state.files) if does == "reset" else typed

    def edit(draft: Draft) -> Sections:
        if posted.get("version") != _version(told.of(draft.flow)):
            raise Conflict(draft.changed_by)
        return {told.section: asdict(wanted)}

    try:
        saved = await asyncio.to_thread(flow_draft.change, request, edit, seen=posted.get("tag"))
    except FlowError as why:
        return _page(request, told, state, typed, why=why)
    except Conflict as conflict:
        state = await asyncio.to_thread(flow_draft.read)
        return _page(request, told, state, typed, conflict=conflict)
    return gate.see_other(f"{told.address}{saved.query('saved')}")


def _page(
    request: Request,
    told: Told,
    state: State,
    typed: Words,
    *,
    why: FlowError | None = None,
    conflict: Conflict | None = None,
    unsaved: bool = False,
) -> HTTPResponse:
    wrong = templates.problem(typed, state.flow.fields)
    stored = told.of(state.flow)
    sample = sample_request.values(state.flow.fields)
    args = request.args if request.method == "GET" else {}
    problems = why.problems if why else []
    return render(
        request,
        "flow_template.html",
        # A preview of what is wrong is still a preview.
        status=409 if conflict else 422 if why else 200,
        state=state,
        told=told,
        ways=(MAIL, CHAT),
        stored=stored,
        typed=typed,
        wrong=wrong,
        refused=why is not None,
        elsewhere=[each for each in problems if each[0].partition(".")[0] != told.section],
        shown=None if wrong else templates.rendered(typed, sample),
        is_default=stored == told.of(state.files),
        changed=stored != told.of(state.live),
        unsaved=unsaved,
        version=_version(stored),
        conflict=conflict,
        guide=flow_shapes.guide(project.read(), state.flow),
        done=args.get("done"),
        also="also" in args,
    )


def _version(words: Words) -> str:
    return flow_draft.version_of(asdict(words))
