"""The JSON API under /admin/api, for holders of a token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import (
    access,
    audit,
    channels,
    figures_api,
    flow_api,
    openapi,
    people_api,
    privacy,
    reading,
    requests_api,
    shapes,
)
from admin.answering import answer
from admin.errors import Refused
from support import database, settings
from support.delivery import utc_now
from support.errors import SettingsError


def blueprint() -> Blueprint:
    """Every route of the API."""
    api = Blueprint("admin_api", url_prefix="/admin/api")
    api.add_route(read_settings, "/settings", methods=["GET"])
    api.add_route(change_settings, "/settings", methods=["PATCH"])
    api.add_route(list_changes, "/settings/history", methods=["GET"])
    requests_api.add_api(api)
    figures_api.add_api(api)
    privacy.add_api(api)
    people_api.add_api(api)
    audit.add_api(api)
    channels.add_api(api)
    api.add_route(describe, "/openapi.json", methods=["GET"])
    flow_api.add_api(api)
    return api


async def read_settings(_: Request) -> HTTPResponse:
    """The settings in force, with a tag to change exactly these by."""
    return _settings(await asyncio.to_thread(settings.current))


async def change_settings(request: Request) -> HTTPResponse:
    """Change some settings, all or none. Raises Refused: 400, 412 or 422."""
    changes, actor = reading.json_object(request), access.person_of(request).name
    expected = request.headers.get("if-match")
    return _settings(await asyncio.to_thread(_change, changes, actor, expected))


async def list_changes(request: Request) -> HTTPResponse:
    """Who changed what, newest first; `next` is the cursor to go on with."""
    limit, after = reading.limit(request), reading.cursor(request)
    return answer(await asyncio.to_thread(_history, limit, after))


async def describe(_: Request) -> HTTPResponse:
    """This API, in OpenAPI 3.1; open, because it tells nothing about this deployment."""
    return answer(openapi.description())


def _change(changes: Mapping[str, Any], actor: str, expected: str | None) -> settings.Settings:
    with database.session_scope() as session:
        settings.lock(session)
        if expected is not None and not _matches(expected, shapes.etag(settings.read(session))):
            raise Refused(
                412, "stale", "The settings have changed since they were read; read them again."
            )
        try:
            now = utc_now()
            settings.update(session, changes, actor=actor, now=now)
        except SettingsError as error:
            known = error.field in settings.BY_NAME
            code = "invalid_value" if known else "unknown_field"
            raise Refused(422, code, str(error), error.field) from None
        return settings.read(session)


def _history(limit: int, after: int | None) -> dict[str, Any]:
    with database.read_scope() as session:
        found = settings.history(session, limit + 1, after)
        return shapes.page("changes", found, limit, shapes.change)


def _matches(if_match: str, etag: str) -> bool:
    tags = [tag.strip() for tag in if_match.split(",")]
    return "*" in tags or etag in tags


def _settings(current: settings.Settings) -> HTTPResponse:
    return answer(shapes.settings(current), headers={"ETag": shapes.etag(current)})
