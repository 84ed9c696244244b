"""The audit log's page, API and export."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import audit, database
from support.models import Role
from tests import team
from tests.admin_site import NOW, AdminSite, ask, running, switch_on, words


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def entries(site: AdminSite, query: str = "") -> list[dict[str, Any]]:
    return list(site.api("GET", f"/audit{query}").json()["entries"])


def done(site: AdminSite, query: str = "") -> list[tuple[str, str, str | None]]:
    return [(e["actor"], e["action"], e["object"]) for e in entries(site, query)]


def write(number: int, actor: str = "ann") -> None:
    with database.session_scope() as session:
        for index in range(number):
            at = NOW + dt.timedelta(minutes=index)
            audit.record(session, actor, "request.viewed", f"R-{index:05}", at)


# --- what is recorded ---


def test_records_every_look_at_a_visitor_s_data(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    token = team.token(team.add("ann"))
    browser = team.browser(site, "ann")
    browser.get(f"/admin/requests/{reference}")
    site.api("GET", f"/requests/{reference}", token=token)
    site.api("GET", "/requests?limit=5", token=token)
    assert done(site, "?person=ann&action=request") == [
        ("ann", "request.listed", None),
        ("ann", "request.viewed", reference),
        ("ann", "request.viewed", reference),
        ("ann", "request.listed", None),
    ]
    assert entries(site, "?person=ann&action=request.listed")[0]["detail"] == {"by": ["limit"]}


def test_records_who_is_shown_a_request_while_something_is_refused(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    team.add("ann")
    browser = team.browser(site, "ann")
    browser.get(f"/admin/requests/{reference}")
    assert browser.post(f"/admin/requests/{reference}/notes", text="").status_code == 422
    assert (
        browser.post(f"/admin/requests/{reference}/do", action="take", seen="0").status_code == 409
    )
    assert (
        done(site, "?person=ann&action=request.viewed")
        == [("ann", "request.viewed", reference)] * 3
    )
    admin = site.admin()
    assert admin.post("/admin", phone_region="XX").status_code == 422
    assert done(site, "?action=request.listed")[0] == ("admin", "request.listed", None)
    assert len(done(site, "?person=admin&action=request.listed")) == 2


def test_records_who_gets_a_request_as_the_answer_to_a_call(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    for _ in range(2):
        # The second one changes nothing, and answers with the request all the same.
        assert site.api("POST", f"/requests/{reference}/take").status_code == 200
    assert done(site, "?action=request") == [
        ("admin", "request.viewed", reference),
        ("admin", "request.taken", reference),
        ("admin", "request.viewed", reference),
    ]


def test_takes_no_note_to_oneself_for_a_filter(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    site.admin().get(f"/admin/requests/{reference}?done=take")
    assert entries(site, "?action=request.viewed")[0]["detail"] == {}


def test_records_nothing_of_what_was_searched_for(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/requests?search=Ann+Smith&Ann%20Smith=1&status=new")
    admin.get("/admin/requests/Ann%20Smith")
    assert "Smith" not in site.api("GET", "/audit").text
    assert entries(site)[1]["detail"] == {"by": ["search", "status"]}


def test_records_signing_in_in_vain_and_out(site: AdminSite) -> None:
    team.add("ann")
    browser = site.browser()
    browser.get("/admin")
    browser.post("/admin/sign-in", name="my password by mistake", password="x")
    browser.post("/admin/sign-in", name="ann", password="wrong")
    browser.post("/admin/sign-in", token="wrong")
    browser.post("/admin/sign-in", name="ann", password=team.PASSWORD)
    browser.post("/admin/sign-out")
    assert done(site, "?action=sign_in") == [
        ("ann", "sign_in.ended", None),
        ("ann", "sign_in.begun", None),
        ("somebody", "sign_in.failed", "admin"),
        ("somebody", "sign_in.failed", "ann"),
        ("somebody", "sign_in.failed", None),
    ]
    assert "by mistake" not in site.api("GET", "/audit").text


def test_records_changes_under_the_name_of_who_made_them(site: AdminSite) -> None:
    token = team.token(team.add("ann", Role.ADMIN))
    site.api("PATCH", "/settings", token=token, json={"phone_region": "DE"})
    site.api("POST", "/people", token=token, json={"name": "bob", "role": "agent"})
    site.api("PATCH", "/people/2", token=token, json={"role": "designer"})
    assert done(site, "?person=ann") == [
        ("ann", "person.role_changed", "bob"),
        ("ann", "person.invited", "bob"),
        ("ann", "person.added", "bob"),
        ("ann", "settings.changed", "phone_region"),
        ("ann", "token.made", "ann"),
    ]


# --- page ---


def test_shows_entries_in_words(site: AdminSite) -> None:
    site.change(phone_region="DE")
    page = words(site.admin().get("/admin/audit").text)
    assert "admin Changed a setting Country for phone numbers US → DE" in page
    assert "admin Signed in – –" in page


def test_says_details_in_words(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/requests?q=refund&status=new")
    switch_on(agent_emails=["nobody@invalid.example"])
    site.api("POST", "/test-mail", json={"address": "nobody@invalid.example"})
    page = words(admin.get("/admin/audit").text)
    assert "Looked at the list of requests – filtered by: q, status" in page
    assert "nobody@invalid.example channel: email, accepted: no" in page


def test_goes_on_page_by_page(site: AdminSite) -> None:
    write(120)
    admin = site.admin()
    admin.get("/admin/audit?person=ann")
    seen = []
    for _ in range(3):
        seen.append(admin.page.count('data-label="Who"'))
        older = admin.page.partition('rel="next" href="')[2].partition('"')[0]
        if older:
            admin.get(older.replace("&amp;", "&"))
    assert seen == [50, 50, 20]
    assert older == ""
    assert 'href="/admin/audit?person=ann">Newest' in admin.page


def test_keeps_the_filter_in_its_form_and_links(site: AdminSite) -> None:
    write(1)
    query = "person=ann&action=request&object=R-00000&since=2026-03-01&until=2026-03-01"
    page = site.admin().get(f"/admin/audit?{query}").text
    assert 'value="ann"' in page
    assert '<option value="request" selected>' in page
    assert 'value="2026-03-01"' in page
    assert f"/admin/audit/export?{query.replace('&', '&amp;')}&amp;format=csv" in page


def test_says_what_is_wrong_with_a_filter(site: AdminSite) -> None:
    admin = site.admin()
    for query in ("since=tomorrow", "until=0001-01-01", "until=9999-12-31", "before=x"):
        response = admin.get(f"/admin/audit?{query}")
        assert response.status_code == 422
        assert 'role="alert"' in response.text


# --- API ---


def test_pages_through_the_api(site: AdminSite) -> None:
    write(5)
    first = site.api("GET", "/audit?limit=3").json()
    assert [e["object"] for e in first["entries"]] == ["R-00004", "R-00003", "R-00002"]
    second = site.api("GET", f"/audit?limit=3&before={first['next']}").json()
    assert [e["object"] for e in second["entries"]] == ["R-00001", "R-00000"]
    assert second["next"] is None


def test_includes_the_last_day(site: AdminSite) -> None:
    write(1)
    assert len(entries(site, "?since=2026-03-01&until=2026-03-01")) == 1
    assert entries(site, "?until=2026-02-28") == []
    assert entries(site, "?since=2026-03-02") == []


@pytest.mark.parametrize(
    "query, field",
    [
        ("since=1", "since"),
        ("until=2026-13-01", "until"),
        ("before=-1", "before"),
        ("before=0", "before"),
        ("before=" + "9" * 30, "before"),
        ("limit=0", "limit"),
        ("person=a%00b", "person"),
        ("object=" + "x" * 400, "object"),
    ],
)
def test_refuses_a_filter_that_cannot_be(site: AdminSite, query: str, field: str) -> None:
    response = site.api("GET", f"/audit?{query}")
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field


# --- export ---


def test_exports_what_the_filter_lets_through_as_csv(site: AdminSite) -> None:
    write(2100)
    write(3, "bob")
    response = site.admin().get("/admin/audit/export?person=ann&format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert 'attachment; filename="audit-' in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert len(rows) == 2100
    assert (rows[0]["actor"], rows[0]["object"]) == ("ann", "R-02099")
    assert {row["actor"] for row in rows} == {"ann"}


@pytest.mark.parametrize("number", [0, 1, 1000, 1001])
def test_exports_json_that_can_be_read(site: AdminSite, number: int) -> None:
    write(number)
    admin = site.admin()
    exported = admin.get("/admin/audit/export?person=ann&format=json").json()
    assert len(exported) == number
    assert exported[:200] == entries(site, "?person=ann&limit=200")
    assert done(site, "?action=audit") == [("admin", "audit.exported", None)]


def test_exports_no_formula(site: AdminSite) -> None:
    site.admin()
    site.change(alternative_contact="=1+1")
    with database.session_scope() as session:
        audit.record(session, "ann", "person.added", "=HYPERLINK()", NOW)
    text = site.admin().get("/admin/audit/export?format=csv").text
    assert ",=" not in text
    assert "'=HYPERLINK()" in text


@pytest.mark.parametrize("query", ["", "?format=xml", "?format=csv&since=x"])
def test_refuses_an_export_that_cannot_be(site: AdminSite, query: str) -> None:
    assert site.admin().get(f"/admin/audit/export{query}").status_code == 422
