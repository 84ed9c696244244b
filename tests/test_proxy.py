"""deploy/nginx.conf in a real nginx, with one server of each kind."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
import requests

from tests import nginx
from tests.http_server import HttpServer
from tests.nginx import Nginx
from tests.system import wait_for

pytestmark = pytest.mark.skipif(nginx.why_not() is not None, reason=str(nginx.why_not()))

# As the chat's files have.
HEADERS = {
    "Cache_Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Content_Encoding": "gzip",
}


class Site:
    """Both servers behind nginx. url: what visitors see."""

    def __init__(self) -> None:
        self.rasa, self.actions = HttpServer(), HttpServer()
        self.rasa.answers(200, gzip.compress(b"Rasa"), **HEADERS, ETag='"1"')
        self.actions.answers(200, b"actions")
        rasa, actions = self.rasa.port, self.actions.port
        self._nginx = Nginx({5005: rasa, 5006: rasa, 5055: actions, 5056: actions})
        self.url = self._nginx.url
        self._rasa_runs = False

    def start(self) -> None:
        """All three."""
        self.rasa.start()
        self._rasa_runs = True
        self.actions.start()
        self._nginx.start()

    def stop(self) -> None:
        """All that still run."""
        self._nginx.remove()
        self.kill_rasa()
        self.actions.stop()

    def kill_rasa(self) -> None:
        """It is not there any more."""
        if self._rasa_runs:
            self.rasa.stop()
        self._rasa_runs = False

    def get(self, path: str, encoding: str = "gzip") -> str:
        """What a visitor gets."""
        headers = {"Accept-Encoding": encoding}
        return requests.get(f"{self.url}{path}", headers=headers, timeout=20).text


@pytest.fixture
def site() -> Iterator[Site]:
    """A running site."""
    site = Site()
    try:
        site.start()
        yield site
    finally:
        site.stop()


def test_keeps_the_chat_and_the_contact_form_there_while_rasa_is_dead(site: Site) -> None:
    for path in ("/chat", "/chat/support-chat.js", "/contact"):
        assert site.get(path) == "Rasa"
    site.kill_rasa()
    for path in ("/chat", "/chat/support-chat.js"):
        for encoding in ("gzip, deflate", "gzip, br, zstd", "identity"):
            assert site.get(path, encoding) == "Rasa"
    assert site.get("/contact") == "actions"
    assert requests.get(f"{site.url}/webhooks/rest/webhook", timeout=20).status_code == 502


def test_shows_a_new_chat_soon_after_it_is_there(site: Site) -> None:
    assert site.get("/chat") == "Rasa"
    site.rasa.answers(200, gzip.compress(b"newer"), **HEADERS, ETag='"2"')
    wait_for("the new file", lambda: site.get("/chat") == "newer")


def test_publishes_nothing_else(site: Site) -> None:
    for path in ("/webhook", "/status", "/health", "/metrics", "/model", "/actions", "/"):
        answer = requests.get(f"{site.url}{path}", timeout=20)
        assert answer.status_code in (200, 404)
        assert answer.text not in ("Rasa", "actions")
