"""The page of messages: every sentence of the flow, by the moment at which it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_moments, flow_shapes, gate, reading
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import Conflict, State
from admin.flow_moments import Moment
from support.errors import FlowError
from support.flow import messages, project
from support.flow.drafting import Sections
from support.flow.versions import Draft

ADDRESS = "/admin/flow/messages"
MAX_WORDS = 200


@dataclass(frozen=True)
class Message:
    """One sentence in the form.

    text: what stands there. default: as in the files. changed: not live yet. error: why it was
    refused. stored: what is stored, when it is something else and the designer should know.
    """

    key: str
    text: str
    default: str
    changed: bool
    error: str | None = None
    stored: str | None = None


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow/messages", methods=["GET"], name="flow_messages")
    pages.add_route(save, "/flow/messages", methods=["POST"], name="save_flow_messages")


async def show(request: Request) -> HTTPResponse:
    """The messages of one moment, or those that are searched for."""
    state = await asyncio.to_thread(flow_draft.read)
    moment, words = _wanted(request.args.get("moment", ""), request.args.get("q", ""))
    return _page(request, state, moment, words)


async def save(request: Request) -> HTTPResponse:
    """Save all sentences of the form, unless somebody else has changed some of them meanwhile."""
    posted = reading.form(request)
    moment, words = _wanted(posted.get("moment", ""), posted.get("q", ""))
    state = await asyncio.to_thread(flow_draft.read)
    typed = _typed(posted, state)

    def edit(draft: Draft) -> Sections:
        now = {key: draft.flow.messages[key] for key in typed}
        if posted.get("version") != flow_draft.version_of(now):
            raise Conflict(draft.changed_by)
        return {"messages": {**draft.flow.messages, **typed}}

    try:
        saved = await asyncio.to_thread(flow_draft.change, request, edit, seen=posted.get("tag"))
    except FlowError as why:
        return _page(request, state, moment, words, typed=typed, why=why)
    except Conflict as conflict:
        state = await asyncio.to_thread(flow_draft.read)
        return _page(request, state, moment, words, typed=typed, conflict=conflict)
    where = urlencode({"moment": moment.name} if moment else {"q": words})
    return gate.see_other(f"{ADDRESS}{saved.query('saved')}&{where}")


def _wanted(name: str, words: str) -> tuple[Moment | None, str]:
    """The moment asked for; None when words are searched for."""
    if len(words) > MAX_WORDS:
        raise Refused(422, "invalid_value", f"q has at most {MAX_WORDS} characters.", "q")
    if words.strip():
        return None, words.strip()
    moment = flow_moments.named(name) if name else flow_moments.MOMENTS[0]
    if moment is None:
        raise Refused(404, "not_found", "There is no such moment of the conversation.")
    return moment, ""


def _typed(posted: Mapping[str, str], state: State) -> dict[str, str]:
    """What was typed; a message that is to be as in the files is so. Raises Refused."""
    typed = {
        key: posted[key].replace("\r\n", "\n").strip()
        for key in state.flow.messages
        if key in posted
    }
    if not typed:
        raise Refused(422, "invalid_value", "This form is not one of this page's.")
    reset = posted.get("reset")
    if reset in typed:
        typed[reset] = state.files.messages[reset]
    return typed


def _page(
    request: Request,
    state: State,
    moment: Moment | None,
    words: str,
    *,
    typed: Mapping[str, str] | None = None,
    why: FlowError | None = None,
    conflict: Conflict | None = None,
) -> HTTPResponse:
    by_moment = flow_moments.grouped(state.flow)
    keys = by_moment.get(moment, []) if moment else flow_moments.searched(state.flow, words)
    keys = list(typed) if typed else keys
    errors = dict(why.problems) if why else {}
    shown = [_shown(key, state, typed or {}, errors, conflict is not None) for key in keys]
    args = request.args if request.method == "GET" else {}
    return render(
        request,
        "flow_messages.html",
        status=409 if conflict else 422 if why else 200,
        state=state,
        moment=moment,
        words=words,
        moments=[
            (each, len(found), len(flow_moments.changed(state.live, state.flow, found)))
            for each, found in by_moment.items()
        ],
        messages=shown,
        moment_of=flow_moments.of,
        version=flow_draft.version_of({key: state.flow.messages[key] for key in keys}),
        why=why,
        elsewhere=[(at, text) for at, text in errors.items() if at[9:] not in keys],
        conflict=conflict,
        variables=_variables(state, keys),
        done=args.get("done"),
        also="also" in args,
    )


def _shown(
    key: str, state: State, typed: Mapping[str, str], errors: Mapping[str, str], stale: bool
) -> Message:
    stored = state.flow.messages[key]
    text = typed.get(key, stored)
    return Message(
        key,
        text,
        state.files.messages[key],
        stored != state.live.messages.get(key),
        errors.get(f"messages.{key}"),
        stored if stale and text != stored else None,
    )


def _variables(state: State, keys: list[str]) -> dict[str, str]:
    """What these messages may say, with what it is."""
    guide: dict[str, Any] = flow_shapes.guide(project.read(), state.flow)
    allowed = messages.allowed(keys[0], []) if keys else set()
    about = {**guide["variables"], **guide["field_variables"]}
    added = {field.name for field in state.flow.fields}
    return {name: said for name, said in about.items() if name in allowed | added}
