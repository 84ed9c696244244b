"""The settings page: saving and refusing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.models import Role
from tests import team
from tests.admin_site import SETTINGS_AT_FIRST, AdminSite, Browser, running, switch_on, words

HTML = '<b onclick="x">&\''


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def settings(site: AdminSite) -> dict[str, object]:
    return dict(site.api("GET", "/settings").json())


def save(browser: Browser, **fields: str) -> int:
    return browser.post("/admin", **fields).status_code


# --- saving ---


def test_saves_and_says_what_changed(site: AdminSite) -> None:
    admin = site.admin()
    response = admin.post("/admin", enabled="on", agent_emails="ann@example.org")
    assert [r.status_code for r in response.history] == [303]
    assert response.status_code == 200
    assert 'role="status"' in admin.page
    assert "Saved: Support Operations off → on" in words(admin.page)
    assert "Team's e-mail addresses none → ann@example.org" in words(admin.page)
    assert settings(site) == {
        **SETTINGS_AT_FIRST,
        "enabled": True,
        "agent_emails": ["ann@example.org"],
    }


def test_says_one_change_in_one_line(site: AdminSite) -> None:
    switch_on()
    admin = site.admin()
    save(admin, enabled="off")
    assert "Saved: Support Operations on → off" in words(admin.page)
    assert settings(site)["enabled"] is False


def test_takes_addresses_one_a_line_or_with_commas(site: AdminSite) -> None:
    typed = "ann@example.org\r\n\r\nbob@example.org, ANN@example.org;eve@example.org \r\n"
    save(site.admin(), agent_emails=typed)
    assert settings(site)["agent_emails"] == [
        "ann@example.org",
        "bob@example.org",
        "eve@example.org",
    ]


def test_clears_a_text_that_may_be_empty(site: AdminSite) -> None:
    site.change(alternative_contact="call us")
    save(site.admin(), alternative_contact="")
    assert settings(site)["alternative_contact"] == ""


def test_says_that_nothing_changed(site: AdminSite) -> None:
    admin = site.admin()
    save(admin, response_time="within one working day", phone_region="US")
    assert "Nothing to save: every value is as it was." in words(admin.page)
    assert site.api("GET", "/settings/history").json() == {"changes": [], "next": None}


def test_leaves_alone_what_the_form_does_not_mention(site: AdminSite) -> None:
    switch_on()
    admin = site.admin()
    save(admin, phone_region="DE")
    assert settings(site)["enabled"] is True
    admin.page = admin.page.replace("checked", "")
    admin.page = admin.page.replace('<input type="hidden" name="enabled" value="off">', "")
    save(admin, response_time="today")
    assert settings(site)["enabled"] is True


def test_shows_who_changed_what_and_when(site: AdminSite) -> None:
    team.add("ann", Role.ADMIN)
    admin = team.browser(site, "ann")
    save(admin, phone_region="DE")
    site.change(phone_region="IN")
    page = words(admin.get("/admin").text)
    assert "admin Country for phone numbers Germany (DE) India (IN)" in page
    assert "ann Country for phone numbers United States (US) Germany (DE)" in page
    [newest, first] = site.api("GET", "/settings/history").json()["changes"]
    assert (newest["actor"], first["actor"]) == ("admin", "ann")


@pytest.mark.parametrize("saved", ["999", "x", "-", "<b>", "1-2-3" * 500])
def test_claims_no_change_that_was_not_made(site: AdminSite, saved: str) -> None:
    admin = site.admin()
    page = admin.session.get(f"{site.url}/admin", params={"saved": saved}, timeout=10).text
    assert "Saved:" not in page
    assert "<b>" not in page


# --- refusing ---


def test_keeps_what_was_typed_and_shows_errors_at_their_fields(site: AdminSite) -> None:
    admin = site.admin()
    status = save(
        admin,
        enabled="on",
        agent_emails="ann@example.org\nnobody",
        response_time=" ",
        alternative_contact="call us",
        phone_region="XX",
    )
    assert status == 422
    assert 'role="alert"' in admin.page
    assert "Nothing was saved." in words(admin.page)
    for name in ("agent_emails", "response_time", "phone_region"):
        described = f'aria-describedby="{name}-help {name}-error" aria-invalid="true"'
        assert described in admin.page
        assert f'<a href="#{name}">' in admin.page
    assert 'id="alternative_contact-error"' not in admin.page
    assert "\nann@example.org\nnobody</textarea>" in admin.page
    assert "\ncall us</textarea>" in admin.page
    assert '<option value="XX" selected>XX</option>' in admin.page
    assert "checked" in admin.page
    assert settings(site) == SETTINGS_AT_FIRST


def test_refuses_to_switch_on_without_an_address(site: AdminSite) -> None:
    admin = site.admin()
    assert save(admin, enabled="on", response_time="today") == 422
    assert "Support Operations needs at least one team address" in words(admin.page)
    assert 'aria-describedby="agent_emails-help agent_emails-error"' in admin.page
    assert settings(site) == SETTINGS_AT_FIRST


def test_can_be_corrected_and_saved_after_a_refusal(site: AdminSite) -> None:
    admin = site.admin()
    save(admin, agent_emails="nobody")
    assert save(admin, agent_emails="ann@example.org") == 200
    assert settings(site)["agent_emails"] == ["ann@example.org"]


def test_does_not_overwrite_a_newer_change(site: AdminSite) -> None:
    admin = site.admin()
    site.change(response_time="tomorrow", phone_region="DE")
    assert save(admin, response_time="today", phone_region="DE") == 409
    assert "the settings were changed after you opened this page" in words(admin.page)
    assert "\ntoday</textarea>" in admin.page
    assert "Stored now: “tomorrow”" in words(admin.page)
    assert 'id="phone_region-stored"' not in admin.page
    assert settings(site)["response_time"] == "tomorrow"
    assert save(admin, response_time="today") == 200
    assert settings(site)["response_time"] == "today"


@pytest.mark.parametrize("version", ["", "x", '"'])
def test_refuses_a_form_without_its_version(site: AdminSite, version: str) -> None:
    assert save(site.admin(), response_time="today", version=version) == 409
    assert settings(site) == SETTINGS_AT_FIRST


@pytest.mark.parametrize("csrf", ["", "forged", "a.b.c"])
def test_refuses_a_forged_form(site: AdminSite, csrf: str) -> None:
    admin = site.admin()
    assert save(admin, response_time="today", csrf=csrf) == 403
    assert "Nothing was changed" in words(admin.page)
    assert settings(site) == SETTINGS_AT_FIRST


def test_refuses_a_form_token_given_to_somebody_else(site: AdminSite) -> None:
    other, admin = site.admin(), site.admin()
    admin.page = other.page
    assert save(admin, response_time="today") == 403
    assert settings(site) == SETTINGS_AT_FIRST


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"response_time=%ff", b"&".join(b"a=%d" % n for n in range(200))]
)
def test_refuses_a_form_that_cannot_be_read(site: AdminSite, body: bytes) -> None:
    response = site.admin().session.post(f"{site.url}/admin", data=body, timeout=10)
    assert response.status_code == 400
    assert "The form cannot be read." in response.text


@pytest.mark.parametrize("name", ["agent_emails", "response_time", "alternative_contact"])
def test_shows_html_as_text_where_it_is_typed(site: AdminSite, name: str) -> None:
    admin = site.admin()
    save(admin, response_time=" ", **({name: HTML} if name != "response_time" else {}))
    assert "<b onclick" not in admin.page
    save(admin, **{name: f"{HTML}</textarea><script>"}, phone_region="XX")
    assert "<b onclick" not in admin.page
    assert "<script>" not in admin.page
