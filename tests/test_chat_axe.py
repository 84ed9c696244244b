"""What axe finds in the chat: nothing, in each state, theme and size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import violations
from tests.chat_lines import Lines, Server
from tests.chat_page import ASK, TURN_MS, Chat, needs_chromium
from tests.system import System
from tests.web_client import Client
from tests.website import Website, embedding, running_website

pytestmark = needs_chromium

PHONE = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
THEMES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "phone": PHONE,
}
TOKEN = "JSON.parse(Object.values(localStorage)[0]).token"


@pytest.fixture
def site() -> Iterator[Website]:
    """A website that embeds the chat, and takes the contact form."""
    with running_website() as site:
        yield site


@pytest.fixture(params=THEMES)
def themed(browser: Browser, system: System, request: pytest.FixtureRequest) -> Iterator[Chat]:
    """The chat in each theme, at rest."""
    with browser.new_context(reduced_motion="reduce", **THEMES[request.param]) as context:
        yield Chat(context.new_page(), system)


def faults(page: Page) -> list[str]:
    """What axe finds when nothing moves any more."""
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    return violations(page)


def shop(chat: Chat, site: Website) -> str:
    """A page with the chat on it."""
    attributes = f'contact="{site.url}" privacy="/privacy"'
    words = "<main><h1>A shop</h1><p>Things to buy.</p></main>"
    return site.page("/", words + embedding(chat.system.rasa_url, attributes))


def conversation(chat: Chat, site: Website) -> Iterator[str]:
    """Go through the states of a conversation."""
    url = shop(chat, site)
    chat.page.goto(url)
    expect(chat.button).to_be_visible()
    yield "closed"
    chat.open(url)
    yield "open"
    chat.say("hello", "Hello!")
    yield "buttons"
    chat.page.get_by_role("button", name="More").click()
    yield "menu"
    chat.page.keyboard.press("Escape")
    chat.page.context.set_offline(True)
    chat.write("Are you there?")
    expect(chat.log).to_contain_text("Waiting to be sent")
    expect(chat.window.locator(".notice")).to_contain_text("cannot be reached", timeout=TURN_MS)
    yield "offline"
    chat.page.context.set_offline(False)
    chat.is_connected()
    chat.page.keyboard.press("Escape")
    elsewhere = Client(chat.system.rasa_url, chat.page.evaluate(TOKEN))
    elsewhere.say(ASK)
    elsewhere.close()
    expect(chat.widget.locator(".count")).to_be_visible()
    yield "new messages"
    chat.button.click()
    yield from form(chat)
    chat.choose("Delete my conversation")
    yield "deleting"
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.log).to_contain_text("has been deleted")
    yield "deleted"


def form(chat: Chat) -> Iterator[str]:
    """Go through the states of the contact form."""
    send = chat.page.get_by_role("button", name="Send", exact=True)
    chat.choose("Leave a message")
    expect(chat.page.get_by_label("Your name")).to_be_visible()
    send.click()
    yield "form refused"
    chat.page.get_by_label("E-mail address").fill("ann@example.org")
    chat.page.get_by_label("What is it about?").fill("My order")
    send.click()
    expect(chat.window).to_contain_text("Your message is with our team.")
    yield "form sent"
    chat.window.locator(".outcome + button").click()


def troubles(chat: Chat, site: Website) -> Iterator[str]:
    """Go through the states in which something is not as it should be."""
    chat.page.clock.install()
    lines = Lines(chat.page, only_first=False)
    lines.deafens = {"session_confirm"}
    chat.page.goto(shop(chat, site))
    chat.button.click()
    expect(chat.state).to_have_text("Connecting…")
    yield "connecting"
    lines.deafens = set()
    chat.reload_and_open()
    lines.deafens = {"bot_uttered", "outcome"}
    chat.write(ASK)
    expect(chat.widget.locator(".typing")).to_be_visible()
    yield "typing"
    chat.page.clock.run_for(61_000)
    lines.swallows = {"user_uttered"}
    chat.write("Are you there?")
    expect(chat.log).to_contain_text("Sending…")
    chat.page.clock.run_for(TURN_MS + 1000)
    expect(chat.log.get_by_role("button", name="Try again")).to_be_visible()
    yield "not sent"
    Server(chat).replaced['"ready":true'] = '"ready":false'
    chat.page.reload()
    chat.button.click()
    expect(chat.state).to_have_text("The assistant is starting…")
    yield "starting"
    chat.page.route("**/vendor/*", lambda route: route.abort())
    chat.page.reload()
    chat.button.click()
    expect(chat.state).to_have_text("The chat could not be loaded.")
    yield "broken"


def switched_off(chat: Chat, site: Website) -> Iterator[str]:
    """Ask for a person while there is none to be had, and then for the form."""
    chat.system.settings(enabled=False, alternative_contact="see https://example.org/help")
    chat.open(site.page("/", "<main><h1>A shop</h1></main>" + embedding(chat.system.rasa_url)))
    chat.say(ASK, "https://example.org/help")
    yield "switched off"
    chat.choose("Leave a message")
    expect(chat.window.locator(".outcome")).to_contain_text("https://example.org/help")
    yield "form switched off"


@pytest.mark.parametrize("states", [conversation, troubles, switched_off])
def test_gives_axe_nothing_to_find_in_any_state(themed: Chat, site: Website, states: Any) -> None:
    found = {state: faults(themed.page) for state in states(themed, site)}
    assert found == {state: [] for state in found}


def test_finds_nothing_on_the_demo_page_either(chat: Chat) -> None:
    chat.open()
    assert faults(chat.page) == []
