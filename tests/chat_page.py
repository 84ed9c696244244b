"""A visitor's chat in a real browser, for tests."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.system import System, wait_for

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
ARGUMENTS = [
    "--no-sandbox",  # which Chromium refuses to do without when CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# How long a turn may take before the page doubts that the message has arrived.
TURN_MS = 20_000
ASK = "I want to talk to an agent"
ASKS_NAME = "what's your name?"
ASKS_EMAIL = "Which e-mail address"
ASKS_PHONE = "your phone number"
ASKS_REASON = "What is it about?"
SUMMARY = "Shall I send it?"
REFERENCE = re.compile(r"R-[0-9A-Z]{5}")


needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium is installed (chromium, chromium-browser or google-chrome on PATH)",
)


class Chat:
    """The chat in a page: by default the demo page at /chat."""

    def __init__(self, page: Page, system: System) -> None:
        self.page = page
        self.system = system
        self.widget = page.locator("support-chat")
        self.button = self.widget.locator(".launcher")
        self.window = page.get_by_role("dialog")
        self.log = page.get_by_role("region", name="Conversation")
        self.field = page.get_by_role("textbox", name="Your message")
        self.state = self.widget.locator(".connection")
        self.visitor = self.log.locator(".visitor")
        self.answers = self.log.locator(".assistant:not(.greeting)")
        self.last_answer = self.answers.last

    def open(self, url: str | None = None) -> Chat:
        """Go to the page, open the window unless it opens by itself, and be connected."""
        self.page.goto(url or f"{self.system.rasa_url}/chat")
        expect(self.button).to_be_attached()
        if not self.window.is_visible():
            self.button.click()
        self.is_connected()
        return self

    def is_connected(self) -> None:
        """Wait for the line to the server."""
        expect(self.state).to_have_text("Connected", timeout=TURN_MS)

    def reload(self) -> None:
        """Load the page again, and be connected."""
        self.page.reload()
        self.is_connected()

    def reload_and_open(self) -> None:
        """Load a page again whose chat does not open by itself."""
        self.page.reload()
        self.button.click()
        self.is_connected()

    def another_tab(self) -> Chat:
        """A second tab of the same browser, connected."""
        return Chat(self.page.context.new_page(), self.system).open()

    def write(self, text: str) -> None:
        """Type a message and send it with Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def say(self, text: str, answer: str) -> None:
        """Write a message, and read this in the answer."""
        self.write(text)
        self.read(answer)

    def read(self, answer: str | re.Pattern[str]) -> None:
        """Find this in what the assistant said last."""
        expect(self.last_answer).to_contain_text(answer, timeout=TURN_MS)

    def press(self, name: str) -> None:
        """Press a button that the assistant offers."""
        self.log.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        """Choose something from the menu in the window's head."""
        self.page.get_by_role("button", name="More", exact=True).click()
        self.widget.locator(".menu").get_by_role("button", name=name).click()

    def said(self) -> list[str]:
        """The texts of all messages, in the order shown."""
        return self.log.locator(".message:not(.greeting) .bubble").all_inner_texts()

    def fill_in(self, reason: str = "My order has not arrived") -> None:
        """Ask for a person, and answer everything up to the summary."""
        self.say(ASK, ASKS_NAME)
        self.say("Ann Lee", ASKS_EMAIL)
        self.say("ann@example.org", ASKS_PHONE)
        self.say("+1 202 555 0123", ASKS_REASON)
        self.say(reason, SUMMARY)

    def mail(self) -> str:
        """The text of the mail that the team gets."""
        [mail] = wait_for("a mail to the team", self.system.mails)
        return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser. While it runs, its event loop is the main thread's: nothing else can call
    asyncio.run there, so have the system started before it, and end it with the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, system: System) -> Iterator[Chat]:
    """A visitor's own browser window, with an empty page."""
    with browser.new_context() as context:
        yield Chat(context.new_page(), system)
