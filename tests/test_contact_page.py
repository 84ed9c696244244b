"""The contact form in a real browser, with scripts switched off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from support.contact import web
from tests.chat_page import REFERENCE, needs_chromium
from tests.system import System

pytestmark = needs_chromium
PHONE = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
# Real people, and so the page, need longer.
FILLING_IN_MS = int(web.SECONDS_TO_FILL_IN * 1000) + 200


@pytest.fixture
def form(browser: Browser, system: System) -> Iterator[Page]:
    """The page, without JavaScript."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{system.rasa_url}/contact")
        page.wait_for_timeout(FILLING_IN_MS)
        yield page


def fill_in(page: Page, **changes: str) -> None:
    """Ann's message, and the button."""
    texts = {
        "Your name": "Ann Lee",
        "E-mail address": "ann@example.org",
        "What is it about?": "My parcel\nis late",
        **changes,
    }
    for label, text in texts.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Send").click()


def test_sends_without_scripts_and_once_when_reloaded(form: Page, system: System) -> None:
    before = len(system.requests())
    fill_in(form)
    notice = form.get_by_role("status")
    expect(notice).to_contain_text("has been passed on", timeout=20_000)
    said = notice.inner_text()
    assert REFERENCE.search(said)
    form.reload()
    expect(form.get_by_role("status")).to_have_text(said)
    assert len(system.requests()) == before + 1
    assert len(system.mails()) == 1
    form.get_by_role("link", name="Write another message").click()
    expect(form.get_by_label("Your name")).to_have_value("")


def test_keeps_what_was_typed_and_leads_to_the_first_mistake(form: Page, system: System) -> None:
    before = len(system.requests())
    fill_in(form, **{"E-mail address": "ann@example", "What is it about?": "\nfirst\n\nlast "})
    expect(form.get_by_role("alert")).to_contain_text("has not been sent yet")
    email = form.get_by_label("E-mail address")
    expect(email).to_be_focused()
    expect(email).to_have_value("ann@example")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#email-problem")).to_contain_text("It should look like")
    expect(form.get_by_label("What is it about?")).to_have_value("\nfirst\n\nlast ")
    assert len(system.requests()) == before
    email.fill("ann@example.org")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_contain_text("has been passed on", timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_is_accessible_and_fits_the_screen(
    browser: Browser, system: System, scheme: str, size: dict[str, int]
) -> None:
    with browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{system.rasa_url}/contact")
        _look(page)
        page.wait_for_timeout(FILLING_IN_MS)
        fill_in(page, **{"Your name": "", "E-mail address": "ann@gmial.com"})
        expect(page.get_by_role("alert")).to_be_visible()
        _look(page)
        fill_in(page)
        expect(page.get_by_role("status")).to_be_visible(timeout=20_000)
        _look(page)


def _look(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


def test_works_by_keyboard_alone(form: Page) -> None:
    for text in ("Ann Lee", "ann@example.org", "", "My parcel is late"):
        form.keyboard.press("Tab")
        form.keyboard.type(text)
    form.keyboard.press("Tab")
    form.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("has been passed on", timeout=20_000)


def test_violates_its_own_policy_nowhere(browser: Browser, system: System) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{system.rasa_url}/contact")
        expect(page.get_by_role("button", name="Send")).to_have_css(
            "background-color", "rgb(15, 118, 110)"
        )
        assert complaints == []


def test_can_be_called_by_a_page_of_another_site(browser: Browser, system: System) -> None:
    elsewhere = f"http://localhost:{system.actions_port}/contact/contact.css"
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(elsewhere)
        form = page.evaluate(
            """async (url) => (await fetch(url, {method: "POST", body: "{}",
                 headers: {"Content-Type": "application/json"}})).json()""",
            f"{system.rasa_url}/contact/form",
        )
    assert form["open"] is True
