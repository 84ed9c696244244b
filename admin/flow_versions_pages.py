"""The pages of the versions: what was published when, what differs, and rolling back."""

from __future__ import annotations

import asyncio

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import (
    flow_api,
    flow_draft,
    flow_overview,
    flow_reading,
    flow_shapes,
    flow_work_pages,
    reading,
)
from admin.context import render
from admin.errors import Refused
from support import database
from support.flow import versions, words

ADDRESS = "/admin/flow/versions"


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/flow/versions", methods=["GET"], name="flow_versions")
    pages.add_route(compare, "/flow/versions/compare", methods=["GET"], name="compare_flow")
    pages.add_route(
        flow_api.export_version, "/flow/versions/<number>/export", methods=["GET"],
        name="export_flow_version",
    )  # fmt: skip
    pages.add_route(
        restore, "/flow/versions/<number>/restore", methods=["POST"], name="restore_flow_version"
    )


async def show(request: Request) -> HTTPResponse:
    """All that were ever published, newest first; the project's files are version 0."""
    return await _page(request, "", "", None)


async def compare(request: Request) -> HTTPResponse:
    """What one version says and does differently from another. Raises Refused: 404."""
    one, other = request.args.get("one", "0"), request.args.get("other", "0")
    first = await asyncio.to_thread(flow_draft.laid_over, flow_reading.number(one))
    second = await asyncio.to_thread(flow_draft.laid_over, flow_reading.number(other))
    if first is None or second is None:
        raise Refused(404, "not_found", "There is no such version of the flow.")
    return await _page(request, one, other, words.differences(first, second))


async def restore(request: Request, number: str) -> HTTPResponse:
    """Let visitors meet an old version again; the draft stays. Raises Refused: 403, 404, 409."""
    posted, wanted = reading.form(request), flow_reading.number(number)
    changes = await asyncio.to_thread(flow_draft.changes_of, wanted)
    if changes is None:
        raise Refused(404, "not_found", "There is no such version of the flow.")
    insist = flow_work_pages.insists(request, posted)
    task = {"changes": changes.to_json(), "restores": wanted, "insist": insist}
    try:
        return await flow_work_pages.start(request, task)
    except Refused as why:
        return await flow_overview.page(request, why.status_code, why=str(why))


async def _page(request: Request, one: str, other: str, changes: list[str] | None) -> HTTPResponse:
    return render(
        request,
        "flow_versions.html",
        state=await asyncio.to_thread(flow_draft.read),
        versions=await asyncio.to_thread(_rows),
        one=one,
        other=other,
        changes=changes,
        publishing=await asyncio.to_thread(flow_draft.publishing),
    )


def _rows() -> list[dict[str, object]]:
    with database.read_scope() as session:
        return flow_shapes.versions(versions.published(session))
