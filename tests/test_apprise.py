"""Apprise: what it is let to, and what its answers are called."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.config import PROJECT
from support.errors import DeliveryError
from support.guard import Guard
from support.notifications import apprise
from support.notifications.apprise import Apprise, service_of
from tests.http_server import HttpServer, serving
from tests.test_email import ANN

HERE = Guard(["127.0.0.1"])
SECRET = "very-secret-token"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


def refused(url: str, guard: Guard = HERE) -> DeliveryError:
    """The error that sending ends in."""
    with pytest.raises(DeliveryError) as failed:
        Apprise({"url": url}, guard, None).send(ANN)
    assert SECRET not in str(failed.value)
    return failed.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_is_let_to_no_private_address(server: HttpServer, host: str) -> None:
    error = refused(f"json://{host}:{server.port}/{SECRET}", Guard())
    assert "which is not on the public internet" in str(error)
    assert error.permanent
    assert server.received == []


def test_is_let_to_no_private_mail_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mail:
        url = f"mailto://ann:{SECRET}@example.org:{mail.getsockname()[1]}?smtp=127.0.0.1"
        assert "leads to 127.0.0.1" in str(refused(url, Guard()))


def test_is_let_to_a_host_that_is_allowed_by_name(server: HttpServer) -> None:
    channel = Apprise({"url": f"json://localhost:{server.port}/x"}, Guard(["localhost"]), None)
    assert channel.send(ANN) == "JSON accepted it (200)"


@pytest.mark.parametrize("option", ["", "?redirect=yes"])
def test_is_let_nowhere_by_a_redirect(server: HttpServer, option: str) -> None:
    with socket.create_server(("127.0.0.2", 0)) as private:
        private.settimeout(0.1)
        server.answers(302, Location=f"http://127.0.0.2:{private.getsockname()[1]}/{SECRET}")
        refused(f"json://{server.host}/{SECRET}{option}")
        with pytest.raises(TimeoutError):
            private.accept()


def test_says_how_long_to_wait(server: HttpServer) -> None:
    server.answers(429, b"slow down", Retry_After="90")
    error = refused(f"json://{server.host}/{SECRET}")
    assert (str(error), error.permanent, error.retry_after) == ("JSON answered 429.", False, 90.0)


def test_gives_up_on_a_url_that_cannot_be_read() -> None:
    error = refused(f"nonsense://{SECRET}")
    assert error.permanent
    assert "enter it anew" in str(error)


def test_ends_apprise_when_it_takes_too_long(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise, "TOTAL_SECONDS", 0.2)
    error = refused(f"json://{server.host}/{SECRET}")
    assert str(error) == "Nothing was accepted through Apprise within 0.2 seconds."
    assert not error.permanent


def test_repeats_nothing_of_what_broke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / SECRET))
    assert str(refused("json://127.0.0.1/")) == "Apprise broke with FileNotFoundError."


@pytest.mark.parametrize(
    "url, service",
    [
        ("discord://123456789012345678/abcdefghijklmnopqrstuvwxyz", "Discord"),
        ("mailto://ann:password@gmail.com", "E-Mail"),
        ("syslog://", None),
        ("json://127.0.0.1/", "JSON"),
        ("", None),
    ],
)
def test_knows_which_service_a_url_leads_to(url: str, service: str | None) -> None:
    assert service_of(url) == service


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "open('.env')",
        "open('/proc/self/environ')",
        "open(os.path.join(os.path.dirname(os.__file__), 'new.txt'), 'w')",
        "os.open(os.__file__, os.O_RDWR)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "socket.create_connection(('10.0.0.1', 80))",
        "socket.socket(socket.AF_UNIX).connect('/dev/log')",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 514))",
    ],
)
def test_is_fenced_in(attempt: str) -> None:
    program = (
        "import os, socket, subprocess\n"
        "from support.guard import Guard\n"
        "from support.notifications.apprise_child import Fence, Refused\n"
        "Fence(Guard()).raise_up()\n"
        "open(os.__file__).close()\n"
        f"try:\n    {attempt}\nexcept Refused:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.stdout == "refused\n", done.stderr


def test_says_what_is_needed_most_first() -> None:
    title, body = Apprise({"url": ""}, HERE, "https://example.org").render(ANN)
    assert title == "Ann Lee asks for a person (R-7KQ9M)"
    parts = ("my order never came", "Phone: +12025550123", "/admin/requests/R-7KQ9M", "Visitor: ")
    places = [body.index(part) for part in parts]
    assert places == sorted(places)
