"""People: the pages and the API for admins."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests as http

from support.models import Role
from tests import team
from tests.admin_site import AdminSite, Browser, running, words

NEW = "another four words"
HTML = "<b>Ann</b>"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def link_on(page: str) -> str:
    found = re.search(r"<code>http://[^/]+(/admin/invitation\?link=[^<]+)</code>", page)
    assert found is not None
    return html.unescape(found[1])


def choose(site: AdminSite, link: str, password: str = NEW, again: str | None = None) -> Browser:
    browser = site.browser()
    browser.get(link)
    browser.post("/admin/invitation", password=password, again=again or password)
    return browser


def add(site: AdminSite, name: str, role: str) -> http.Response:
    return site.api("POST", "/people", json={"name": name, "role": role})


# --- the first admin ---


def test_lets_the_token_holder_become_an_admin_with_a_name(site: AdminSite) -> None:
    holder = site.admin()
    assert "so far there is the admin token alone" in words(holder.get("/admin/people").text)
    holder.post("/admin/people", name="ann", role="admin")
    assert "shown only now, works once" in words(holder.page)
    invited = choose(site, link_on(holder.page))
    assert "Welcome, ann" in invited.page
    ann = team.browser(site, "ann", NEW)
    assert "<h1>Support Operations</h1>" in ann.page
    page = words(ann.get("/admin/people").text)
    assert "ann Admin Can sign in" in page


def test_asks_for_the_token_alone_until_somebody_has_a_name(site: AdminSite) -> None:
    browser = site.browser()
    assert 'name="password"' not in browser.get("/admin").text
    team.add()
    page = browser.get("/admin").text
    assert 'name="password"' in page
    assert 'name="token"' in page


# --- pages ---


def test_shows_a_name_as_text(site: AdminSite) -> None:
    admin = site.admin()
    admin.get("/admin/people")
    admin.post("/admin/people", name=HTML, role="agent")
    for path in ("/admin/people", "/admin/people/1", "/admin/audit"):
        assert HTML not in admin.get(path).text
        assert HTML in html.unescape(admin.page)


@pytest.mark.parametrize(
    "name, role, why",
    [
        ("", "agent", "A name needs 1 to 60 characters."),
        ("admin", "agent", "the record has it for others"),
        ("ann", "agent", "names are never used again"),
        ("bob", "owner", "The role must be one of agent, designer, admin."),
    ],
)
def test_says_why_somebody_is_not_added(site: AdminSite, name: str, role: str, why: str) -> None:
    team.add("ann")
    admin = site.admin()
    admin.get("/admin/people")
    assert admin.post("/admin/people", name=name, role=role).status_code == 422
    assert why in html.unescape(admin.page)
    assert len(site.api("GET", "/people").json()["people"]) == 1


def test_changes_a_role_at_once(site: AdminSite) -> None:
    ann = team.add("ann")
    browser = team.browser(site, "ann")
    assert browser.get("/admin/people").status_code == 403
    admin = site.admin()
    admin.get(f"/admin/people/{ann.user_id}")
    admin.post(f"/admin/people/{ann.user_id}", role="admin")
    assert "Saved." in words(admin.page)
    assert browser.get("/admin/people").status_code == 200


def test_disables_and_enables(site: AdminSite) -> None:
    ann = team.add("ann")
    token, browser = team.token(ann), team.browser(site, "ann")
    admin = site.admin()
    admin.get(f"/admin/people/{ann.user_id}")
    admin.post(f"/admin/people/{ann.user_id}", disabled="yes")
    assert "Disabled on" in words(admin.page)
    assert "<h1>Sign in</h1>" in browser.get("/admin/requests").text
    assert site.api("GET", "/requests", token=token).status_code == 401
    admin.post(f"/admin/people/{ann.user_id}", disabled="no")
    assert site.api("GET", "/requests", token=token).status_code == 200
    assert "<h1>Sign in</h1>" in browser.get("/admin/requests").text


def test_says_that_the_last_admin_stays(site: AdminSite) -> None:
    ann = team.add("ann", Role.ADMIN)
    browser = team.browser(site, "ann")
    browser.get(f"/admin/people/{ann.user_id}")
    for change in ({"role": "agent"}, {"disabled": "yes"}):
        response = browser.post(f"/admin/people/{ann.user_id}", **change)
        assert response.status_code == 422
        assert "ann is the only admin who can sign in" in words(browser.page)


def test_makes_a_new_link_for_a_forgotten_password(site: AdminSite) -> None:
    ann = team.add("ann")
    admin = site.admin()
    admin.get(f"/admin/people/{ann.user_id}")
    admin.post(f"/admin/people/{ann.user_id}/invitation")
    link = link_on(admin.page)
    assert "Welcome, ann" in choose(site, link).page
    assert "Welcome" not in choose(site, link).page
    assert "<h1>Requests</h1>" in team.browser(site, "ann", NEW).page


def test_revokes_somebody_s_token(site: AdminSite) -> None:
    ann = team.add("ann")
    token = team.token(ann, "reports")
    admin = site.admin()
    assert "reports" in words(admin.get(f"/admin/people/{ann.user_id}").text)
    admin.post(f"/admin/people/{ann.user_id}/tokens/1")
    assert "ann has no API token" in words(admin.page)
    assert site.api("GET", "/requests", token=token).status_code == 401


@pytest.mark.parametrize("number", ["2", "0", "x", "-1", "9" * 30, "1.5", "%00"])
def test_finds_nobody_with_another_number(site: AdminSite, number: str) -> None:
    team.add("ann")
    admin = site.admin()
    assert admin.get(f"/admin/people/{number}").status_code == 404
    assert site.api("GET", f"/people/{number}").status_code == 404
    assert site.api("PATCH", f"/people/{number}", json={"role": "admin"}).status_code == 404
    assert site.api("POST", f"/people/{number}/invitation").status_code == 404
    assert site.api("DELETE", f"/people/1/tokens/{number}").status_code == 404


# --- choosing a password ---


def test_offers_the_form_to_who_has_the_link_alone(site: AdminSite) -> None:
    for link in ("", "?link=", "?link=x.y.z", "?link=%2e"):
        response = site.browser().get(f"/admin/invitation{link}")
        assert response.status_code == 404
        assert "This link does not work" in response.text


@pytest.mark.parametrize(
    "password, again, why",
    [("tiny", "tiny", "too short"), (NEW, NEW + "x", "not the same password")],
)
def test_lets_choose_again_after_a_refusal(
    site: AdminSite, password: str, again: str, why: str
) -> None:
    link = link_on_api(add(site, "ann", "agent"))
    browser = choose(site, link, password, again)
    assert why in browser.page
    assert 'aria-invalid="true"' in browser.page
    assert password not in browser.page
    browser.post("/admin/invitation", password=NEW, again=NEW)
    assert "Welcome, ann" in browser.page


def test_takes_no_forged_form_for_a_password(site: AdminSite) -> None:
    link = link_on_api(add(site, "ann", "agent"))
    browser = site.browser()
    browser.get(link)
    response = browser.post("/admin/invitation", password=NEW, again=NEW, csrf="forged")
    assert response.status_code == 403
    assert "Welcome, ann" in choose(site, link).page


# --- the API ---


def link_on_api(response: http.Response) -> str:
    assert response.status_code == 201
    link = str(response.json()["link"])
    assert link.startswith("http://127.0.0.1:5055/admin/invitation?link=")
    return link.removeprefix("http://127.0.0.1:5055")


def test_adds_changes_and_lists_people_over_the_api(site: AdminSite) -> None:
    answer = add(site, "ann", "designer").json()
    person = answer["person"]
    assert (person["name"], person["role"], person["has_password"]) == ("ann", "designer", False)
    assert person["tokens"] == []
    path = f"/people/{person['id']}"
    changed = site.api("PATCH", path, json={"role": "agent", "disabled": True}).json()
    assert changed["role"] == "agent"
    assert changed["disabled_at"].endswith("Z")
    assert site.api("GET", path).json() == changed
    [listed] = site.api("GET", "/people").json()["people"]
    assert listed == {name: value for name, value in changed.items() if name != "tokens"}
    assert site.api("PATCH", path, json={"disabled": False}).json()["disabled_at"] is None


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "name"),
        ({"name": "ann"}, "role"),
        ({"name": 1, "role": "agent"}, "name"),
        ({"name": "ann", "role": None}, "role"),
        ({"name": "ann", "role": "owner"}, "role"),
        ({"name": "\ud800", "role": "agent"}, "name"),
        ({"name": "a\x00", "role": "agent"}, "name"),
        ({"name": "ann", "role": "agent", "password": "x"}, "password"),
    ],
)
def test_refuses_what_is_no_person(site: AdminSite, body: dict[str, object], field: str) -> None:
    response = site.api("POST", "/people", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field
    assert site.api("GET", "/people").json() == {"people": []}


def test_changes_nothing_when_a_part_is_refused(site: AdminSite) -> None:
    ann = team.add("ann", Role.ADMIN)
    team.add("bob")
    path = f"/people/{ann.user_id}"
    for body in ({"role": "admin", "disabled": True}, {"role": "agent"}, {"disabled": "yes"}):
        response = site.api("PATCH", path, json=body)
        assert response.status_code == 422
    shown = site.api("GET", path).json()
    assert (shown["role"], shown["disabled_at"]) == ("admin", None)


def test_invites_again_over_the_api(site: AdminSite) -> None:
    first = link_on_api(add(site, "ann", "agent"))
    second = link_on_api(site.api("POST", "/people/1/invitation"))
    assert "Welcome" not in choose(site, first).page
    assert "Welcome, ann" in choose(site, second).page


def test_shows_no_hash_and_no_secret(site: AdminSite) -> None:
    ann = team.add("ann")
    secret = team.token(ann)
    for path in ("/people", f"/people/{ann.user_id}", "/audit"):
        text = site.api("GET", path).text
        assert secret not in text
        assert "argon2" not in text
