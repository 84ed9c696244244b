"""The pages of the handoff flow: its picture, and what is done with the draft as a whole."""

from __future__ import annotations

import asyncio

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import (
    flow_api,
    flow_draft,
    flow_fields_pages,
    flow_messages_pages,
    flow_overview,
    flow_phrases_pages,
    flow_template_pages,
    flow_versions_pages,
    flow_work_pages,
    gate,
    reading,
)
from admin.context import render
from admin.errors import Refused
from admin.flow_draft import Conflict
from support.errors import FlowError
from support.flow import yaml_file
from support.flow.drafting import Sections
from support.flow.versions import Draft

HOME = "/admin/flow"


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow", methods=["GET"], name="flow")
    pages.add_route(discard, "/flow/discard", methods=["POST"])
    pages.add_route(flow_api.export_draft, "/flow/export", methods=["GET"], name="flow_export")
    pages.add_route(show_import, "/flow/import", methods=["GET"])
    pages.add_route(take_import, "/flow/import", methods=["POST"])
    flow_phrases_pages.add_pages(pages)
    flow_fields_pages.add_pages(pages)
    flow_messages_pages.add_pages(pages)
    flow_template_pages.add_pages(pages)
    flow_work_pages.add_pages(pages)
    flow_versions_pages.add_pages(pages)


async def show(request: Request) -> HTTPResponse:
    """The five steps, and what would change."""
    return await flow_overview.page(request)


async def discard(request: Request) -> HTTPResponse:
    """Begin again from what is live."""
    tag = reading.form(request).get("version", "")
    try:
        await asyncio.to_thread(flow_draft.discard, request, tag)
    except Conflict as conflict:
        return await flow_overview.page(request, 409, conflict)
    return gate.see_other(f"{HOME}?done=discarded")


async def show_import(request: Request) -> HTTPResponse:
    """Where a file is put in."""
    return await _import_page(request)


async def take_import(request: Request) -> HTTPResponse:
    """A YAML file as the draft; what was refused is shown again."""
    posted = reading.form(request)
    typed, seen = posted.get("file", ""), posted.get("version", "")

    def take(draft: Draft) -> Sections:
        if draft.tag != seen:
            raise Conflict(draft.changed_by)
        return _read(typed)

    try:
        await asyncio.to_thread(flow_draft.change, request, take, "flow.imported")
    except FlowError as why:
        return await _import_page(request, typed, 422, why=why)
    except Conflict as conflict:
        return await _import_page(request, typed, 409, conflict=conflict)
    return gate.see_other(f"{HOME}?done=imported")


def _read(typed: str) -> Sections:
    """The file's document. Raises FlowError."""
    sent = yaml_file.read(typed)
    try:
        reading.refuse_unstorable(sent)
    except Refused as why:
        raise FlowError([("file", str(why))]) from None
    return sent


async def _import_page(
    request: Request,
    typed: str = "",
    status: int = 200,
    *,
    why: FlowError | None = None,
    conflict: Conflict | None = None,
) -> HTTPResponse:
    return render(
        request,
        "flow_import.html",
        status=status,
        state=await asyncio.to_thread(flow_draft.read),
        typed=typed,
        why=why,
        conflict=conflict,
    )
