"""The one way out over HTTP: what is called, what is refused, and what each failure is called."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from support import outgoing
from support.errors import DeliveryError
from support.guard import Guard
from tests.http_server import HttpServer, serving
from tests.mail_server import free_port

HERE = Guard(["127.0.0.0/8"])
SECRET = "T0/B0/very-secret"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


def post(url: str, guard: Guard = HERE) -> outgoing.Answer:
    return outgoing.post(url, b"{}", {"X-Kind": "test"}, guard)


def refused(url: str, guard: Guard = HERE) -> DeliveryError:
    """The error that calling it ends in, which never holds the secret."""
    with pytest.raises(DeliveryError) as failed:
        post(url, guard)
    assert "secret" not in str(failed.value)
    # Nor does what a traceback would show.
    assert failed.value.__cause__ is None
    return failed.value


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let names lead to these addresses, one after the other; returns what was looked up."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


# What is called


def test_sends_what_it_is_given_and_returns_the_answer(server: HttpServer) -> None:
    server.answers(418, b"I am a teapot", Retry_After="7")
    assert post(f"http://{server.host}/a?b=c") == outgoing.Answer(418, "I am a teapot", 7.0)
    (received,) = server.received
    assert (received.method, received.path, received.body) == ("POST", "/a?b=c", b"{}")
    assert received.headers["X-Kind"] == "test"
    assert received.headers["Host"] == server.host


def test_calls_the_address_that_it_has_checked(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second look-up would lead elsewhere, as whoever rebinds a name has it.
    asked = leads_to(monkeypatch, "127.0.0.1", "10.0.0.1")
    assert post(f"http://shop.example.org:{server.port}/").status == 200
    assert asked == ["shop.example.org"]
    assert server.received[0].headers["Host"] == f"shop.example.org:{server.port}"


@pytest.mark.parametrize("name", ["shop.example.org", "other.example.org"])
def test_checks_the_certificate_for_the_name_and_not_the_address(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("shop.example.org").configure_cert(context)
    with serving(context) as server:
        leads_to(monkeypatch, "127.0.0.1")
        url = f"https://{name}:{server.port}/{SECRET}"
        if name == "shop.example.org":
            assert post(url).status == 200
        else:
            error = refused(url)
            assert "No secure connection to other.example.org: Hostname mismatch" in str(error)
            assert not error.permanent
        assert server.names == [name]


def test_trusts_no_certificate_of_an_unknown_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as server:
        assert "No secure connection to 127.0.0.1" in str(refused(f"https://{server.host}/"))
        assert server.received == []


@pytest.mark.parametrize("guard", [Guard(["localhost"]), Guard(["127.0.0.1"]), HERE])
def test_calls_private_addresses_that_are_allowed(server: HttpServer, guard: Guard) -> None:
    host = "localhost" if guard.names("localhost") else "127.0.0.1"
    assert post(f"http://{host}:{server.port}/", guard).status == 200


# What is refused


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_calls_no_private_address_however_it_is_written(server: HttpServer, host: str) -> None:
    error = refused(f"http://{host}:{server.port}/{SECRET}", Guard())
    assert error.permanent
    assert server.received == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_calls_no_name_that_leads_to_a_private_address(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, address)
    error = refused(f"https://shop.example.org/{SECRET}", Guard())
    assert f"shop.example.org leads to {address}, which is not on the public" in str(error)
    assert "OUTGOING_ALLOW" in str(error)
    assert error.permanent


def test_calls_no_name_of_which_one_address_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        for address in ("1.1.1.1", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert "leads to 127.0.0.1" in str(refused("http://shop.example.org/", Guard()))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/secret",
        "file:///etc/secret",
        "gopher://example.org/secret",
        "unix:///secret",
        "//example.org/secret",
        "/secret",
        "",
        "https://",
        "https://ann:secret@example.org/",
        "https://exam ple.org/secret",
        "https://example.org/secret\r\nX-Evil: 1",
        "https://[::1/secret",
        "https://example.org:99999/secret",
    ],
)
def test_calls_nothing_that_is_no_web_address(url: str) -> None:
    error = refused(url)
    assert error.permanent
    assert str(error).startswith("The address cannot be called:")


@pytest.mark.parametrize(
    "status, permanent",
    [(301, True), (302, False), (303, False), (307, False), (308, True), (304, False)],
)
def test_follows_nothing(server: HttpServer, status: int, permanent: bool) -> None:
    with serving() as other:
        server.answers(status, Location=f"http://{other.host}/{SECRET}")
        error = refused(f"http://{server.host}/{SECRET}")
        assert f"127.0.0.1 answered {status}, which leads to another address" in str(error)
        assert error.permanent is permanent
        assert other.received == []


# Failures


@pytest.mark.parametrize("behaviour", ["never", "drip"])
def test_waits_for_no_answer_for_ever(
    server: HttpServer, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = "READ_SECONDS" if behaviour == "never" else "TOTAL_SECONDS"
    monkeypatch.setattr(outgoing, limit, 0.3)
    server.behaviour = behaviour
    error = refused(f"http://{server.host}/{SECRET}")
    # Which of the two limits it was: each has to work without the other.
    why = {"never": "nothing heard in time", "drip": "longer than 0.3 seconds"}[behaviour]
    assert f"No answer from 127.0.0.1: {why}" in str(error).replace("it took ", "")
    assert not error.permanent


def test_waits_for_no_handshake_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refused(f"https://127.0.0.1:{silent.getsockname()[1]}/{SECRET}")
    assert "No answer from 127.0.0.1: it took longer than 0.3 seconds" in str(error)


def test_tries_no_more_addresses_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    # A full backlog: connecting hangs, as at an address that swallows everything.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for waiting in held:
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 1000
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 0.2)
        monkeypatch.setattr(outgoing, "TOTAL_SECONDS", 0.5)
        error = refused(f"http://shop.example.org:{port}/{SECRET}")
        for waiting in held:
            waiting.close()
    assert "it took longer than 0.5 seconds" in str(error)


def test_waits_for_no_name_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(20) and [])
    error = refused("https://shop.example.org/")
    ended.set()
    assert "shop.example.org was not found within 0.2 seconds" in str(error)
    assert not error.permanent


def test_tries_again_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = refused(f"https://shop.example.org/{SECRET}")
    assert "shop.example.org was not found" in str(error)
    assert not error.permanent


def test_tries_again_when_nobody_listens() -> None:
    error = refused(f"http://127.0.0.1:{free_port()}/{SECRET}")
    assert "the connection was refused" in str(error)
    assert not error.permanent


def test_tries_again_when_the_connection_closes_without_an_answer(server: HttpServer) -> None:
    server.behaviour = "close"
    assert not refused(f"http://{server.host}/{SECRET}").permanent


def test_takes_the_status_for_the_answer_when_the_body_breaks_off(server: HttpServer) -> None:
    server.behaviour = "break"
    assert post(f"http://{server.host}/").status == 200


def test_reads_only_the_beginning_of_an_endless_answer(server: HttpServer) -> None:
    server.behaviour, server.body = "huge", b"x" * 65536
    answer = post(f"http://{server.host}/")
    assert answer.text == "x" * outgoing.ANSWER_BYTES


# What is repeated of an answer


@pytest.mark.parametrize(
    "header, seconds",
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("999999999", outgoing.LONGEST_WAIT_SECONDS),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
    ],
)
def test_reads_how_long_to_wait(header: str, seconds: float | None) -> None:
    assert outgoing.retry_after(header) == seconds


def test_reads_until_when_to_wait() -> None:
    soon = dt.datetime.now(dt.timezone.utc) + dt.timedelta(minutes=5)
    assert outgoing.retry_after(format_datetime(soon, usegmt=True)) == pytest.approx(300, abs=30)


def test_shows_a_short_line_of_an_answer_without_what_is_secret() -> None:
    answer = outgoing.Answer(400, "bad\r\n\x00key k-12345 of Ann Lee " + "x" * 500)
    shown = answer.excerpt(["k-12345", "k-1", "Ann Lee", ""])
    assert shown.startswith("bad key … of … x")
    assert len(shown) == outgoing.EXCERPT_LENGTH + 1


@pytest.mark.parametrize(
    "status, permanent",
    [
        *((status, True) for status in (400, 401, 403, 404, 410, 422)),
        *((status, False) for status in (408, 425, 429, 500, 502, 503)),
    ],
)
def test_says_which_refusals_are_for_good(status: int, permanent: bool) -> None:
    error = outgoing.refusal("the CRM", outgoing.Answer(status, "", 9.0), "")
    assert (error.permanent, error.retry_after) == (permanent, 9.0)
    assert str(error) == f"the CRM answered {status}."
