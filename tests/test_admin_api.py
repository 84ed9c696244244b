"""The admin API: who may call it, what it changes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import database, settings
from support.errors import DeliveryError
from tests.admin_site import TOKEN, AdminSite, ask, deliver, running, switch_on

DEFAULTS = {
    "enabled": False,
    "agent_emails": [],
    "response_time": "within one working day",
    "alternative_contact": "",
    "phone_region": "US",
}
GUARDED = [
    ("GET", "/settings"),
    ("PATCH", "/settings"),
    ("GET", "/settings/history"),
    ("GET", "/requests"),
    ("GET", "/requests/R-AAAAA"),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def patch(site: AdminSite, body: bytes) -> Any:
    return site.api("PATCH", "/settings", data=body)


# --- who may call it ---


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", "žluť"])
def test_refuses_without_the_right_token(
    site: AdminSite, method: str, path: str, token: str | None
) -> None:
    response = site.api(method, path, token=token, json={"enabled": True})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "unauthorized"
    assert TOKEN not in response.text
    assert site.api("GET", "/settings").json() == DEFAULTS


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_refuses_the_right_token_under_another_scheme(site: AdminSite, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}".encode()}
    assert site.api("GET", "/settings", token=None, headers=headers).status_code == 401


def test_takes_the_scheme_in_any_case(site: AdminSite) -> None:
    headers = {"Authorization": f"bearer {TOKEN}".encode()}
    assert site.api("GET", "/settings", token=None, headers=headers).status_code == 200


def test_takes_no_session_cookie_for_a_token(site: AdminSite) -> None:
    admin = site.admin()
    assert admin.get("/admin/api/settings").status_code == 401


# --- settings ---


def test_gives_exactly_the_settings_by_name(site: AdminSite) -> None:
    response = site.api("GET", "/settings")
    assert response.status_code == 200
    assert response.json() == DEFAULTS
    assert response.headers["Content-Type"] == "application/json"


def test_changes_only_what_is_sent(site: AdminSite) -> None:
    response = site.change(response_time="today", phone_region="de")
    assert response.status_code == 200
    assert response.json() == {**DEFAULTS, "response_time": "today", "phone_region": "DE"}
    assert site.api("GET", "/settings").json() == response.json()


def test_switches_on_with_several_addresses_and_folds_duplicates(site: AdminSite) -> None:
    addresses = ["ann@example.org", " bob@example.org ", "ANN@example.org", "ann@EXAMPLE.org"]
    response = site.change(enabled=True, agent_emails=addresses)
    assert response.json()["enabled"] is True
    assert response.json()["agent_emails"] == ["ann@example.org", "bob@example.org"]


def test_changes_nothing_for_an_empty_object(site: AdminSite) -> None:
    assert site.change().json() == DEFAULTS
    assert site.api("GET", "/settings/history").json() == {"changes": []}


@pytest.mark.parametrize(
    ("field", "value"),
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
        ("phone_region", float("nan")),
    ],
)
def test_refuses_a_wrong_value_and_names_the_field(
    site: AdminSite, field: str, value: Any
) -> None:
    response = patch(site, json.dumps({field: value}).encode())
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field
    assert response.json()["error"]["code"] == "invalid_value"
    assert site.api("GET", "/settings").json() == DEFAULTS


@pytest.mark.parametrize("field", ["enable", "", "__class__", "Enabled", "\ud800", "<b>", "x" * 999])
def test_refuses_an_unknown_field(site: AdminSite, field: str) -> None:
    response = patch(site, json.dumps({field: True}).encode())
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unknown_field"
    assert response.json()["error"]["field"] == field


@pytest.mark.parametrize("body", [b"[]", b'"enabled"', b"null", b"true", b"1", b'[{"enabled":true}]'])
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
    assert site.api("GET", "/settings").json()["enabled"] is False


def test_refuses_to_take_the_last_address_while_on(site: AdminSite) -> None:
    switch_on()
    response = site.change(agent_emails=[])
    assert response.status_code == 422
    assert site.api("GET", "/settings").json()["agent_emails"] == ["team@example.org"]


def test_saves_nothing_when_one_value_of_several_is_wrong(site: AdminSite) -> None:
    response = site.change(response_time="today", alternative_contact="call us", phone_region="XX")
    assert response.status_code == 422
    assert site.api("GET", "/settings").json() == DEFAULTS
    assert site.api("GET", "/settings/history").json() == {"changes": []}


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


# --- two admins at once ---


def test_changes_settings_that_carry_the_tag_read(site: AdminSite) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]
    body = {"response_time": "today"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 200
    assert response.headers["ETag"] != tag
    assert response.headers["ETag"] == site.api("GET", "/settings").headers["ETag"]


@pytest.mark.parametrize("tag", ['"other"', "", "W/*"])
def test_refuses_another_tag(site: AdminSite, tag: str) -> None:
    body = {"response_time": "today"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 412
    assert response.json()["error"]["code"] == "stale"
    assert site.api("GET", "/settings").json() == DEFAULTS


def test_refuses_a_tag_that_a_newer_change_has_outdated(site: AdminSite) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]
    site.change(response_time="today")
    body = {"response_time": "tomorrow"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 412
    assert site.api("GET", "/settings").json()["response_time"] == "today"


@pytest.mark.parametrize("tags", ["*", '"other", {tag}'])
def test_takes_any_tag_that_matches(site: AdminSite, tags: str) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]
    headers = {"If-Match": tags.format(tag=tag)}
    response = site.api("PATCH", "/settings", json={"phone_region": "DE"}, headers=headers)
    assert response.status_code == 200


# --- history ---


def test_records_who_changed_what_and_when(site: AdminSite) -> None:
    site.change(enabled=True, agent_emails=["ann@example.org"])
    site.change(response_time="today")
    changes = site.api("GET", "/settings/history").json()["changes"]
    assert [(c["name"], c["old"], c["new"]) for c in changes] == [
        ("response_time", "within one working day", "today"),
        ("agent_emails", [], ["ann@example.org"]),
        ("enabled", False, True),
    ]
    assert {c["actor"] for c in changes} == {"admin (API)"}
    assert all(c["at"].endswith("Z") and c["at"] > "2026-" for c in changes)


def test_records_nothing_that_stays_the_same(site: AdminSite) -> None:
    site.change(response_time=" within  one working day ", phone_region="us")
    assert site.api("GET", "/settings/history").json() == {"changes": []}


def test_gives_as_many_changes_as_asked_for(site: AdminSite) -> None:
    for region in ("DE", "IN", "FR"):
        site.change(phone_region=region)
    changes = site.api("GET", "/settings/history?limit=2").json()["changes"]
    assert [c["new"] for c in changes] == ["FR", "IN"]


# --- requests ---


def test_lists_no_requests_at_first(site: AdminSite) -> None:
    assert site.api("GET", "/requests").json() == {"requests": [], "next": None}


def test_lists_requests_newest_first_with_where_deliveries_stand(site: AdminSite) -> None:
    switch_on(agent_emails=["ann@example.org", "bob@example.org"])
    first = ask(1).reference
    deliver()
    second = ask(2, name="Eve", email=None).reference
    listed = site.api("GET", "/requests").json()["requests"]
    assert [row["reference"] for row in listed] == [second, first]
    assert [d["status"] for d in listed[0]["deliveries"]] == ["queued", "queued"]
    assert [d["status"] for d in listed[1]["deliveries"]] == ["sent", "sent"]
    assert {d["target"] for d in listed[1]["deliveries"]} == {"ann@example.org", "bob@example.org"}
    assert (listed[0]["name"], listed[0]["email"]) == ("Eve", None)


def test_goes_through_all_requests_by_cursor(site: AdminSite) -> None:
    switch_on()
    made = [ask(number).reference for number in range(5)]
    seen: list[str] = []
    path = "/requests?limit=2"
    while True:
        page = site.api("GET", path).json()
        seen += [row["reference"] for row in page["requests"]]
        if page["next"] is None:
            break
        path = f"/requests?limit=2&before={page['next']}"
    assert seen == made[::-1]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "٣", "9" * 5000, "1e1"])
@pytest.mark.parametrize("path", ["/requests", "/settings/history"])
def test_refuses_a_limit_that_is_none(site: AdminSite, path: str, limit: str) -> None:
    response = site.api("GET", path, params={"limit": limit})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "limit"


@pytest.mark.parametrize("before", ["R-AAAAA", "'; drop table requests; --", "\x00", "1"])
def test_refuses_a_cursor_that_is_no_request(site: AdminSite, before: str) -> None:
    response = site.api("GET", "/requests", params={"before": before})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "before"


def test_gives_everything_about_one_request(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    deliver(DeliveryError("550 no such mailbox", permanent=True))
    found = site.api("GET", f"/requests/{reference}").json()
    assert found["reason"] == "My refund"
    assert found["page_url"] == "https://shop.example.org/orders"
    assert found["created_at"] == "2026-03-01T12:00:00Z"
    assert found["transcript"][1] == {
        "at": "2026-03-01T11:59:50Z",
        "who": "visitor",
        "text": "I want to talk to an agent",
    }
    [delivery] = found["deliveries"]
    assert (delivery["target"], delivery["status"]) == ("team@example.org", "failed")
    assert delivery["attempts"] == [
        {"at": "2026-03-01T12:00:00Z", "accepted": False, "answer": "550 no such mailbox"}
    ]


def test_finds_a_request_however_its_reference_is_typed(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    typed = reference.removeprefix("R-").lower()
    assert site.api("GET", f"/requests/{typed}").json()["reference"] == reference


@pytest.mark.parametrize("reference", ["R-AAAAA", "%00", "%ff", "..%2f..", "'--", "x" * 3000])
def test_says_that_there_is_no_such_request(site: AdminSite, reference: str) -> None:
    response = site.api("GET", f"/requests/{reference}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_gives_half_a_character_in_a_transcript_as_json(site: AdminSite) -> None:
    switch_on()
    text = {"at": 0.0, "who": "visitor", "text": "half \ud83d"}
    with database.session_scope() as session:
        assert settings.read(session).enabled
    reference = ask().reference
    _rewrite_transcript(reference, [text])
    found = site.api("GET", f"/requests/{reference}").json()
    assert found["transcript"][0]["text"] == "half \ud83d"


def _rewrite_transcript(reference: str, transcript: list[dict[str, Any]]) -> None:
    from support import requests

    with database.session_scope() as session:
        row = requests.find(session, reference)
        assert row is not None
        row.transcript = transcript
