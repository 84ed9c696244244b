"""The admin API: what it refuses. Nothing is changed by any of this, so one site serves all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.admin_site import SETTINGS_AT_FIRST, TOKEN, AdminSite, running

GUARDED = [
    ("GET", "/settings"),
    ("PATCH", "/settings"),
    ("GET", "/settings/history"),
    ("GET", "/requests"),
    ("GET", "/requests/R-AAAAA"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    with running(tmp_path_factory.mktemp("refusals")) as site:
        yield site


@pytest.fixture
def site(shared: AdminSite) -> Iterator[AdminSite]:
    """The site, and proof that it is as it was."""
    yield shared
    assert shared.api("GET", "/settings").json() == SETTINGS_AT_FIRST
    assert shared.api("GET", "/settings/history").json() == {"changes": [], "next": None}


def patch(site: AdminSite, body: bytes) -> Any:
    return site.api("PATCH", "/settings", data=body)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "žluť"])
def test_refuses_without_the_right_token(site: AdminSite, token: str | None) -> None:
    for method, path in GUARDED:
        response = site.api(method, path, token=token, json={"response_time": "never"})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "unauthorized"
        assert TOKEN not in response.text


@pytest.mark.parametrize("given", ["Basic {}", "Token {}", "{}", "Bearer{}", "Bearer {} x"])
def test_refuses_the_right_token_in_another_dress(site: AdminSite, given: str) -> None:
    headers = {"Authorization": given.format(TOKEN).encode()}
    assert site.api("GET", "/settings", token=None, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "field, value",
    [
        ("enabled", "true"),
        ("enabled", 1),
        ("enabled", None),
        ("agent_emails", "ann@example.org"),
        ("agent_emails", {"ann@example.org": True}),
        ("agent_emails", [1]),
        ("agent_emails", [None]),
        ("agent_emails", ["ann"]),
        ("agent_emails", ["ann@example.org", "a b@example.org"]),
        ("agent_emails", ["ann@example.org\r\nBcc: eve@example.org"]),
        ("agent_emails", ["Ann <ann@example.org>"]),
        ("agent_emails", [f"a{n}@example.org" for n in range(51)]),
        ("response_time", ""),
        ("response_time", "  "),
        ("response_time", 5),
        ("response_time", None),
        ("response_time", ["today"]),
        ("response_time", "x" * 501),
        ("response_time", "to\u0000day"),
        ("alternative_contact", False),
        ("alternative_contact", {"call": "us"}),
        ("alternative_contact", "call \ud800"),
        ("phone_region", "XX"),
        ("phone_region", "Germany"),
        ("phone_region", ""),
        ("phone_region", 49),
        ("phone_region", ["DE"]),
        ("phone_region", {}),
    ],
)
def test_refuses_a_wrong_value_and_names_the_field(site: AdminSite, field: str, value: Any) -> None:
    response = patch(site, json.dumps({field: value}).encode())
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field
    assert response.json()["error"]["code"] == "invalid_value"


@pytest.mark.parametrize(
    "field", ["enable", "", "__class__", "Enabled", "\ud800", "<b>", "x" * 999]
)
def test_refuses_an_unknown_field(site: AdminSite, field: str) -> None:
    response = patch(site, json.dumps({field: True}).encode())
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unknown_field"
    assert response.json()["error"]["field"] == field


@pytest.mark.parametrize(
    "body", [b"[]", b'"enabled"', b"null", b"true", b"1", b'[{"enabled":true}]']
)
def test_refuses_json_that_is_no_object(site: AdminSite, body: bytes) -> None:
    response = patch(site, body)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "not_an_object"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'enabled': true}",
        b"enabled=true",
        b'{"response_time": "\xff\xfe"}',
        b'\xff\xfe{\x00"\x00',
        b"[" * 60_000,
        b'{"enabled": ' + b"1" * 5000 + b"x}",
        b'{"keep_open_days": NaN}',
        b'{"keep_open_days": -Infinity}',
    ],
)
def test_refuses_what_is_not_json(site: AdminSite, body: bytes) -> None:
    response = patch(site, body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "broken_json"


def test_refuses_to_switch_on_without_an_address(site: AdminSite) -> None:
    response = site.change(enabled=True)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "agent_emails"


def test_saves_nothing_when_one_value_of_several_is_wrong(site: AdminSite) -> None:
    response = site.change(response_time="today", alternative_contact="call us", phone_region="XX")
    assert response.status_code == 422


def test_refuses_a_body_that_is_too_large(site: AdminSite) -> None:
    response = patch(site, b'{"response_time": "' + b"x" * 70_000 + b'"}')
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"


def test_refuses_a_large_body_sent_in_chunks(site: AdminSite) -> None:
    head = f"PATCH /admin/api/settings HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    answer = site.raw(
        head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("tag", ['"other"', "", "W/*"])
def test_refuses_another_tag(site: AdminSite, tag: str) -> None:
    body = {"response_time": "today"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 412
    assert response.json()["error"]["code"] == "stale"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "٣", "9" * 5000, "1e1"])
@pytest.mark.parametrize("path", ["/requests", "/settings/history"])
def test_refuses_a_limit_that_is_none(site: AdminSite, path: str, limit: str) -> None:
    response = site.api("GET", path, params={"limit": limit})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "limit"


@pytest.mark.parametrize(
    "cursor", ["R-AAAAA", "'; drop table requests; --", "\x00", "-1", "9" * 19]
)
def test_refuses_a_cursor_that_is_none(site: AdminSite, cursor: str) -> None:
    response = site.api("GET", "/requests", params={"cursor": cursor})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "cursor"


@pytest.mark.parametrize(
    "asked",
    [
        {"before": "R-AAAAA"},
        {"status": "lost"},
        {"sort": "random"},
        {"delivery": "odd"},
        {"since": "yesterday"},
        {"until": "2026-02-30"},
        {"since": "0001-01-01"},
        {"q": "x" * 201},
        {"taken_by": "x" * 201},
    ],
)
def test_refuses_filters_that_mean_nothing(site: AdminSite, asked: dict[str, str]) -> None:
    response = site.api("GET", "/requests", params=asked)
    assert response.status_code == 422
    assert [response.json()["error"]["field"]] == list(asked)


@pytest.mark.parametrize("reference", ["R-AAAAA", "%00", "%ff", "..%2f..", "'--", "x" * 3000])
def test_says_that_there_is_no_such_request(site: AdminSite, reference: str) -> None:
    response = site.api("GET", f"/requests/{reference}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
