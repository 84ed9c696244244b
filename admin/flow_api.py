"""The JSON API of the handoff flow: the draft, and what becomes of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, flow_reading, flow_shapes, flow_work, flow_work_api, reading
from admin.errors import Refused
from support import audit, database
from support.errors import FlowChanged, FlowError, FlowVersionMissing
from support.flow import (
    checking,
    document,
    drafting,
    project,
    sample_request,
    templates,
    versions,
    words,
    yaml_file,
)
from support.flow.versions import Draft

YAML_TYPE = "application/yaml; charset=utf-8"


def add_api(api: Blueprint) -> None:
    """Everything below /flow."""
    for method, address, handler in (
        ("GET", "/flow", read_draft),
        ("PUT", "/flow", save_draft),
        ("DELETE", "/flow", discard_draft),
        ("GET", "/flow/state", read_state),
        ("GET", "/flow/guide", read_guide),
        ("GET", "/flow/file", export_draft),
        ("PUT", "/flow/file", import_draft),
        ("POST", "/flow/preview", preview),
        ("POST", "/flow/check", flow_work_api.check_phrases),
        ("POST", "/flow/review", flow_work_api.review_draft),
        ("POST", "/flow/rehearse", flow_work_api.rehearse_draft),
        ("POST", "/flow/publish", flow_work_api.publish_draft),
        ("GET", "/flow/publish", flow_work_api.read_publishing),
        ("GET", "/flow/jobs/<job_id>", flow_work_api.read_job),
        ("GET", "/flow/versions", list_versions),
        ("GET", "/flow/versions/<number>", read_version),
        ("GET", "/flow/versions/<number>/file", export_version),
        ("GET", "/flow/versions/<number>/compare/<other>", compare_versions),
        ("POST", "/flow/versions/<number>/restore", restore_version),
    ):
        api.add_route(handler, address, methods=[method])


async def read_draft(_: Request) -> HTTPResponse:
    """The flow that is worked on, with a tag to change exactly this one by."""
    return _document(await asyncio.to_thread(flow_reading.draft))


async def save_draft(request: Request) -> HTTPResponse:
    """Keep a document as the draft. Raises Refused: 400, 412 or 422."""
    sent = reading.json_object(request)
    return _document(await asyncio.to_thread(_save, request, sent, "flow.saved"))


async def discard_draft(request: Request) -> HTTPResponse:
    """Begin again from what is live. Raises Refused: 412."""
    actor, expected = access.person_of(request).name, flow_reading.expected(request)

    def discard() -> Draft:
        with database.session_scope() as session:
            versions.discard_draft(session, expected, project.read())
            audit.record(session, actor, "flow.discarded", None, _now())
            return versions.draft(session, project.read())

    try:
        return _document(await asyncio.to_thread(discard))
    except FlowChanged as error:
        raise Refused(412, "stale", str(error)) from None


async def read_state(_: Request) -> HTTPResponse:
    """Draft and live version, what is different between them, and the last publishing."""
    return _answer(await asyncio.to_thread(_state))


async def read_guide(_: Request) -> HTTPResponse:
    """What can be written where."""
    found = await asyncio.to_thread(flow_reading.draft)
    return _answer(flow_shapes.guide(project.read(), found.flow))


async def export_draft(_: Request) -> HTTPResponse:
    """The draft as a YAML file."""
    found = await asyncio.to_thread(flow_reading.draft)
    return _file(found.flow, "handoff-flow.yml")


async def import_draft(request: Request) -> HTTPResponse:
    """A YAML file as the draft. Raises Refused: 400, 412 or 422."""
    try:
        sent = yaml_file.read(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused(400, "broken_yaml", "The file is not UTF-8.") from None
    except FlowError as error:
        raise flow_reading.invalid(error) from None
    reading.refuse_unstorable(sent)
    return _document(await asyncio.to_thread(_save, request, sent, "flow.imported"))


async def preview(request: Request) -> HTTPResponse:
    """What the team is told of a made-up request. What is left out is as in the draft."""
    sent = reading.json_object(request)
    reading.only(sent, checking.SECTIONS)
    return _answer(await asyncio.to_thread(_preview, sent))


async def list_versions(_: Request) -> HTTPResponse:
    """All that were ever published, newest first; the project's files are version 0."""

    def rows(session: Any) -> list[dict[str, Any]]:
        return flow_shapes.versions(versions.published(session))

    return _answer({"versions": await asyncio.to_thread(_reading, rows)})


