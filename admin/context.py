"""What every handler of Support Operations shares: configuration, sessions, templates, files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access, flow_wording, wording
from admin.sessions import COOKIE, BrowserSession, Sessions
from support import senders
from support.config import Config
from support.delivery import Channel

HERE = Path(__file__).parent
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """One static file, held in memory. version: changes with its content."""

    content: bytes
    content_type: str
    version: str


@dataclass(frozen=True)
class Site:
    """Support Operations on one server."""

    config: Config
    sessions: Sessions
    templates: Environment
    assets: Mapping[str, Asset]
    senders: Mapping[str, Channel]


def build(config: Config) -> Site:
    """Read templates and static files."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update({**wording.FILTERS, **flow_wording.FILTERS})
    assets = {path.name: _asset(path) for path in sorted((HERE / "static").iterdir())}
    templates.globals["asset_version"] = lambda name: assets[name].version
    return Site(config, Sessions(config), templates, assets, senders.build(config))


def site_of(request: Request) -> Site:
    """The Site that the app serving this request was given."""
    site: Site = request.app.ctx.support_admin
    return site


def session_of(request: Request) -> BrowserSession | None:
    """The browser session that the request's cookie proves, if any."""
    return site_of(request).sessions.read(request.cookies.get(COOKIE))


def path_of(request: Request) -> str:
    """The request's path; empty when it is none that can be read."""
    try:
        return str(request.path or "")
    except (AttributeError, UnicodeDecodeError):
        return ""


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTTPResponse:
    """Answer with a page. A browser without a session gets one that is not signed in."""
    site = site_of(request)
    known = session_of(request)
    session = known or site.sessions.begin()
    person = access.signed_in(request)
    text = site.templates.get_template(template).render(
        person=person,
        navigation=access.navigation(person),
        csrf=site.sessions.form_token(session),
        **values,
    )
    response = HTTPResponse(
        # What visitors typed may hold half a character, which UTF-8 cannot carry.
        text.encode("utf-8", "replace"),
        status=status,
        headers=dict(headers or {}),
        content_type="text/html; charset=utf-8",
    )
    if known is None:
        site.sessions.give(response, session)
    return response


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, CONTENT_TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:12])
