"""The pages of the fields: their order, and a form for one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_field_form, flow_wording, gate, reading
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import Conflict, Saved
from support.errors import FlowError
from support.flow import messages
from support.flow.document import Flow, FlowField
from support.flow.drafting import Sections
from support.flow.versions import Draft
from support.form_fields import STANDARD_TYPES, WAYS_TO_REACH

ADDRESS = "/admin/flow/fields"
ONLY_WAY = (
    "“{}” is the only way left to reach the visitor, so it stays: without it nobody could answer. "
    "Put the {} back first, then this one can go."
)


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow/fields", methods=["GET"], name="flow_fields")
    pages.add_route(arrange, "/flow/fields", methods=["POST"], name="arrange_flow_fields")
    pages.add_route(show_new, "/flow/new-field", methods=["GET"], name="new_flow_field")
    pages.add_route(save_new, "/flow/new-field", methods=["POST"], name="add_flow_field")
    pages.add_route(show_one, "/flow/fields/<name>", methods=["GET"], name="flow_field")
    pages.add_route(save_one, "/flow/fields/<name>", methods=["POST"], name="save_flow_field")


async def show(request: Request) -> HTTPResponse:
    """What is asked for, in this order."""
    return await _list(request)


async def arrange(request: Request) -> HTTPResponse:
    """Move a field up or down, remove it, put a standard one back."""
    posted = reading.form(request)
    does = next((each for each in ("up", "down", "remove", "back") if each in posted), None)
    if does is None:
        raise Refused(422, "invalid_value", "This form is not one of this page's.")
    name = posted[does]
    files = (await asyncio.to_thread(flow_draft.read)).files

    def edit(draft: Draft) -> Sections:
        return {"fields": [each.to_json() for each in _arranged(draft.flow, files, does, name)]}

    try:
        saved = await _change(request, edit)
    except FlowError as why:
        return await _list(request, why)
    return gate.see_other(f"{ADDRESS}{saved.query(does)}&field={quote(name[:80])}#fields")


async def show_new(request: Request) -> HTTPResponse:
    """An empty form."""
    return await _form(request, flow_field_form.EMPTY)


async def save_new(request: Request) -> HTTPResponse:
    """Add the field, before the reason when that is the last question."""
    typed = flow_field_form.given(reading.form(request))
    at = 0

    def edit(draft: Draft) -> Sections:
        nonlocal at
        rows = [each.to_json() for each in draft.flow.fields]
        at = len(rows) - (1 if draft.flow.fields[-1].name == "reason" else 0)
        return {"fields": [*rows[:at], flow_field_form.row(typed), *rows[at:]]}

    try:
        saved = await _change(request, edit)
    except FlowError as why:
        return await _form(request, typed, why=why, at=at)
    return gate.see_other(f"{ADDRESS}{saved.query('added')}&field={quote(typed['name'])}#fields")


async def show_one(request: Request, name: str) -> HTTPResponse:
    """The form of a field as it stands. Raises Refused: 404."""
    state = await asyncio.to_thread(flow_draft.read)
    return await _form(request, flow_field_form.typed(_found(state.flow, name)), name)


async def save_one(request: Request, name: str) -> HTTPResponse:
    """Save the form, unless somebody else has changed this field meanwhile."""
    posted = reading.form(request)
    typed, at = flow_field_form.given(posted, name), 0
    _found((await asyncio.to_thread(flow_draft.read)).flow, name)

    def edit(draft: Draft) -> Sections:
        nonlocal at
        stored = next((each for each in draft.flow.fields if each.name == name), None)
        if stored is None or posted.get("version") != _version(stored):
            raise Conflict(draft.changed_by)
        rows = [each.to_json() for each in draft.flow.fields]
        at = draft.flow.fields.index(stored)
        return {"fields": [*rows[:at], flow_field_form.row(typed), *rows[at + 1 :]]}

    try:
        saved = await _change(request, edit)
    except FlowError as why:
        return await _form(request, typed, name, why=why, at=at)
    except Conflict as conflict:
        return await _form(request, typed, name, conflict=conflict)
    return gate.see_other(f"{ADDRESS}{saved.query('saved')}&field={quote(name)}#fields")


async def _change(request: Request, edit: Any) -> Saved:
    seen = reading.form(request).get("tag")
    return await asyncio.to_thread(flow_draft.change, request, edit, seen=seen)


def _arranged(flow: Flow, files: Flow, does: str, name: str) -> list[FlowField]:
    fields = list(flow.fields)
    at = next((n for n, each in enumerate(fields) if each.name == name), None)
    if does == "back":
        again = [each for each in files.fields if each.name == name and at is None]
        return [*fields, *again]
    if at is None:
        return fields
    if does == "remove":
        _keep_a_way(flow, fields[at])
        return fields[:at] + fields[at + 1 :]
    to = min(max(0, at + (1 if does == "down" else -1)), len(fields) - 1)
    fields.insert(to, fields.pop(at))
    return fields


def _keep_a_way(flow: Flow, field: FlowField) -> None:
    left = {each.name for each in flow.fields if each.name in WAYS_TO_REACH}
    if left == {field.name}:
        [other] = set(WAYS_TO_REACH) - left
        words = flow_wording.FIELDS[other]
        raise FlowError([("fields", ONLY_WAY.format(field.label, words))])


def _found(flow: Flow, name: str) -> FlowField:
    for field in flow.fields:
        if field.name == name:
            return field
    raise Refused(404, "not_found", "There is no such field in the draft.")


def _version(field: FlowField) -> str:
    return flow_draft.version_of(field.to_json())


async def _list(request: Request, why: FlowError | None = None) -> HTTPResponse:
    state = await asyncio.to_thread(flow_draft.read)
    args = request.args if request.method == "GET" else {}
    names = {each.name for each in state.flow.fields}
    return render(
        request,
        "flow_fields.html",
        status=422 if why else 200,
        state=state,
        live={each.name: each for each in state.live.fields},
        missing=[each for each in state.files.fields if each.name not in names],
        removed=[each for each in state.live.fields if each.name not in names],
        types=flow_wording.TYPES,
        why=why,
        done=args.get("done"),
        also="also" in args,
        field=args.get("field"),
    )


async def _form(
    request: Request,
    typed: Mapping[str, str],
    name: str | None = None,
    *,
    why: FlowError | None = None,
    at: int = 0,
    conflict: Conflict | None = None,
) -> HTTPResponse:
    state = await asyncio.to_thread(flow_draft.read)
    stored = next((each for each in state.flow.fields if each.name == name), None)
    errors, elsewhere = flow_field_form.sorted_problems(why, at) if why else ({}, [])
    kept = flow_field_form.typed(stored) if stored else None
    return render(
        request,
        "flow_field.html",
        status=409 if conflict else 422 if why else 200,
        state=state,
        name=name,
        typed=typed,
        stored=stored,
        version=_version(stored) if stored else "",
        fixed=name in STANDARD_TYPES,
        types=flow_wording.TYPES,
        errors=errors,
        elsewhere=elsewhere,
        conflict=conflict,
        newer=_newer(kept, typed) if conflict and kept else {},
        variables=_variables(state.flow, name),
    )


def _newer(stored: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What is stored where something else was typed."""
    parts = flow_field_form.same_but_for(stored, typed)
    return {part: stored[part] or "(empty)" for part in parts}


def _variables(flow: Flow, name: str | None) -> dict[str, str]:
    """What the field's sentences may say."""
    labels = {each.name: f"the answer to “{each.label}”" for each in flow.fields}
    return {**labels, **messages.VARIABLES}
