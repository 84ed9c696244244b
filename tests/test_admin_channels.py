"""Channels over the API and on the pages: made, changed, deleted, tried out; refusals first."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from admin import openapi
from support import database, trial
from support.models import AuditEntry, Channel
from tests.admin_site import AdminSite, running, words
from tests.http_server import HttpServer, serving
from tests.mail_server import MailServer, free_port

SECRET = "T000/B000/abcdefghijklmnop"
SLACK = f"https://hooks.slack.com/services/{SECRET}"
KEY = "0123456789-abcdef"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def http() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, mail: MailServer) -> Iterator[AdminSite]:
    smtp = f"smtp://127.0.0.1:{mail.port}"
    with running(tmp_path, SMTP_URL=smtp, OUTGOING_ALLOW="127.0.0.1") as site:
        yield site


def make(site: AdminSite, **given: Any) -> dict[str, Any]:
    """A channel, made over the API."""
    body = {"kind": "slack", "name": "#support", "address": {"url": SLACK}, **given}
    response = site.api("POST", "/channels", json=body)
    assert response.status_code == 201, response.text
    shown: dict[str, Any] = response.json()
    return shown


def described(schema: str, value: Any) -> None:
    """Fail unless the value is what the API's description says."""
    document = openapi.description()
    reference = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    Draft202012Validator(reference).validate(value)


# The API, refusals first

ROUTES = [
    ("GET", "/channels"),
    ("POST", "/channels"),
    ("GET", "/channels/x"),
    ("PATCH", "/channels/x"),
    ("DELETE", "/channels/x"),
    ("POST", "/channels/x/test"),
    ("POST", "/test-mail"),
]


@pytest.mark.parametrize("method, path", ROUTES)
def test_answers_nobody_without_a_token(site: AdminSite, method: str, path: str) -> None:
    response = site.api(method, path, token=None, json={})
    assert response.status_code == 401
    described("Error", response.json())


@pytest.mark.parametrize(
    "method, path", [route for route in ROUTES if "/x" in route[1]], ids=lambda part: part
)
@pytest.mark.parametrize("channel", ["0" * 32, "..%2F..%2Fetc", "'%20OR%201=1--", "%F0%9F%99%82"])
def test_knows_no_channel_that_there_is_not(
    site: AdminSite, method: str, path: str, channel: str
) -> None:
    response = site.api(method, path.replace("x", channel, 1), json={})
    assert response.status_code == 404
    described("Error", response.json())


