"""The chat after a sleep: a laptop's, with its line dead, or the browser's that froze the page."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.chat_lines import Lines
from tests.chat_page import ASK, ASKS_EMAIL, ASKS_NAME, ASKS_PHONE, Chat, needs_chromium
from tests.web_client import Client

pytestmark = needs_chromium

EIGHT_HOURS = 8 * 3600
STORED = "JSON.parse(Object.values(localStorage)[0])"


def dead_line(chat: Chat) -> Lines:
    """A conversation whose line swallows every message of Socket.IO, and nothing says so."""
    lines = Lines(chat.page)
    chat.open().say(ASK, ASKS_NAME)
    lines.swallows.add("4")
    lines.deafens.add("4")
    return lines


def say_elsewhere(chat: Chat, *texts: str) -> None:
    """Let the same visitor say something on another device, so to speak."""
    elsewhere = Client(chat.system.rasa_url, chat.page.evaluate(f"{STORED}.token"))
    for text in texts:
        elsewhere.say(text)
    elsewhere.close()


def look_again(chat: Chat) -> None:
    chat.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def come_online(chat: Chat) -> None:
    chat.page.evaluate("dispatchEvent(new Event('online'))")


def open_the_lid(chat: Chat) -> None:
    """Hours later by the clock, while no timer has counted them."""
    chat.page.clock.set_system_time(time.time() + EIGHT_HOURS)
    chat.page.clock.run_for(6_000)  # it looks at the clock
    chat.page.clock.run_for(6_000)  # it asks, and has no answer


@pytest.mark.parametrize("wake", [look_again, come_online, open_the_lid])
def test_takes_a_new_line_when_the_old_one_is_dead(
    chat: Chat, wake: Callable[[Chat], None]
) -> None:
    if wake is open_the_lid:
        chat.page.clock.install()
    lines = dead_line(chat)
    say_elsewhere(chat, "Ann Lee")
    chat.read(ASKS_NAME)
    wake(chat)
    chat.read(ASKS_EMAIL)
    assert len(lines.opened) > 1
    chat.say("ann@example.org", ASKS_PHONE)
    expect(chat.visitor).to_have_count(3)


def test_sends_once_what_was_written_into_a_dead_line(chat: Chat) -> None:
    dead_line(chat)
    chat.write("Ann Lee")
    expect(chat.log).to_contain_text("Sending…")
    look_again(chat)
    chat.read(ASKS_EMAIL)
    assert chat.said().count("Ann Lee") == 1


def test_catches_up_when_the_browser_thaws_its_page(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    say_elsewhere(chat, "Ann Lee", "ann@example.org")
    session.send("Page.setWebLifecycleState", {"state": "active"})
    chat.read(ASKS_PHONE)
    expect(chat.visitor).to_have_count(3)
    chat.is_connected()


def test_does_not_disturb_a_line_that_is_alive(chat: Chat) -> None:
    lines = Lines(chat.page)
    chat.open().say(ASK, ASKS_NAME)
    for wake in (look_again, come_online):
        wake(chat)
    chat.say("Ann Lee", ASKS_EMAIL)
    assert len(lines.opened) == 1
