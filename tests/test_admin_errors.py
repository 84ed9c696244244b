"""Errors, below /admin and elsewhere on the action server."""

from __future__ import annotations

import html
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests as http
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access
from tests.admin_site import AdminSite, running

SECRET = "Ann's secret"


async def break_down(request: Request) -> HTTPResponse:
    raise RuntimeError(SECRET)


def add_broken_routes(app: Sanic) -> None:
    for number, path in enumerate(("/broken", "/admin/broken", "/admin/api/broken")):
        app.add_route(break_down, path, methods=["GET", "POST"], name=f"broken_{number}")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminSite]:
    for route in ("GET /admin/broken", "POST /admin/broken"):
        monkeypatch.setitem(access.ROUTES, route, access.OPEN)
        monkeypatch.setitem(access.ROUTES, route.replace("admin/", "admin/api/"), access.OPEN)
    with running(tmp_path, add_broken_routes) as site:
        yield site


def call(site: AdminSite, method: str, path: str, **more: object) -> http.Response:
    return http.request(method, site.url + path, timeout=10, **more)


def test_answers_json_below_the_api(site: AdminSite) -> None:
    response = call(site, "GET", "/admin/api/nothing")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/admin/nothing", "/admin/static/nothing", "/admin/a/b/c"])
def test_answers_a_page_below_admin(site: AdminSite, path: str) -> None:
    response = call(site, "GET", path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "There is nothing at this address." in response.text
    assert path not in response.text


@pytest.mark.parametrize("path", ["/nothing", "/administration", "/adminx/api/settings"])
def test_answers_plain_json_elsewhere(site: AdminSite, path: str) -> None:
    response = call(site, "GET", path)
    assert response.status_code == 404
    assert response.json() == {"error": "There is nothing at this address."}


def test_keeps_its_answers_whatever_failed_before(site: AdminSite) -> None:
    for _ in range(2):
        assert call(site, "GET", "/nothing").status_code == 404
        assert call(site, "GET", "/broken").status_code == 500
        assert call(site, "PUT", "/webhook").status_code == 405
        assert call(site, "GET", "/admin/nothing").status_code == 404
        assert call(site, "PUT", "/admin").status_code == 405
        assert call(site, "GET", "/admin/broken").status_code == 500
        assert call(site, "GET", "/admin/api/nothing").status_code == 404
        assert call(site, "DELETE", "/admin/api/settings").status_code == 405
        assert call(site, "GET", "/admin/api/settings").status_code == 401
        assert call(site, "GET", "/admin/api/broken").status_code == 500


def test_says_which_methods_there_are(site: AdminSite) -> None:
    response = call(site, "DELETE", "/admin/api/settings")
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert set(response.headers["Allow"].split(", ")) == {"GET", "PATCH"}


@pytest.mark.parametrize("path", ["/broken", "/admin/broken", "/admin/api/broken"])
def test_tells_nothing_about_an_unexpected_error_and_logs_it(
    site: AdminSite, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = call(site, "POST", f"{path}?token=query", data={"password": "the body"})
    assert response.status_code == 500
    assert SECRET not in response.text
    assert html.escape(SECRET) not in response.text
    assert "the body" not in response.text
    [record] = [r for r in caplog.records if r.name == "admin.errors"]
    assert record.exc_info is not None
    assert record.getMessage() == f"POST {path} failed"
    assert "the body" not in caplog.text
    assert SECRET not in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in break_down" in caplog.text


def test_does_not_echo_what_rasa_sent(site: AdminSite) -> None:
    response = call(site, "POST", "/webhook", data=b'{"tracker": "Ann Smith"')
    assert response.status_code == 400
    assert response.json() == {"error": "The request cannot be read."}
    response = call(site, "POST", "/webhook", json={"next_action": "action_none", "tracker": {}})
    assert response.status_code >= 400
    assert "request_body" not in response.text


def test_lets_rasa_send_long_conversations(site: AdminSite) -> None:
    response = call(site, "POST", "/webhook", data=b"[" + b" " * 200_000)
    assert response.status_code == 400


def test_refuses_a_large_form(site: AdminSite) -> None:
    response = call(site, "POST", "/admin/sign-in", data={"token": "x" * 70_000})
    assert response.status_code == 413
    assert "The request is too large." in response.text


def test_refuses_a_large_body_to_an_address_that_is_none(site: AdminSite) -> None:
    answer = site.raw(
        b"POST /admin/nothing HTTP/1.1\r\nContent-Length: 90000000\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /admin/\xff\xfe HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET * HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /admin HTTP/9\r\n\r\n",
        b"GET /admin HTTP/1.1\r\nCookie: \xff=\xfe; ;;=\r\nConnection: close\r\n\r\n",
        b"GET /admin?\xff=%ff HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_survives_what_no_browser_sends(site: AdminSite, sent: bytes) -> None:
    assert b"HTTP/1.1 5" not in site.raw(sent)
    assert call(site, "GET", "/admin").status_code == 200


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/nothing", "/admin/api/settings", "/admin/broken"]
)
def test_sends_protective_headers_with_every_answer_below_admin(site: AdminSite, path: str) -> None:
    headers = call(site, "GET", path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_leaves_the_sdk_s_own_answers_alone(site: AdminSite) -> None:
    response = call(site, "GET", "/health")
    assert response.json() == {"status": "ok"}
    assert "Content-Security-Policy" not in response.headers
