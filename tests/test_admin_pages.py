"""The settings page: what stands on it."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import outbox
from support.errors import DeliveryError
from support.settings import SETTINGS
from tests.admin_site import AdminSite, Browser, ask, running, switch_on, words

HTML = '<b onclick="x">&\''


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def settings(site: AdminSite) -> dict[str, object]:
    return dict(site.api("GET", "/settings").json())


def save(browser: Browser, **fields: str) -> int:
    return browser.post("/admin", **fields).status_code


def test_shows_every_setting_with_its_label_and_help(site: AdminSite) -> None:
    page = site.admin().page
    for setting in SETTINGS:
        label = re.search(rf'<label for="{setting.name}">([^<]+)</label>', page)
        assert label is not None
        assert html.unescape(label[1]) == setting.label
        assert f'aria-describedby="{setting.name}-help' in page
        assert html.unescape(setting.help) in words(page)


def test_is_off_at_first_and_says_what_visitors_read(site: AdminSite) -> None:
    admin = site.admin()
    assert "checked" not in admin.page
    assert "Off. Visitors who ask for a person are told" in words(admin.page)
    assert "given no other way to reach it" in words(admin.page)
    site.change(alternative_contact="call +1 202 555 0123")
    assert "They also read: call +1 202 555 0123" in words(admin.get("/admin").text)


def test_says_who_is_told_while_on(site: AdminSite) -> None:
    switch_on(agent_emails=["ann@example.org", "bob@example.org"])
    page = site.admin().page
    assert "On. Visitors who ask for a person can leave a request. 2 addresses" in words(page)
    assert "checked" in page


def test_warns_of_what_is_wrong_with_telling_the_team(site: AdminSite) -> None:
    admin = site.admin()
    assert "What needs your attention" not in admin.page
    switch_on()
    ask()
    now = dt.datetime.now(dt.timezone.utc)
    for held in outbox.claim(now, 1):
        outbox.record_failure(held, DeliveryError("550 No such mailbox", permanent=True), now)
    page = admin.get("/admin").text
    assert "What needs your attention" in page
    assert "One message to the team by e-mail was given up." in words(page)


def test_advises_calmly_what_is_worth_setting_up(site: AdminSite) -> None:
    assert "Worth setting up" not in site.admin().page
    switch_on()
    page = site.admin().page
    assert "Worth setting up: should mail fail one day" in words(page)
    assert "What needs your attention" not in page


def test_offers_countries_by_name(site: AdminSite) -> None:
    page = site.admin().page
    assert '<option value="DE">Germany (DE)</option>' in page
    assert '<option value="US" selected>United States (US)</option>' in page


def test_shows_the_newest_requests(site: AdminSite) -> None:
    switch_on()
    references = [ask(number).reference for number in range(9)]
    page = site.admin().page
    shown = re.findall(r'href="/admin/requests/(R-\w+)"', page)
    assert shown == references[:0:-1]
    assert '<a href="/admin/requests">All requests</a>' in page


def test_has_no_inline_script_or_style_and_nothing_from_elsewhere(site: AdminSite) -> None:
    switch_on()
    reference = ask().reference
    admin = site.admin()
    for path in ("/admin", "/admin/requests", f"/admin/requests/{reference}", "/admin/nothing"):
        page = admin.get(path).text
        assert re.findall("<script[^>]*>([^<]*)", page) == [""]
        assert re.search(r" on[a-z]+=", page) is None
        assert " style=" not in page
        assert re.search(r'(src|<link[^>]+href)="(?!/admin/static/)', page) is None


def test_has_one_heading_a_landmark_a_skip_link_and_a_language(site: AdminSite) -> None:
    admin = site.admin()
    for path in ("/admin", "/admin/requests", "/admin/nothing"):
        page = admin.get(path).text
        assert page.count("<h1") == 1
        assert page.count("<main") == 1
        assert '<a class="skip" href="#main">' in page
        assert '<html lang="en">' in page


@pytest.mark.parametrize(
    "name, kind", [("admin.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")]
)
def test_serves_the_files_its_pages_name(site: AdminSite, name: str, kind: str) -> None:
    admin = site.admin()
    found = re.search(rf'"(/admin/static/{name}\?v=\w+)"', admin.page)
    assert found is not None
    response = site.browser().get(found[1])
    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize("name", ["..%2fapi.py", "%2e%2e/api.py", "settings.html", ".env"])
def test_serves_no_other_file(site: AdminSite, name: str) -> None:
    assert site.browser().get(f"/admin/static/{name}").status_code == 404


def test_shows_html_as_text_where_it_is_stored(site: AdminSite) -> None:
    site.change(response_time=HTML, alternative_contact=HTML)
    page = site.admin().page
    assert "<b onclick" not in page
    assert HTML in words(page)
    refused = site.admin()
    save(refused, phone_region=HTML)
    assert "<b onclick" not in refused.page
