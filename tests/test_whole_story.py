"""The whole story in two browsers: an admin switches on, a visitor asks, the team answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chat_page import ASK, REFERENCE, Chat, needs_chromium
from tests.system import TEAM, System, wait_for

pytestmark = needs_chromium

OTHER_WAYS = "call +1 202 555 0123"


@pytest.fixture
def window(system: System, browser: Browser) -> Iterator[Page]:
    """The admin's own window; nothing is set up yet."""
    system.settings(enabled=False, agent_emails=[], alternative_contact="")
    with browser.new_context() as context:
        yield context.new_page()


def open_settings(window: Page) -> None:
    window.get_by_role("navigation", name="Main").get_by_role("link", name="Settings").click()


def switch(window: Page) -> None:
    """Turn the switch over and save, by keyboard."""
    toggle = window.get_by_role("switch", name="Support Operations", exact=True)
    toggle.focus()
    window.keyboard.press("Space")
    save(window)


def save(window: Page) -> None:
    window.get_by_role("button", name="Save").press("Enter")


def saved(window: Page, *changes: str) -> None:
    for change in changes:
        expect(window.get_by_role("status")).to_contain_text(change)


def test_is_switched_on_asked_answered_and_switched_off(
    window: Page, chat: Chat, system: System
) -> None:
    sign_in(window, system)
    switch_on(window)
    reference = ask(chat)
    [mail] = wait_for("a mail to the team", system.mails)
    assert reference in mail["Subject"]
    work_on(window, reference)
    # The visitor is told what the team has done.
    chat.say("what about my request?", "closed")
    open_settings(window)
    switch(window)
    saved(window, "Support Operations on → off")
    expect(window.get_by_label("What visitors get now")).to_contain_text("Off.")
    chat.say(ASK, OTHER_WAYS)
    assert [request["status"] for request in system.requests()][:1] == ["closed"]


def sign_in(window: Page, system: System) -> None:
    window.goto(system.admin_url)
    window.get_by_label("Admin token").fill(system.admin_token)
    window.get_by_label("Admin token").press("Enter")
    expect(window.get_by_label("What visitors get now")).to_contain_text("Off.")


def switch_on(window: Page) -> None:
    """Without an address it is refused, and with one it is not."""
    switch(window)
    expect(window.get_by_role("alert")).to_contain_text("Nothing was saved.")
    window.get_by_role("alert").get_by_role("link", name="Team's e-mail addresses").press("Enter")
    window.get_by_label("Team's e-mail addresses").fill(TEAM)
    window.get_by_label("Other ways to reach the team").fill(OTHER_WAYS)
    save(window)
    saved(window, "Support Operations off → on", f"Team's e-mail addresses none → {TEAM}")
    expect(window.get_by_label("What visitors get now")).to_contain_text("On.")


def ask(chat: Chat) -> str:
    """The visitor leaves a request; its reference."""
    chat.open().fill_in("My order has not arrived")
    chat.press("Send")
    chat.read(REFERENCE)
    [reference] = REFERENCE.findall(chat.last_answer.inner_text())
    return str(reference)


def work_on(window: Page, reference: str) -> None:
    """Find the request, take it, and close it."""
    window.get_by_role("link", name="Requests", exact=True).click()
    window.get_by_role("searchbox", name="Search").fill("order arrived")
    window.keyboard.press("Enter")
    window.get_by_role("link", name=reference).click()
    expect(window.get_by_text("My order has not arrived").first).to_be_visible()
    expect(window.locator("h1")).to_contain_text("New")
    for button, told in (("Take", "You have taken this request."), ("Close", "is closed.")):
        window.get_by_role("button", name=button).press("Enter")
        expect(window.get_by_role("status")).to_contain_text(told)
