"""The chat in a real browser, with the whole product behind it: what is said and how it shows."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.chat_page import (
    ASK,
    ASKS_NAME,
    REFERENCE,
    Chat,
    needs_chromium,
)

pytestmark = needs_chromium


def test_passes_a_visitor_on_and_shows_the_reference(chat: Chat) -> None:
    chat.open().fill_in("My order has not arrived")
    chat.press("Send")
    chat.read(REFERENCE)
    [reference] = REFERENCE.findall(chat.last_answer.inner_text())
    mail = chat.mail()
    for told in [reference, "Ann Lee", "ann@example.org", "My order has not arrived"]:
        assert told in mail
    assert chat.page.url in mail


def test_stays_on_its_own_host_and_logs_no_error(chat: Chat) -> None:
    asked: list[str] = []
    logged: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.page.on("websocket", lambda socket: asked.append(socket.url))
    chat.page.on("console", lambda message: logged.append(message.text))
    chat.page.on("pageerror", lambda error: logged.append(str(error)))
    chat.open().fill_in()
    chat.press("Send")
    chat.read(REFERENCE)
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(chat.system.rasa_url).netloc}
    assert logged == []


def test_shows_markup_in_an_answer_as_text(chat: Chat) -> None:
    markup = '<b>now</b> <img src="x" onerror="alert(1)"> <script>alert(1)</script>'
    chat.open().fill_in(markup)
    chat.read(markup)
    expect(chat.log.locator("b, img, script")).to_have_count(0)


def test_keeps_the_line_breaks_of_an_answer(chat: Chat) -> None:
    chat.open().fill_in()
    assert "\nName: Ann Lee\nE-mail: ann@example.org\n" in chat.last_answer.inner_text()


def test_makes_links_of_addresses_without_the_dot_that_ends_the_sentence(chat: Chat) -> None:
    contact = "write to help@example.org or see (https://example.org/help?a=1#top)."
    chat.system.settings(enabled=False, alternative_contact=contact)
    chat.open().say(ASK, contact)
    mail = chat.log.get_by_role("link", name="help@example.org")
    page = chat.log.get_by_role("link", name="https://example.org/help?a=1#top", exact=True)
    expect(mail).to_have_attribute("href", "mailto:help@example.org")
    expect(page).to_have_attribute("href", "https://example.org/help?a=1#top")
    expect(page).to_have_attribute("rel", "noopener noreferrer")
    expect(page).to_have_attribute("target", "_blank")


def test_makes_no_link_of_a_script(chat: Chat) -> None:
    contact = "javascript:alert(1) or data:text/html,hello"
    chat.system.settings(enabled=False, alternative_contact=contact)
    chat.open().say(ASK, contact)
    expect(chat.log.get_by_role("link")).to_have_count(0)


def test_gives_other_ways_and_no_form_while_switched_off(chat: Chat) -> None:
    chat.system.settings(enabled=False)
    chat.open().say(ASK, "call +1 202 555 0199")
    expect(chat.log.get_by_text(ASKS_NAME)).to_have_count(0)
    chat.say("hello", "Hello!")


def test_says_a_button_and_takes_all_buttons_away(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.press("Talk to a person")
    chat.read(ASKS_NAME)
    expect(chat.visitor.last).to_contain_text("Talk to a person")
    expect(chat.log.get_by_role("button")).to_have_count(0)


def test_takes_buttons_away_when_the_visitor_writes_instead(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    expect(chat.log.get_by_role("button")).to_have_count(2)
    chat.say(ASK, ASKS_NAME)
    expect(chat.log.get_by_role("button")).to_have_count(0)


def test_sends_with_enter_and_breaks_the_line_with_shift(chat: Chat) -> None:
    chat.open().field.press_sequentially("one")
    small = chat.field.evaluate("field => field.offsetHeight")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("two")
    expect(chat.field).to_have_value("one\ntwo")
    assert chat.field.evaluate("field => field.offsetHeight") > small
    chat.field.press("Enter")
    expect(chat.field).to_have_value("")
    expect(chat.log.locator(".visitor .bubble")).to_have_text("one\ntwo")
    assert chat.field.evaluate("field => field.offsetHeight") == small


def test_says_nothing_when_there_is_nothing_to_say(chat: Chat) -> None:
    chat.open().write("  \n ")
    expect(chat.field).to_have_value("")
    assert chat.said() == []


@pytest.mark.parametrize("width", [320, 1200])
def test_fits_the_window_whatever_is_said(chat: Chat, width: int) -> None:
    chat.page.set_viewport_size({"width": width, "height": 640})
    chat.open().fill_in("endless" * 60)
    boxes = [chat.field, chat.widget.locator(".submit"), chat.last_answer]
    edges = chain.from_iterable((box["x"], box["x"] + box["width"]) for box in map(box_of, boxes))
    assert all(0 <= edge <= width for edge in edges)
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= width


def box_of(locator: Any) -> dict[str, float]:
    return dict(locator.bounding_box())
