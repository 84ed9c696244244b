"""Support Operations for tests: the SDK's app on a free port, with a database of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import re
import socket
import tempfile
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests as http
from sanic import Sanic

from admin import flow_work
from admin.site import attach
from support import config, database, outbox, settings
from support import requests as inbox
from support.errors import DeliveryError
from support.models import Request

TOKEN = "let-me-in-žluť"
NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)
SETTINGS_AT_FIRST = {
    "enabled": False,
    "agent_emails": [],
    "response_time": "within one working day",
    "alternative_contact": "",
    "phone_region": "US",
    "sender_name": "",
    "alert_emails": [],
    "daily_test": False,
    "messages_per_minute": 30,
    "requests_per_conversation": 5,
    "requests_per_client": 20,
    "mails_per_hour": 100,
    "keep_ended_days": 365,
    "keep_open_days": 730,
    "keep_conversations_days": 90,
    "keep_audit_days": 730,
}
SECONDS = 10
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
CHECKED = re.compile(r'<input type="checkbox"[^>]* name="(\w+)" value="(\w+)"\s+checked')


class Browser:
    """What an admin holds: cookies, and the page opened last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = http.Session()
        self.page = ""

    def get(self, path: str) -> http.Response:
        """Open a page."""
        return self._opened(self.session.get(self.url + path, timeout=SECONDS))

    def post(self, path: str, **fields: str) -> http.Response:
        """Send the form on the page opened last, with these fields filled in."""
        found = HIDDEN.findall(self.page) + CHECKED.findall(self.page)
        sent = [(name, html.unescape(value)) for name, value in found if name not in fields]
        data = [*sent, *fields.items()]
        return self._opened(self.session.post(self.url + path, data=data, timeout=SECONDS))

    def sign_in(self, token: str = TOKEN) -> http.Response:
        """Go to the sign-in page and type the token."""
        self.get("/admin")
        return self.post("/admin/sign-in", token=token)

    def cookie(self) -> str:
        """The session cookie's value."""
        return str(self.session.cookies.get("support_session", path="/admin"))

    def set_cookie(self, value: str) -> None:
        """Come with this session cookie."""
        self.session.cookies.clear()
        self.session.headers["Cookie"] = f"support_session={value}"

    def _opened(self, response: http.Response) -> http.Response:
        self.page = response.text
        return response


class AdminSite:
    """The running site."""

    def __init__(self, url: str, configuration: config.Config, app: Sanic) -> None:
        self.url = url
        self.config = configuration
        self._app = app

    def routes(self) -> set[tuple[str, str]]:
        """Every route below /admin: the method, and the address with {parameters}."""
        return {
            (method, "/" + re.sub(r"<([^:>]+)[^>]*>", r"{\1}", route.path))
            for route in self._app.router.routes
            for method in route.methods
            if route.path.startswith("admin")
        }

    def browser(self) -> Browser:
        """A browser that has never been here."""
        return Browser(self.url)

    def admin(self) -> Browser:
        """A browser with an admin signed in, on the settings page."""
        browser = self.browser()
        browser.sign_in()
        return browser

    def api(self, method: str, path: str, token: str | None = TOKEN, **more: Any) -> http.Response:
        """Call the API; token=None sends none."""
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}".encode()
        return http.request(
            method, f"{self.url}/admin/api{path}", headers=headers, timeout=SECONDS, **more
        )

    def change(self, **values: Any) -> http.Response:
        """Change settings over the API."""
        return self.api("PATCH", "/settings", json=values)

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are and return the whole answer."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
            connection.sendall(sent)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
            return b"".join(parts)


def words(page: str) -> str:
    """The page as it reads, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def switch_on(**values: Any) -> None:
    """Let Support Operations take requests."""
    changes = {"agent_emails": ["team@example.org"], "enabled": True, **values}
    with database.session_scope() as session:
        settings.update(session, changes, actor="a test", now=NOW)


def ask(number: int = 0, **values: Any) -> Request:
    """A visitor's request, stored."""
    said = [
        inbox.Line(NOW.timestamp() - 20, "assistant", "How can I help?"),
        inbox.Line(NOW.timestamp() - 10, "visitor", "I want to talk to an agent"),
    ]
    asked = {
        "handoff_id": f"handoff-{number}",
        "conversation_id": f"conversation-{number}",
        "name": "Ann Smith",
        "email": "ann@example.org",
        "phone": "+1 202 555 0199",
        "reason": "My refund",
        "channel": "webchat",
        "page_url": "https://shop.example.org/orders",
        "transcript": said,
        **values,
    }
    return inbox.submit(inbox.NewRequest(**asked), NOW + dt.timedelta(minutes=number))


def deliver(error: DeliveryError | None = None) -> None:
    """Try every delivery that is due: accepted, or refused with this error."""
    for held in outbox.claim(NOW + dt.timedelta(days=1), 100):
        if error is None:
            outbox.record_sent(held, "250 Ok: queued", NOW)
        else:
            outbox.record_failure(held, error, NOW)


@contextmanager
def running(
    folder: Path, prepare: Callable[[Sanic], None] | None = None, **environ: str
) -> Iterator[AdminSite]:
    """The site as long as the block lasts. prepare: adds routes. environ: more configuration."""
    file = folder / "support.db"
    file.write_bytes(_empty_database())
    configuration = _configuration(file, **environ)
    database.connect(configuration.database_url)
    app = _sdk_app()
    if prepare is not None:
        prepare(app)
    attach(app, configuration)
    # There is no Rasa server here that takes up work.
    patience, flow_work.PATIENCE_SECONDS = flow_work.PATIENCE_SECONDS, 0.3
    try:
        with _served(app) as url:
            yield AdminSite(url, configuration, app)
    finally:
        flow_work.PATIENCE_SECONDS = patience
        database.disconnect()


def _sdk_app() -> Sanic:
    Sanic.test_mode = True
    with warnings.catch_warnings():
        # Sanic-CORS, which the SDK brings, compares versions in an old way while it is imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        from rasa_sdk.endpoint import create_app

        return create_app(types.ModuleType("no_actions"), cors_origins="")


def _configuration(file: Path, **environ: str) -> config.Config:
    given = {"ADMIN_TOKEN": TOKEN, "INTERNAL_TOKEN": "internal", "SECRET_KEY": "secret"}
    given["DATABASE_URL"] = f"sqlite:///{file}"
    given["CONVERSATIONS_URL"] = f"sqlite:///{file.parent}/conversations.db"
    return config.load({**given, **environ})


@lru_cache(maxsize=1)
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "support.db"
        database.migrate(_configuration(file))
        return file.read_bytes()


@contextmanager
def _served(app: Sanic) -> Iterator[str]:
    # Sanic's own test client answers 405 itself and stops the server after each request.
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    )
    loop.run_until_complete(server.startup())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for kept_alive in list(server.connections):
            kept_alive.close()
        loop.run_until_complete(server.wait_closed())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
