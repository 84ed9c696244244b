"""The reverse proxy's configuration in docs/deployment.md, in a real nginx."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.config import PROJECT
from tests.http_server import HttpServer
from tests.mail_server import free_port
from tests.system import wait_for

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="there is no nginx here")

PAGE = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
(SNIPPET,) = re.findall(r"```nginx\n(.*?)```", PAGE, re.S)
# What the page says stands outside `server`.
OUTSIDE = re.compile(r"^(?:proxy_cache_path [^\n]*|upstream \w+ \{.*?^\})$", re.S | re.M)

# As the chat's files have.
HEADERS = {
    "Cache_Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Content_Encoding": "gzip",
}


class Site:
    """Both servers behind nginx. url: what visitors see."""

    def __init__(self, folder: Path) -> None:
        self.rasa, self.actions = HttpServer(), HttpServer()
        packed = gzip.compress(b"Rasa")
        self.rasa.answers(200, packed, **HEADERS, ETag='"1"')
        self.actions.answers(200, b"actions")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        (folder / "nginx.conf").write_text(self._configuration(folder, port), encoding="utf-8")
        self._command = ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]

    def _configuration(self, folder: Path, port: int) -> str:
        text = SNIPPET.replace(":5005", f":{self.rasa.port}").replace(
            ":5055", f":{self.actions.port}"
        )
        text = text.replace("/var/cache/nginx", str(folder))
        outside = "\n".join(OUTSIDE.findall(text))
        inside = OUTSIDE.sub("", text)
        places = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Else its workers are nobody, who may not write here.
        user = "user root; " if os.geteuid() == 0 else ""
        return (
            f"{user}daemon off; pid nginx.pid; events {{}}\n"
            f"http {{ access_log off; {places}\n{outside}\n"
            f"server {{ listen 127.0.0.1:{port};\n{inside} }} }}"
        )

    def start(self) -> None:
        """All three."""
        self.rasa.start()
        self._rasa_runs = True
        self.actions.start()
        self._nginx = subprocess.Popen(self._command)
        wait_for("nginx", self._answers)

    def stop(self) -> None:
        """All that still run."""
        self._nginx.terminate()
        self._nginx.wait(20)
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

    def _answers(self) -> bool:
        try:
            return bool(self.get("/admin"))
        except requests.ConnectionError:
            return False


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A running site."""
    site = Site(tmp_path)
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
    for path in ("/webhook", "/status", "/health", "/model", "/actions", "/"):
        answer = requests.get(f"{site.url}{path}", timeout=20)
        assert answer.status_code in (200, 404)
        assert answer.text not in ("Rasa", "actions")
