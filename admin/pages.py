"""The pages under /admin: settings with their history, and the requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import (
    access,
    account,
    audit,
    channel_pages,
    countries,
    figures_pages,
    flow_draft,
    flow_pages,
    form,
    gate,
    listing,
    people,
    privacy,
    reading,
    requests_pages,
    shapes,
    sign_in,
)
from admin.context import render, site_of
from admin.errors import Refused
from support import alerts, database, settings
from support.config import Config
from support.delivery import utc_now
from support.inbox import Wanted

REQUESTS_SHOWN = 8
CHANGES_SHOWN = 10


@dataclass(frozen=True)
class Overview:
    """What the settings page shows. saved: the changes just made, None when none were asked.

    warnings: what is wrong with telling the team. advice: what is worth setting up.
    """

    current: settings.Settings
    changes: list[dict[str, Any]]
    saved: list[dict[str, Any]] | None
    requests: list[dict[str, Any]]
    more_requests: bool
    warnings: list[str]
    advice: list[str]


def blueprint() -> Blueprint:
    """Every page, and the files that they need."""
    pages = Blueprint("admin_pages", url_prefix="/admin")
    pages.add_route(show_settings, "/", methods=["GET"])
    pages.add_route(save_settings, "/", methods=["POST"])
    requests_pages.add_pages(pages)
    figures_pages.add_pages(pages)
    flow_pages.add_pages(pages)
    privacy.add_pages(pages)
    people.add_pages(pages)
    account.add_pages(pages)
    audit.add_pages(pages)
    channel_pages.add_pages(pages)
    pages.add_route(sign_in.sign_in, "/sign-in", methods=["POST"])
    pages.add_route(sign_in.sign_out, "/sign-out", methods=["POST"])
    pages.add_route(static_file, "/static/<name>", methods=["GET"])
    return pages


async def show_settings(request: Request) -> HTTPResponse:
    """The form with the settings in force, and what was saved just now."""
    overview = await asyncio.to_thread(
        _overview, site_of(request).config, request.args.get("saved")
    )
    return _settings_page(request, overview, form.fields(overview.current))


async def save_settings(request: Request) -> HTTPResponse:
    """Save the form; what was refused is shown again with what was typed."""
    posted, actor = reading.form(request), access.person_of(request).name
    try:
        now = utc_now()
        ids = await asyncio.to_thread(form.save, posted, actor, now)
    except form.NotSaved as why:
        # The page with what was refused shows the newest requests as well.
        await gate.record_look(request, "request.listed")
        overview = await asyncio.to_thread(_overview, site_of(request).config, None)
        fields = form.fields_again(posted, overview.current, why)
        return _settings_page(request, overview, fields, why)
    return gate.see_other(f"{gate.HOME}?saved={'-'.join(map(str, ids)) or 'nothing'}")


async def static_file(request: Request, name: str) -> HTTPResponse:
    """A style sheet or picture. The page's link changes with the file, so it may be kept."""
    asset = site_of(request).assets.get(name)
    if asset is None:
        raise Refused(404, "not_found", "There is nothing at this address.")
    return HTTPResponse(
        asset.content,
        headers={"Cache-Control": "public, max-age=86400"},
        content_type=asset.content_type,
    )


def _settings_page(
    request: Request, overview: Overview, fields: list[form.Field], why: form.NotSaved | None = None
) -> HTTPResponse:
    status = 200 if why is None else 409 if why.stale else 422
    return render(
        request,
        "settings.html",
        status=status,
        overview=overview,
        fields=fields,
        why=why,
        version=shapes.etag(overview.current),
        countries=countries.names(),
        told=flow_draft.told(),
    )


def _overview(config: Config, saved: str | None) -> Overview:
    newest = listing.page(Wanted(), REQUESTS_SHOWN)
    with database.read_scope() as session:
        history = settings.history(session)
        ids = (saved or "").split("-")
        just_now = [shapes.change(row) for row in reversed(history) if str(row.id) in ids]
        return Overview(
            current=settings.read(session),
            changes=[shapes.change(row) for row in history[:CHANGES_SHOWN]],
            saved=None if saved is None else just_now,
            requests=newest.rows,
            more_requests=newest.following is not None,
            warnings=alerts.warnings(session, utc_now()),
            advice=alerts.advice(session, config),
        )