@pytest.mark.parametrize(
    "body, status, code, field",
    [
        (b"{", 400, "broken_json", None),
        (b"\xff", 400, "broken_json", None),
        (b"[]", 422, "not_an_object", None),
        (b"{}", 422, "invalid_value", "kind"),
        (b'{"kind": "fax"}', 422, "invalid_value", "kind"),
        (b'{"kind": "slack", "name": ""}', 422, "invalid_value", "name"),
        (b'{"kind": "slack", "name": "x"}', 422, "invalid_value", "address"),
        (b'{"kind": "slack", "name": "x", "address": {}}', 422, "invalid_value", "url"),
        (b'{"kind": "slack", "colour": "red"}', 422, "unknown_field", "colour"),
        (b'{"x": "' + b"x" * 70_000 + b'"}', 413, "too_large", None),
    ],
)
def test_refuses_what_is_no_channel(
    site: AdminSite, body: bytes, status: int, code: str, field: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    response = site.api("POST", "/channels", data=body, headers=headers)
    assert response.status_code == status
    described("Error", response.json())
    error = response.json()["error"]
    assert (error["code"], error.get("field")) == (code, field)
    assert site.api("GET", "/channels").json() == {"channels": []}


def test_makes_reads_changes_and_deletes(site: AdminSite) -> None:
    made = make(site)
    described("Channel", made)
    assert made["hint"] == "hooks.slack.com/…mnop"
    assert site.api("GET", f"/channels/{made['id']}").json() == made
    changed = site.api("PATCH", f"/channels/{made['id']}", json={"name": "#help"}).json()
    assert (changed["name"], changed["hint"]) == ("#help", made["hint"])
    listed = site.api("GET", "/channels").json()["channels"]
    assert listed == [changed]
    response = site.api("DELETE", f"/channels/{made['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert site.api("GET", "/channels").json() == {"channels": []}


def test_keeps_the_last_way_to_tell_the_team(site: AdminSite) -> None:
    made = make(site)
    assert site.change(enabled=True).status_code == 200
    for response in (
        site.api("DELETE", f"/channels/{made['id']}"),
        site.api("PATCH", f"/channels/{made['id']}", json={"enabled": False}),
    ):
        assert response.status_code == 409
        described("Error", response.json())
    assert site.api("GET", f"/channels/{made['id']}").json() == made


def test_never_shows_a_secret_again(site: AdminSite, caplog: pytest.LogCaptureFixture) -> None:
    address = {"url": SLACK, "signing_key": KEY}
    with caplog.at_level(logging.DEBUG):
        made = make(site, kind="webhook", address=address)
        admin = site.admin()
        shown = [
            site.api("GET", "/channels").text,
            site.api("GET", f"/channels/{made['id']}").text,
            site.api("PATCH", f"/channels/{made['id']}", json={"name": "<b>"}).text,
            admin.get("/admin/channels").text,
            admin.get(f"/admin/channels/{made['id']}").text,
        ]
    with database.read_scope() as session:
        shown += [f"{row.detail} {row.object}" for row in session.scalars(select(AuditEntry))]
    for text in (*shown, caplog.text):
        assert SECRET not in text
        assert "abcdefghij" not in text
        assert KEY not in text


# Trying out


def test_says_what_the_other_side_answered(site: AdminSite, http: HttpServer) -> None:
    made = make(site, address={"url": f"http://{http.host}/{SECRET}"})
    response = site.api("POST", f"/channels/{made['id']}/test")
    assert response.json() == {"accepted": True, "answer": "Slack answered 200: ok"}
    described("Trial", response.json())
    assert b"Test: Ada Example asks for a person" in http.received[0].body
    assert b"no visitor has asked for anything" in http.received[0].body
    http.answers(404, b"no_service")
    refused = site.api("POST", f"/channels/{made['id']}/test")
    assert refused.status_code == 200
    assert refused.json() == {"accepted": False, "answer": "Slack answered 404: no_service"}
    with database.read_scope() as session:
        tested = list(session.scalars(select(AuditEntry).filter_by(action="channel.tested")))
        assert [row.detail["accepted"] for row in tested] == [True, False]


def test_tries_out_a_channel_that_is_off(site: AdminSite, http: HttpServer) -> None:
    made = make(site, address={"url": f"http://{http.host}/x"}, enabled=False)
    assert site.api("POST", f"/channels/{made['id']}/test").json()["accepted"]


def test_ends_a_test_that_takes_too_long(
    site: AdminSite, http: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    http.behaviour = "never"
    made = make(site, address={"url": f"http://{http.host}/x"})
    tried = site.api("POST", f"/channels/{made['id']}/test").json()
    assert tried == {
        "accepted": False,
        "answer": "No answer within 0.3 seconds. It may still arrive.",
    }


def test_mails_a_test_in_the_form_that_the_team_gets(site: AdminSite, mail: MailServer) -> None:
    site.change(agent_emails=["team@example.org"], sender_name="Shop support")
    tried = site.api("POST", "/test-mail", json={"address": "team@example.org"}).json()
    assert tried["accepted"]
    assert "Accepted by 127.0.0.1" in tried["answer"]
    (received,) = mail.received
    assert received["Subject"] == "[Test] [R-TEST] Ada Example asks for a person"
    assert received["From"].addresses[0].display_name == "Shop support"
    assert received["To"] == "team@example.org"


def test_says_what_the_mail_server_said(site: AdminSite, mail: MailServer) -> None:
    site.change(alert_emails=["owner@example.org"])
    mail.refused.add("owner@example.org")
    tried = site.api("POST", "/test-mail", json={"address": "owner@example.org"}).json()
    assert not tried["accepted"]
    assert "550 5.1.1 No such mailbox here" in tried["answer"]


@pytest.mark.parametrize(
    "body",
    [{}, {"address": 7}, {"address": "eve@example.org"}, {"address": "team@example.org", "a": 1}],
)
def test_mails_a_test_to_nobody_who_is_not_in_the_settings(
    site: AdminSite, mail: MailServer, body: dict[str, Any]
) -> None:
    site.change(agent_emails=["team@example.org"])
    response = site.api("POST", "/test-mail", json=body)
    assert response.status_code == 422
    described("Error", response.json())
    assert mail.received == []


def test_says_that_no_mail_server_is_set(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        site.change(agent_emails=["team@example.org"])
        tried = site.api("POST", "/test-mail", json={"address": "team@example.org"}).json()
    assert tried == {
        "accepted": False,
        "answer": "SMTP_URL is not set, so no email can be sent.",
    }


# The pages

PAGES = ["/admin/channels", "/admin/channels/new/slack", "/admin/channels/x"]
POSTS = [
    "/admin/channels/new/slack",
    "/admin/channels/x",
    "/admin/channels/x/test",
    "/admin/channels/x/delete",
    "/admin/channels/test-mail",
]


@pytest.mark.parametrize("page", PAGES)
def test_shows_pages_only_to_who_is_signed_in(site: AdminSite, page: str) -> None:
    browser = site.browser()
    browser.get(page)
    assert "Admin token" in browser.page
    assert "Slack" not in browser.page


@pytest.mark.parametrize("path", POSTS)
def test_takes_no_form_from_elsewhere(site: AdminSite, path: str) -> None:
    made, admin = make(site), site.admin()
    response = admin.session.post(
        site.url + path.replace("/x", f"/{made['id']}"), data={"name": "forged"}, timeout=10
    )
    assert response.status_code == 403
    assert site.api("GET", "/channels").json() == {"channels": [made]}


@pytest.mark.parametrize("path", ["/admin/channels/new/fax", "/admin/channels/nobody"])
def test_knows_no_page_that_there_is_not(site: AdminSite, path: str) -> None:
    assert site.admin().get(path).status_code == 404


def test_makes_a_channel_on_its_page(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/channels/new/webhook")
    admin.post("/admin/channels/new/webhook", name="CRM", url=SLACK, signing_key=KEY)
    assert "The channel is made." in words(admin.page)
    assert "CRM Web hook, hooks.slack.com/…mnop requests on" in words(admin.page)
    with database.read_scope() as session:
        stored = session.scalars(select(Channel)).one()
        assert stored.address == {"url": SLACK, "signing_key": KEY}
        assert not stored.for_alerts


def test_makes_up_a_key_that_is_long_and_new(site: AdminSite) -> None:
    admin = site.admin()
    keys = set()
    for _ in range(2):
        admin.get("/admin/channels/new/webhook")
        keys.add(admin.page.partition('name="signing_key" value="')[2].partition('"')[0])
    assert len(keys) == 2
    assert all(len(key) >= 32 for key in keys)


def test_keeps_what_was_typed_when_it_is_refused(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/channels/new/slack")
    response = admin.post("/admin/channels/new/slack", name="<b>#x</b>", url="hooks.slack.com")
    assert response.status_code == 422
    assert "Nothing was saved." in admin.page
    assert 'value="&lt;b&gt;#x&lt;/b&gt;"' in admin.page
    assert 'value="hooks.slack.com"' in admin.page
    assert 'aria-invalid="true"' in admin.page.partition('id="url"')[2].partition(">")[0]
    assert site.api("GET", "/channels").json() == {"channels": []}


def test_changes_a_channel_and_keeps_its_address(site: AdminSite) -> None:
    made, admin = make(site), site.admin()
    page = f"/admin/channels/{made['id']}"
    admin.get(page)
    admin.post(page, name="#help", for_alerts="on")
    assert "The channel is saved." in words(admin.page)
    with database.read_scope() as session:
        stored = session.get(Channel, made["id"])
        assert (stored.name, stored.for_alerts, stored.address) == ("#help", True, {"url": SLACK})


def test_overwrites_no_newer_change(site: AdminSite) -> None:
    made, admin = make(site), site.admin()
    page = f"/admin/channels/{made['id']}"
    admin.get(page)
    with database.session_scope() as session:
        row = session.get(Channel, made["id"])
        row.changed_at = row.changed_at.replace(year=2030)
        row.name = "newer"
    assert admin.post(page, name="older").status_code == 409
    assert "was changed after you opened this page" in words(admin.page)
    assert site.api("GET", f"/channels/{made['id']}").json()["name"] == "newer"


def test_deletes_a_channel_on_its_page(site: AdminSite) -> None:
    made, admin = make(site), site.admin()
    admin.get(f"/admin/channels/{made['id']}")
    admin.post(f"/admin/channels/{made['id']}/delete")
    assert "The channel is deleted." in words(admin.page)
    assert "No channel is made yet." in words(admin.page)


def test_says_why_the_last_way_stays(site: AdminSite) -> None:
    made, admin = make(site), site.admin()
    site.change(enabled=True)
    admin.get(f"/admin/channels/{made['id']}")
    assert admin.post(f"/admin/channels/{made['id']}/delete").status_code == 409
    assert "Not done. Support Operations is on, and nobody would be told" in words(admin.page)


def test_shows_what_came_of_a_test(site: AdminSite, http: HttpServer) -> None:
    made = make(site, name="<i>team</i>", address={"url": f"http://{http.host}/x"})
    admin = site.admin()
    admin.get("/admin/channels")
    admin.post(f"/admin/channels/{made['id']}/test")
    assert "The test was accepted. <i>team</i>: Slack answered 200: ok" in words(admin.page)
    http.answers(500)
    admin.post(f"/admin/channels/{made['id']}/test")
    assert "The test was not accepted. <i>team</i>: Slack answered 500." in words(admin.page)
    assert "<i>" not in admin.page


def test_mails_tests_from_the_page(site: AdminSite, mail: MailServer) -> None:
    site.change(agent_emails=["team@example.org"], alert_emails=["team@example.org", "o@b.example"])
    admin = site.admin()
    admin.get("/admin/channels")
    assert "team@example.org requests and alerts" in words(admin.page)
    assert "o@b.example alerts" in words(admin.page)
    admin.post("/admin/channels/test-mail", address="o@b.example")
    assert "The test was accepted. o@b.example: Accepted by" in words(admin.page)
    assert [mail["To"] for mail in mail.received] == ["o@b.example"]
    assert admin.post("/admin/channels/test-mail", address="eve@b.example").status_code == 422


def test_is_reached_from_every_page(site: AdminSite) -> None:
    admin = site.admin()
    assert '<a href="/admin/channels"' in admin.page
    assert 'href="/admin/channels" aria-current="page"' in admin.get("/admin/channels").text


def test_says_that_nobody_listens(site: AdminSite) -> None:
    made = make(site, address={"url": f"http://127.0.0.1:{free_port()}/{SECRET}"})
    tried = site.api("POST", f"/channels/{made['id']}/test").json()
    assert tried["answer"] == "No answer from 127.0.0.1: the connection was refused."
