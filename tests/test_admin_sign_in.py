"""Signing in and out: cookies, form tokens, and the brake on guessing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner

from admin.sessions import BrowserSession, Sessions
from support.config import Config, load
from tests.admin_site import SETTINGS_AT_FIRST, TOKEN, AdminSite, Browser, ask, running, switch_on

SIGN_IN = "<h1>Sign in</h1>"
SETTINGS = "<h1>Support Operations</h1>"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def configuration(**environ: str) -> Config:
    given = {"ADMIN_TOKEN": "token", "INTERNAL_TOKEN": "internal", "SECRET_KEY": "secret"}
    return load({**given, **environ})


# --- in and out ---


@pytest.mark.parametrize("path", ["/admin", "/admin/"])
def test_asks_a_stranger_to_sign_in(site: AdminSite, path: str) -> None:
    browser = site.browser()
    assert browser.get(path).status_code == 200
    assert SIGN_IN in browser.page
    assert "Sign out" not in browser.page


def test_lets_in_who_knows_the_token(site: AdminSite) -> None:
    browser = site.browser()
    response = browser.sign_in()
    assert [r.status_code for r in response.history] == [303]
    assert SETTINGS in browser.page
    assert TOKEN not in browser.page


def test_forgives_spaces_around_a_pasted_token(site: AdminSite) -> None:
    browser = site.browser()
    browser.sign_in(f" {TOKEN}\n")
    assert SETTINGS in browser.page


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN.upper(), "<b>"])
def test_refuses_another_token(site: AdminSite, token: str) -> None:
    browser = site.browser()
    response = browser.sign_in(token)
    assert response.status_code == 403
    assert 'role="alert" id="sign-in-error">This is not the admin token.' in browser.page
    assert 'aria-invalid="true"' in browser.page
    assert SIGN_IN in browser.get("/admin").text


def test_signs_out(site: AdminSite) -> None:
    admin = site.admin()
    admin.post("/admin/sign-out")
    assert SIGN_IN in admin.page
    assert SIGN_IN in admin.get("/admin").text


def test_does_not_sign_out_for_a_forged_form(site: AdminSite) -> None:
    admin = site.admin()
    assert admin.post("/admin/sign-out", csrf="forged").status_code == 403
    assert SETTINGS in admin.get("/admin").text


@pytest.mark.parametrize("path", ["/admin/requests", "/admin/requests/R-AAAAA"])
def test_brings_a_stranger_to_the_page_asked_for_after_signing_in(
    site: AdminSite, path: str
) -> None:
    browser = site.browser()
    browser.get(path)
    assert SIGN_IN in browser.page
    response = browser.post("/admin/sign-in", token=TOKEN)
    assert response.history[0].headers["Location"] == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/admin/requests/../../x",
        "/admin/requests\nX: y",
        "/admin/sign-out",
        "javascript:alert(1)",
    ],
)
def test_sends_nobody_elsewhere_after_signing_in(site: AdminSite, elsewhere: str) -> None:
    browser = site.browser()
    browser.get("/admin")
    response = browser.post("/admin/sign-in", token=TOKEN, next=elsewhere)
    assert response.history[0].headers["Location"] == "/admin"


def test_shows_a_stranger_no_request(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    browser = site.browser()
    for path in ("/admin", "/admin/requests", f"/admin/requests/{reference}"):
        assert "Ann Smith" not in browser.get(path).text


def test_lets_a_stranger_save_nothing(site: AdminSite) -> None:
    browser = site.browser()
    browser.get("/admin")
    browser.post("/admin", response_time="never", version="")
    assert SIGN_IN in browser.page
    assert site.api("GET", "/settings").json() == SETTINGS_AT_FIRST


# --- the cookie ---


def test_sets_a_cookie_that_scripts_and_other_sites_cannot_use(site: AdminSite) -> None:
    response = site.browser().get("/admin")
    cookie = response.headers["Set-Cookie"]
    parts = set(cookie.split("; ")[1:])
    assert parts == {"Path=/admin", "Max-Age=43200", "HttpOnly", "SameSite=Lax"}


def test_sets_a_secure_cookie_where_the_site_is_on_https(tmp_path: Path) -> None:
    with running(tmp_path, PUBLIC_URL="https://chat.example.org") as site:
        assert "Secure" in site.browser().get("/admin").headers["Set-Cookie"].split("; ")


def test_gives_a_new_session_on_signing_in(site: AdminSite) -> None:
    browser = site.browser()
    browser.get("/admin")
    before = browser.cookie()
    browser.sign_in()
    assert browser.cookie() != before


def altered(cookie: str) -> list[str]:
    payload, moment, signature = cookie.split(".")
    return [
        "",
        "x",
        f"{payload}.{moment}",
        f"{payload}.{moment}.{signature[::-1]}",
        f"{payload}x.{moment}.{signature}",
        f"{payload}.zzzzzz.{signature}",
        cookie + "x",
    ]


def test_refuses_a_cookie_that_was_tampered_with(site: AdminSite) -> None:
    admin = site.admin()
    for cookie in altered(admin.cookie()):
        browser = Browser(site.url)
        browser.set_cookie(cookie)
        assert SIGN_IN in browser.get("/admin").text


def test_takes_no_form_token_for_a_cookie() -> None:
    kept = Sessions(configuration())
    session = BrowserSession("id", signed_in=True)
    assert kept.read(kept.form_token(session)) is None


def test_refuses_a_cookie_of_a_session_that_never_signed_in(site: AdminSite) -> None:
    browser = site.browser()
    browser.get("/admin")
    cookie = browser.cookie()
    assert SIGN_IN in browser.get("/admin").text
    assert browser.cookie() == cookie


def test_refuses_a_cookie_after_twelve_hours(
    site: AdminSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, now = site.admin(), int(time.time())
    for hours, heading in ((11.9, SETTINGS), (12.1, SIGN_IN)):
        later = int(now + hours * 3600)
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _, at=later: at)
        assert heading in admin.get("/admin").text


@pytest.mark.parametrize("changed", ["ADMIN_TOKEN", "SECRET_KEY"])
def test_ends_every_session_when_a_secret_changes(site: AdminSite, changed: str) -> None:
    before, after = Sessions(configuration()), Sessions(configuration(**{changed: "new"}))
    response = site.browser().get("/admin")
    assert response.ok
    cookie = before._cookies.dumps(["id", True])
    assert before.read(cookie) is not None
    assert after.read(cookie) is None


# --- form tokens ---


def test_refuses_to_sign_in_without_the_form_token(site: AdminSite) -> None:
    browser = site.browser()
    response = browser.post("/admin/sign-in", token=TOKEN)
    assert response.status_code == 403
    assert "This page had grown old." in browser.page


def test_refuses_a_form_token_of_another_session(site: AdminSite) -> None:
    stranger, browser = site.browser(), site.browser()
    stranger.get("/admin")
    browser.get("/admin")
    browser.page = stranger.page
    assert browser.post("/admin/sign-in", token=TOKEN).status_code == 403


# --- the brake ---


def test_slows_down_after_five_wrong_tries(site: AdminSite) -> None:
    browser = site.browser()
    for _ in range(5):
        assert browser.sign_in("wrong").status_code == 403
    response = browser.sign_in(TOKEN)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert "Too many wrong tries." in browser.page
    assert SIGN_IN in browser.get("/admin").text


def test_does_not_slow_down_the_api(site: AdminSite) -> None:
    browser = site.browser()
    for _ in range(5):
        browser.sign_in("wrong")
    assert site.api("GET", "/settings").status_code == 200
