"""Support Operations' pages, as axe-core sees them, in light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from support.errors import DeliveryError
from tests.admin_site import TOKEN, AdminSite, ask, deliver, running, switch_on
from tests.axe import violations
from tests.chat_page import browsing, needs_chromium

pytestmark = needs_chromium

LOOKS = [
    ("light", {"width": 1280, "height": 900}),
    ("dark", {"width": 1280, "height": 900}),
    ("light", {"width": 360, "height": 740}),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """A site with something on every page."""
    with running(tmp_path_factory.mktemp("pages")) as site:
        switch_on(alternative_contact="call us")
        ask(1)
        deliver(DeliveryError("421 try again later"))
        ask(2, phone=None, page_url=None)
        yield site


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]['width']}")
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window with one look."""
    scheme, size = request.param
    with browser.new_context(
        color_scheme=scheme, viewport=size, reduced_motion="reduce"
    ) as context:
        yield context.new_page()


def signed_in(page: Page, site: AdminSite) -> None:
    page.goto(f"{site.url}/admin")
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()


def own_pages(site: AdminSite) -> list[str]:
    """Every page that is opened with GET; a request's page with a request of the list."""
    reference = site.api("GET", "/requests").json()["requests"][-1]["reference"]
    paths = (
        path.replace("{reference}", reference)
        for method, path in sorted(site.routes())
        if method == "GET" and not path.startswith(("/admin/api/", "/admin/static/"))
    )
    return [path for path in paths if "{" not in path]


def test_finds_nothing_wrong_with_signing_in(page: Page, site: AdminSite) -> None:
    page.goto(f"{site.url}/admin")
    assert violations(page) == []
    page.get_by_label("Admin token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert violations(page) == []


def test_finds_nothing_wrong_with_any_page(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    for path in own_pages(site):
        page.goto(site.url + path)
        assert violations(page) == [], path
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{path} is wider than the window"


def test_finds_nothing_wrong_with_settings_that_were_refused(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.get_by_label("Team's e-mail addresses").fill("nobody")
    page.get_by_label("Messages a minute in one conversation").fill("many")
    page.get_by_role("button", name="Save").click()
    assert violations(page) == []


def test_finds_nothing_wrong_with_an_error(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.goto(f"{site.url}/admin/nothing")
    assert violations(page) == []


def test_sees_what_is_wrong(page: Page) -> None:
    page.set_content("<img src='x.png'><p style='color:#aaa;background:#fff'>faint</p>")
    found = violations(page, "body")
    assert any(fault.startswith("image-alt (critical)") for fault in found)
    assert any("color-contrast" in fault and "<p style" in fault for fault in found)
