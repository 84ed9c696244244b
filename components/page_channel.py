"""The web chat's files below /chat, its demo page, and /status: whether a model answers.

Any site may embed the chat, so its scripts go to every origin; no answer depends on a cookie.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from support.config import PROJECT

WEB = PROJECT / "web"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
# Asked for anew each time, and answered with 304 when nothing has changed.
FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
# What a visitor need not download of a script: lines that are only a comment, and indentation. The
# reasons stay in the repository. So no text of more lines in a script may depend on either.
SPARE = re.compile(rb"^[ \t]*//.*\n|^/\*[^*]*\*/\n|^[ \t]+", re.MULTILINE)
# What visitors send is small; Sanic alone would take 100 MB.
BODY_SIZE = 100_000


class PageChannel(InputChannel):
    """A channel only by name: Rasa has no other place for a project's own pages."""

    @classmethod
    def name(cls) -> str:
        """How it is listed."""
        return "page"

    def url_prefix(self) -> str:
        """At the root."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The pages."""
        routes = _Pages("visitor_page")
        files = _Files(WEB)

        @routes.route("/chat", methods=["GET", "HEAD"])
        async def page(request: Request) -> HTTPResponse:
            return files.answer(request, "chat.html", PAGE_HEADERS)

        @routes.route("/chat/<name:path>", methods=["GET", "HEAD"])
        async def part(request: Request, name: str) -> HTTPResponse:
            if not files.serves(name):
                return json({"error": {"code": "not_found", "message": "No such file."}}, 404)
            return files.answer(request, name, ANYWHERE)

        return routes


@dataclass(frozen=True)
class _Copy:
    changed: int
    plain: bytes
    packed: bytes
    tag: str


class _Files:
    """The files below a folder, each read and compressed once until it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: dict[Path, _Copy] = {}

    def serves(self, name: str) -> bool:
        """Whether `name` is one of the scripts or styles, and not a way out of the folder."""
        path = self._path(name)
        inside = self._folder.resolve() in path.parents
        return inside and path.suffix in (".js", ".css") and path.is_file()

    def answer(self, request: Request, name: str, headers: Mapping[str, str]) -> HTTPResponse:
        """The file, or that the browser's copy is still right."""
        copy = self._copy(name)
        sent = {**FILE_HEADERS, **headers, "ETag": copy.tag, "Vary": "Accept-Encoding"}
        if copy.tag in request.headers.get("If-None-Match", ""):
            return HTTPResponse(status=304, headers=sent)
        body = copy.plain
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, sent["Content-Encoding"] = copy.packed, "gzip"
        return raw(body, headers=sent, content_type=TYPES[Path(name).suffix])

    def _path(self, name: str) -> Path:
        return (self._folder / name).resolve()

    def _copy(self, name: str) -> _Copy:
        # One file has endlessly many names, such as ././file.
        path = self._path(name)
        changed = path.stat().st_mtime_ns
        copy = self._copies.get(path)
        if copy is None or copy.changed != changed:
            plain = path.read_bytes()
            if path.suffix == ".js" and path.parent.name != "vendor":
                plain = SPARE.sub(b"", plain)
            # Weak, because the compressed and the plain one share it.
            tag = f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
            copy = self._copies[path] = _Copy(changed, plain, gzip.compress(plain), tag)
        return copy


class _Pages(Blueprint):
    """Adds /status, unless Rasa's own HTTP API (--enable-api) has it."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        own_api = any(route.path == "status" for route in app.router.routes)
        if not own_api:
            app.config.REQUEST_MAX_SIZE = BODY_SIZE
            self.add_route(_status, "/status")
        super().register(app, options)  # type: ignore[no-untyped-call]


async def _status(request: Request) -> HTTPResponse:
    """200 when a message would be understood, else 503."""
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        return json({"status": "loading"}, status=503)
    return json({"status": "ok", "model": agent.processor.model_filename})
