"""The admin API: what it tells and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.errors import DeliveryError
from support.requests import Line
from tests.admin_site import SETTINGS_AT_FIRST, TOKEN, AdminSite, ask, deliver, running, switch_on


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


# --- settings ---


def test_takes_the_scheme_in_any_case(site: AdminSite) -> None:
    headers = {"Authorization": f"bearer {TOKEN}".encode()}
    assert site.api("GET", "/settings", token=None, headers=headers).status_code == 200


def test_takes_no_session_cookie_for_a_token(site: AdminSite) -> None:
    admin = site.admin()
    assert admin.get("/admin/api/settings").status_code == 401


def test_gives_exactly_the_settings_by_name(site: AdminSite) -> None:
    response = site.api("GET", "/settings")
    assert response.status_code == 200
    assert response.json() == SETTINGS_AT_FIRST
    assert response.headers["Content-Type"] == "application/json"


def test_changes_only_what_is_sent(site: AdminSite) -> None:
    response = site.change(response_time="today", phone_region="de")
    assert response.status_code == 200
    assert response.json() == {**SETTINGS_AT_FIRST, "response_time": "today", "phone_region": "DE"}
    assert site.api("GET", "/settings").json() == response.json()


def test_switches_on_with_several_addresses_and_folds_duplicates(site: AdminSite) -> None:
    addresses = ["ann@example.org", " bob@example.org ", "ANN@example.org", "ann@EXAMPLE.org"]
    response = site.change(enabled=True, agent_emails=addresses)
    assert response.json()["enabled"] is True
    assert response.json()["agent_emails"] == ["ann@example.org", "bob@example.org"]


def test_changes_nothing_for_an_empty_object(site: AdminSite) -> None:
    assert site.change().json() == SETTINGS_AT_FIRST
    assert site.api("GET", "/settings/history").json() == {"changes": [], "next": None}


def test_refuses_to_take_the_last_address_while_on(site: AdminSite) -> None:
    switch_on()
    response = site.change(agent_emails=[])
    assert response.status_code == 422
    assert site.api("GET", "/settings").json()["agent_emails"] == ["team@example.org"]


# --- two admins at once ---


def test_changes_settings_that_carry_the_tag_read(site: AdminSite) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]
    body = {"response_time": "today"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 200
    assert response.headers["ETag"] != tag
    assert response.headers["ETag"] == site.api("GET", "/settings").headers["ETag"]


def test_refuses_a_tag_that_a_newer_change_has_outdated(site: AdminSite) -> None:
    tag = site.api("GET", "/settings").headers["ETag"]
    site.change(response_time="today")
    body = {"response_time": "tomorrow"}
    response = site.api("PATCH", "/settings", json=body, headers={"If-Match": tag})
    assert response.status_code == 412
    assert response.elapsed.total_seconds() < 2
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
    assert {c["actor"] for c in changes} == {"admin"}
    assert all(c["at"].endswith("Z") and c["at"] > "2026-" for c in changes)


def test_records_nothing_that_stays_the_same(site: AdminSite) -> None:
    site.change(response_time=" within  one working day ", phone_region="us")
    assert site.api("GET", "/settings/history").json() == {"changes": [], "next": None}


def test_gives_as_many_changes_as_asked_for_and_goes_on(site: AdminSite) -> None:
    for region in ("DE", "IN", "FR"):
        site.change(phone_region=region)
    page = site.api("GET", "/settings/history?limit=2").json()
    assert [c["new"] for c in page["changes"]] == ["FR", "IN"]
    last = site.api("GET", f"/settings/history?limit=2&cursor={page['next']}").json()
    assert ([c["new"] for c in last["changes"]], last["next"]) == (["DE"], None)


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
        path = f"/requests?limit=2&cursor={page['next']}"
    assert seen == made[::-1]


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


def test_gives_half_a_character_in_a_transcript_as_json(site: AdminSite) -> None:
    switch_on()
    reference = ask(transcript=[Line(0.0, "visitor", "half \ud83d")]).reference
    found = site.api("GET", f"/requests/{reference}").json()
    assert found["transcript"][0]["text"] == "half \ud83d"