async def read_version(_: Request, number: str) -> HTTPResponse:
    """One version with its whole document. Raises Refused: 404."""

    def one(session: Any) -> dict[str, Any]:
        row = versions.find(session, flow_reading.number(number))
        flow = document.laid_over(versions.changes_of(row), project.read())
        return {**flow_shapes.version(row), "flow": flow.to_json()}

    return _answer(await asyncio.to_thread(_reading, one))


async def export_version(_: Request, number: str) -> HTTPResponse:
    """One version as a YAML file. Raises Refused: 404."""

    def flow(session: Any) -> document.Flow:
        changes = versions.changes_of(versions.find(session, flow_reading.number(number)))
        return document.laid_over(changes, project.read())

    return _file(
        await asyncio.to_thread(_reading, flow), f"handoff-flow-{flow_reading.number(number)}.yml"
    )


async def compare_versions(_: Request, number: str, other: str) -> HTTPResponse:
    """What `other` does differently from `number`, in words. Raises Refused: 404."""

    def differences(session: Any) -> list[str]:
        return versions.difference(
            session, flow_reading.number(number), flow_reading.number(other), project.read()
        )

    return _answer({"changes": await asyncio.to_thread(_reading, differences)})


async def restore_version(request: Request, number: str) -> HTTPResponse:
    """Let visitors meet an old version again; the draft stays. Raises Refused: 404, 409, 503."""
    changes = await asyncio.to_thread(
        _reading,
        lambda session: versions.changes_of(versions.find(session, flow_reading.number(number))),
    )
    sent = flow_reading.insisting(request)
    return await flow_work.restore(flow_reading.number(number), changes, sent, request)


def _save(request: Request, sent: Mapping[str, Any], action: str) -> Draft:
    actor, expected = access.person_of(request).name, flow_reading.expected(request)
    try:
        return drafting.save(lambda _: sent, actor, action, _now(), expected)[1]
    except FlowError as error:
        raise flow_reading.invalid(error) from None
    except FlowChanged as error:
        raise Refused(412, "stale", str(error)) from None


def _reading(look: Callable[[Any], Any]) -> Any:
    try:
        with database.read_scope() as session:
            return look(session)
    except FlowVersionMissing as error:
        raise Refused(404, "not_found", str(error)) from None


def _state() -> dict[str, Any]:
    with database.read_scope() as session:
        found = versions.draft(session, project.read())
        live = versions.live(session)
        before = document.laid_over(versions.live_changes(session), project.read())
        shown = flow_shapes.version(live)
    publishing = flow_work.newest()
    return {
        "draft": flow_shapes.draft(found) if found.number else None,
        "live": {**shown, "status": "published"},
        "changes": words.differences(before, found.flow),
        "publishing": flow_shapes.job(publishing) if publishing else None,
    }


def _preview(sent: Mapping[str, Any]) -> dict[str, Any]:
    found = flow_reading.draft()
    known = {name: sent[name] for name in ("fields", *checking.TEMPLATES) if name in sent}
    try:
        flow = checking.checked(known, found.flow, project.read())
    except FlowError as error:
        raise flow_reading.invalid(error) from None
    sample = sample_request.values(flow.fields)
    return {
        section: asdict(templates.rendered(getattr(flow, section), sample))
        for section in checking.TEMPLATES
    }


def _document(found: Draft) -> HTTPResponse:
    return _answer(found.flow.to_json(), {"ETag": flow_shapes.etag(found)})


def _file(flow: document.Flow, name: str) -> HTTPResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HTTPResponse(yaml_file.written(flow.to_json()), headers=headers, content_type=YAML_TYPE)


def _answer(body: object, headers: dict[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(json.dumps(body), headers=headers, content_type="application/json")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
