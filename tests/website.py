"""A website of somebody else's, on another origin, that embeds the chat; for tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FORM: dict[str, Any] = {
    "open": True,
    "form_id": "form-1",
    "message": "Write to our team.",
    "fields": [
        {"name": name, "type": kind, "label": label, "required": required}
        | {"autocomplete": autocomplete, "max_length": 300, "value": value}
        for name, kind, label, required, autocomplete, value in [
            ("name", "text", "Your name", True, "name", "Ann Lee"),
            ("email", "email", "E-mail address", True, "email", ""),
            ("phone", "tel", "Phone number", False, "tel", ""),
            ("reason", "textarea", "What is it about?", True, "off", ""),
        ]
    ],
}
SENT = {"outcome": "sent", "reference": "R-7KQ2M", "message": "Your message is with our team."}


class Website:
    """pages: the HTML at each path; files: what is at other paths; headers: sent with all pages.

    It also takes the contact form, as both servers of the product do: `answers` says what with,
    as (status, JSON) by path, and `posts` keeps what came.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        self.headers: dict[str, str] = {}
        self.answers: dict[str, tuple[int, Any]] = {
            "/contact/form": (200, FORM),
            "/contact": (200, SENT),
        }
        self.posts: list[tuple[str, Any]] = []
        self.cookies: list[str] = []
        site = self

        class Handler(_Handler):
            website = site

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Another name than the chat's 127.0.0.1: another site, not just another port.
        self.url = f"http://localhost:{self._server.server_port}"

    def page(self, path: str, body: str, head: str = "") -> str:
        """Put a page there; its address."""
        start = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>'
        viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
        icon = '<link rel="icon" href="data:,">'
        self.pages[path] = f"{start}{viewport}{icon}{head}<body>{body}</body></html>"
        return self.url + path

    def start(self) -> None:
        """Answer from now on."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    website: Website

    def do_GET(self) -> None:
        site, path = self.website, self.path.partition("?")[0]
        if path in site.pages:
            self._answer(200, site.pages[path].encode(), "text/html", site.headers)
        elif path in site.files:
            self._answer(200, site.files[path].read_bytes(), "text/javascript", {})
        else:
            self._answer(404, b"", "text/plain", {})

    def do_OPTIONS(self) -> None:
        allowed = {
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Allow-Methods": "POST",
        }
        self._answer(204, b"", "text/plain", allowed)

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.website.posts.append((self.path, content))
        self.website.cookies += self.headers.get_all("Cookie", [])
        status, answer = self.website.answers[self.path]
        self._answer(status, json.dumps(answer).encode(), "application/json", {})

    def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Access-Control-Allow-Origin": "*",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Quietly."""


@contextmanager
def running_website() -> Iterator[Website]:
    """A website that answers, for a while."""
    site = Website()
    site.start()
    try:
        yield site
    finally:
        site.stop()


def embedding(chat_url: str, attributes: str = "") -> str:
    """What the documentation tells a site's owner to paste."""
    return (
        f'<script type="module" src="{chat_url}/chat/support-chat.js"></script>'
        f"<support-chat {attributes}></support-chat>"
    )
