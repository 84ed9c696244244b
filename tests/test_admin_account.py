"""One's own account: password, tokens, and what an agent sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import database
from support.models import IdempotencyKey, Role
from tests import team
from tests.admin_site import TOKEN, AdminSite, Browser, ask, running, switch_on, words

NEW = "another four words"
SIGN_IN = "<h1>Sign in</h1>"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def change(browser: Browser, current: str, new: str, again: str | None = None) -> int:
    browser.get("/admin/account")
    fields = {"current": current, "password": new, "again": again or new}
    return browser.post("/admin/account/password", **fields).status_code


# --- signing in by name ---


def test_leads_an_agent_to_the_requests(site: AdminSite) -> None:
    team.add("ann")
    switch_on()
    reference = ask().reference
    browser = team.browser(site, "ann")
    assert "<h1>Requests</h1>" in browser.page
    assert reference in browser.page
    assert "Settings" not in browser.page
    assert "<h1>Requests</h1>" in browser.get("/admin").text


def test_leads_to_the_page_asked_for(site: AdminSite) -> None:
    team.add("ann", Role.ADMIN)
    browser = site.browser()
    browser.get("/admin/people")
    response = browser.post("/admin/sign-in", name="ann", password=team.PASSWORD)
    assert response.history[0].headers["Location"] == "/admin/people"


def test_keeps_the_name_that_was_typed_but_not_the_password(site: AdminSite) -> None:
    team.add("ann")
    browser = site.browser()
    browser.get("/admin")
    response = browser.post("/admin/sign-in", name="ann", password="wrong wrong wrong")
    assert response.status_code == 403
    assert 'value="ann"' in browser.page
    assert "wrong wrong" not in browser.page
    assert "The name or the password is wrong." in browser.page


def test_slows_down_guessing_a_password(site: AdminSite) -> None:
    team.add("ann")
    browser = site.browser()
    browser.get("/admin")
    for _ in range(5):
        browser.post("/admin/sign-in", name="ann", password="wrong")
    response = browser.post("/admin/sign-in", name="ann", password=team.PASSWORD)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def test_ends_a_copied_cookie_on_signing_out(site: AdminSite) -> None:
    team.add("ann")
    browser, thief = team.browser(site, "ann"), Browser(site.url)
    thief.set_cookie(browser.cookie())
    assert SIGN_IN not in thief.get("/admin/requests").text
    browser.post("/admin/sign-out")
    assert SIGN_IN in thief.get("/admin/requests").text


def test_lets_the_cookie_of_the_token_holder_die_likewise(site: AdminSite) -> None:
    admin, thief = site.admin(), Browser(site.url)
    thief.set_cookie(admin.cookie())
    admin.post("/admin/sign-out")
    assert SIGN_IN in thief.get("/admin").text


# --- the password ---


def test_changes_the_password_and_stays_signed_in(site: AdminSite) -> None:
    team.add("ann")
    browser, other = team.browser(site, "ann"), team.browser(site, "ann")
    before = browser.cookie()
    assert change(browser, team.PASSWORD, NEW) == 200
    assert "Your password is changed." in words(browser.page)
    assert browser.cookie() != before
    assert SIGN_IN in other.get("/admin/requests").text
    assert "<h1>Requests</h1>" in team.browser(site, "ann", NEW).page


@pytest.mark.parametrize(
    "current, new, again, why",
    [
        ("wrong", NEW, NEW, "This is not your password."),
        (team.PASSWORD, "short", "short", "too short"),
        (team.PASSWORD, "ann" * 5, "ann" * 5, "different characters"),
        (team.PASSWORD, NEW, "another", "not the same password"),
    ],
)
def test_says_why_a_password_is_not_changed(
    site: AdminSite, current: str, new: str, again: str, why: str
) -> None:
    team.add("ann")
    browser = team.browser(site, "ann")
    assert change(browser, current, new, again) == 422
    assert why in browser.page
    assert 'aria-invalid="true"' in browser.page
    assert "<h1>Requests</h1>" in team.browser(site, "ann").page


def test_slows_down_guessing_from_an_unwatched_browser(site: AdminSite) -> None:
    team.add("ann")
    browser = team.browser(site, "ann")
    assert [change(browser, f"guess {number}", NEW) for number in range(6)][-1] == 429


def test_has_no_password_for_the_token_holder(site: AdminSite) -> None:
    admin = site.admin()
    assert "signed in with the admin token" in words(admin.get("/admin/account").text)
    response = admin.post("/admin/account/password", current=TOKEN, password=NEW, again=NEW)
    assert response.status_code == 422


# --- tokens ---


def test_shows_a_new_token_once(site: AdminSite) -> None:
    team.add("ann")
    browser = team.browser(site, "ann")
    browser.get("/admin/account")
    browser.post("/admin/account/tokens", name="reports")
    found = re.search(r"<code>(handoff_[\w-]+)</code>", browser.page)
    assert found is not None
    assert found[1] not in browser.get("/admin/account").text
    assert "reports" in browser.page
    assert "never" in browser.page
    assert site.api("GET", "/requests", token=found[1]).status_code == 200
    assert "never" not in browser.get("/admin/account").text


def test_revokes_one_s_own_token_and_no_other(site: AdminSite) -> None:
    ann, bob = team.add("ann"), team.add("bob")
    mine, others = team.token(ann), team.token(bob)
    browser = team.browser(site, "ann")
    browser.get("/admin/account")
    assert browser.post("/admin/account/tokens/2").status_code == 404
    browser.get("/admin/account")
    browser.post("/admin/account/tokens/1")
    assert "The token is revoked." in words(browser.page)
    assert site.api("GET", "/account", token=mine).status_code == 401
    assert site.api("GET", "/account", token=others).json()["name"] == "bob"


def test_makes_lists_and_revokes_tokens_over_the_api(site: AdminSite) -> None:
    token = team.token(team.add("ann", Role.DESIGNER), "first")
    made = site.api("POST", "/tokens", token=token, json={"name": "second"})
    assert made.status_code == 201
    second = made.json().pop("token")
    listed = site.api("GET", "/tokens", token=second).json()["tokens"]
    assert [row["name"] for row in listed] == ["first", "second"]
    assert second not in str(listed)
    account = site.api("GET", "/account", token=second).json()
    assert account == {"id": 1, "name": "ann", "role": "designer"}
    response = site.api("DELETE", f"/tokens/{listed[0]['id']}", token=second)
    assert (response.status_code, response.text) == (204, "")
    assert site.api("GET", "/account", token=token).status_code == 401
    assert site.api("DELETE", f"/tokens/{listed[0]['id']}", token=second).status_code == 404


def test_has_no_tokens_of_the_admin_token_s(site: AdminSite) -> None:
    assert site.api("GET", "/tokens").json() == {"tokens": []}
    response = site.api("POST", "/tokens", json={"name": "x"})
    assert response.status_code == 422
    assert "under a name of your own" in response.json()["error"]["message"]
    assert site.api("DELETE", "/tokens/1").status_code == 404
    account = site.api("GET", "/account").json()
    assert account == {"id": None, "name": "admin", "role": "admin"}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer handoff_", "x"])
def test_refuses_what_is_no_token(site: AdminSite, header: str) -> None:
    response = site.api("GET", "/account", token=None, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


# --- behind a proxy ---


def test_counts_tries_by_the_address_that_the_proxy_saw(tmp_path: Path) -> None:
    with running(tmp_path, PROXIES="1") as site:
        browser = site.browser()
        for number in range(5):
            # What a stranger writes stands left of what the proxy appends.
            browser.session.headers["X-Forwarded-For"] = f"1.2.3.{number}, 198.51.100.1"
            assert browser.sign_in("wrong").status_code == 403
        assert browser.sign_in(TOKEN).status_code == 429
        browser.session.headers["X-Forwarded-For"] = "198.51.100.2"
        assert browser.sign_in(TOKEN).status_code == 200


# --- a key for doing it once ---


def test_keeps_no_secret_for_a_call_that_is_repeated(site: AdminSite) -> None:
    token = team.token(team.add("ann", Role.ADMIN))
    for path, body in (("/tokens", {"name": "x"}), ("/people", {"name": "bob", "role": "agent"})):
        call = {"token": token, "json": body, "headers": {"Idempotency-Key": path}}
        first, again = site.api("POST", path, **call), site.api("POST", path, **call)
        assert (first.status_code, again.status_code) == (201, 409)
        assert again.json()["error"]["code"] == "shown_once"
    assert len(site.api("GET", "/tokens", token=token).json()["tokens"]) == 2
    with database.read_scope() as session:
        kept = [row.body for row in session.query(IdempotencyKey)]
    assert all("handoff_" not in body and "link=" not in body for body in kept)
