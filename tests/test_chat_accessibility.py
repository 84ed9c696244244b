"""The chat for everybody: keyboard, screen reader, contrast, zoom, narrow screens, calm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.chat_lines import Lines
from tests.chat_page import (
    ASK,
    ASKS_EMAIL,
    ASKS_NAME,
    ASKS_PHONE,
    ASKS_REASON,
    REFERENCE,
    SUMMARY,
    Chat,
    needs_chromium,
)
from tests.system import System
from tests.website import Website, embedding, running_website

pytestmark = needs_chromium


@pytest.fixture
def site() -> Iterator[Website]:
    """A website that embeds the chat, and takes the contact form."""
    with running_website() as site:
        yield site


def test_needs_no_mouse_from_the_first_word_to_the_reference(chat: Chat, site: Website) -> None:
    page = chat.page
    page.goto(site.page("/", embedding(chat.system.rasa_url)))
    keyboard = page.keyboard

    def answer(text: str, question: str) -> None:
        keyboard.type(text)
        keyboard.press("Enter")
        chat.read(question)

    expect(chat.button).to_be_visible()
    keyboard.press("Tab")
    expect(chat.button).to_be_focused()
    keyboard.press("Enter")
    expect(chat.field).to_be_focused()
    keyboard.type("hello")
    keyboard.press("Tab")
    expect(chat.widget.locator(".submit")).to_be_focused()
    keyboard.press("Space")
    chat.read("Hello!")
    expect(chat.field).to_be_focused()
    for _ in range(2):
        keyboard.press("Shift+Tab")
    expect(chat.log.get_by_role("button", name="Talk to a person")).to_be_focused()
    keyboard.press("Enter")
    chat.read(ASKS_NAME)
    expect(chat.field).to_be_focused()
    answer("Ann Lee", ASKS_EMAIL)
    page.reload()
    expect(chat.button).to_be_visible()
    keyboard.press("Tab")
    keyboard.press("Space")
    chat.is_connected()
    expect(chat.field).to_be_focused()
    answer("ann@example.org", ASKS_PHONE)
    answer("+1 202 555 0123", ASKS_REASON)
    answer("My order has not arrived", SUMMARY)
    offered = chat.log.get_by_role("button", name="Send", exact=True)
    for _ in range(8):
        keyboard.press("Shift+Tab")
        if offered.evaluate("(button) => button.matches(':focus')"):
            break
    keyboard.press("Enter")
    chat.read(REFERENCE)
    expect(chat.field).to_be_focused()
    keyboard.press("Escape")
    expect(chat.window).to_be_hidden()
    expect(chat.button).to_be_focused()
    assert "My order has not arrived" in chat.mail()


def test_moves_through_the_menu_and_out_of_it(chat: Chat) -> None:
    keyboard = chat.open().page.keyboard
    more = chat.page.get_by_role("button", name="More")
    more.focus()
    keyboard.press("Enter")
    items = chat.widget.locator(".menu button")
    expect(items.first).to_be_focused()
    keyboard.press("ArrowDown")
    expect(items.last).to_be_focused()
    keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(items.first).to_be_hidden()
    expect(chat.window).to_be_visible()


def test_takes_no_focus_that_nobody_gave_it(chat: Chat) -> None:
    chat.open()
    expect(chat.page.locator("body")).to_be_focused()


def test_keeps_the_focus_inside_while_it_fills_the_screen(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 360, "height": 640})
    chat.open()
    for _ in range(12):
        chat.page.keyboard.press("Tab")
        inside = "['SUPPORT-CHAT', 'BODY'].includes(document.activeElement.tagName)"
        assert chat.page.evaluate(inside)
    chat.page.keyboard.press("Escape")
    expect(chat.window).to_be_hidden()
    expect(chat.button).to_be_focused()


def test_announces_new_messages_only(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    log = chat.page.get_by_role("log", name="Conversation")
    expect(log).to_contain_text("Hello!")
    chat.reload()
    expect(chat.last_answer).to_contain_text("Hello!")
    expect(log.locator(".message")).to_have_count(0)
    chat.say(ASK, ASKS_NAME)
    assert log.locator(".bubble").all_inner_texts()[0] == ASK
    expect(log.locator(".message")).to_have_count(2)
    # What follows a message, time and state, is none.
    expect(log.locator(".meta").first).to_have_attribute("aria-live", "off")


def test_says_that_the_assistant_is_typing_when_it_takes_long(chat: Chat) -> None:
    lines = Lines(chat.page)
    chat.open()
    typing = chat.widget.get_by_role("status").get_by_text("The assistant is typing")
    lines.deafens = {"bot_uttered", "outcome"}
    chat.write(ASK)
    expect(typing).to_be_attached()
    lines.deafens = set()
    chat.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    chat.read(ASKS_NAME)


def test_gives_the_focus_back_to_the_question_when_it_is_opened_again(chat: Chat) -> None:
    chat.open().choose("Delete my conversation")
    question = chat.page.get_by_role("heading", name="Delete this conversation?")
    expect(question).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.button).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(question).to_be_focused()


def test_reads_well_in_the_accessibility_tree(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    expect(chat.window).to_match_aria_snapshot(
        """
        - dialog "Chat with us":
          - banner:
            - heading "Chat with us" [level=2]
            - status: Connected
            - button "More"
            - button "Close the chat"
          - region "Conversation":
            - log "Conversation":
              - text: "/You said: hello/"
              - button "Talk to a person"
          - textbox "Your message"
          - button "Send"
        """
    )


def test_says_how_many_are_new_when_it_is_closed(chat: Chat) -> None:
    chat.open().page.get_by_role("button", name="Close the chat").last.click()
    expect(chat.button).to_have_attribute("aria-expanded", "false")
    expect(chat.button).to_be_focused()
    expect(chat.button).to_have_attribute("aria-haspopup", "dialog")


def test_moves_nothing_for_whoever_asked_for_calm(browser: Browser, system: System) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        chat = Chat(context.new_page(), system).open()
        chat.say("hello", "Hello!")
        moving = "document.getAnimations().map((each) => each.animationName ?? 'transition')"
        assert set(chat.page.evaluate(moving)) <= {"appear"}


def clipped(chat: Chat) -> list[str]:
    """What of the window's own controls is not wholly on the screen, or does not fit itself."""
    return list(
        chat.window.evaluate(
            """(dialog) => [...dialog.querySelectorAll("button, textarea, h2, .bubble")]
              .filter((each) => each.checkVisibility() && !each.closest(".scroller"))
              .filter((each) => {
                const { left, right, top, bottom } = each.getBoundingClientRect();
                const isWithin = left >= 0 && right <= innerWidth + 0.5;
                return !(isWithin && top >= 0 && bottom <= innerHeight + 0.5);
              }).map((each) => each.className || each.tagName)"""
        )
    )


def assert_fits(chat: Chat) -> None:
    """Everything is on the screen, side by side, and what is said has room."""
    assert clipped(chat) == []
    assert chat.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    # Both at one moment: the panel may still be sliding in.
    height, gap = chat.log.evaluate(
        """log => {
          const box = log.getBoundingClientRect();
          const composer = log.getRootNode().querySelector(".composer").getBoundingClientRect();
          return [box.height, composer.top - box.bottom];
        }"""
    )
    assert gap > -0.5
    assert height > 90


@pytest.mark.parametrize(
    ("width", "height"), [(320, 568), (320, 256), (568, 320), (1280, 720), (360, 300)]
)
def test_fits_the_screen(chat: Chat, width: int, height: int) -> None:
    chat.page.set_viewport_size({"width": width, "height": height})
    chat.open().say("hello", "Hello!")
    assert_fits(chat)


@pytest.mark.parametrize("width", [320, 1280])
def test_fits_with_text_twice_as_large(chat: Chat, width: int) -> None:
    chat.page.set_viewport_size({"width": width, "height": 640})
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    chat.open().say("hello", "Hello!")
    assert chat.field.evaluate("field => getComputedStyle(field).fontSize") == "32px"
    assert_fits(chat)


def test_leaves_the_composer_above_an_on_screen_keyboard(chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 360, "height": 640})
    chat.open()
    chat.page.evaluate(
        """() => {
          Object.defineProperty(visualViewport, "height", { value: 340 });
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    box = chat.field.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 340


def test_reads_from_right_to_left(chat: Chat, site: Website) -> None:
    words = "document.querySelector('support-chat').words = { send: 'إرسال', heading: 'تحدث معنا' }"
    page = site.page(
        "/", embedding(chat.system.rasa_url, 'lang="ar"') + f"<script>{words}</script>"
    )
    chat.page.goto(page)
    chat.button.click()
    expect(chat.page.get_by_role("heading", name="تحدث معنا")).to_be_visible()
    chat.page.get_by_role("button", name="إرسال").wait_for()
    field, send = chat.field.bounding_box(), chat.widget.locator(".submit").bounding_box()
    launcher = chat.button.bounding_box()
    assert field
    assert send
    assert launcher
    assert send["x"] < field["x"]
    assert launcher["x"] < 100
    expect(chat.log.locator(".greeting .bubble")).to_have_attribute("dir", "auto")


def test_gives_each_target_room(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    boxes = chat.window.get_by_role("button").evaluate_all(
        "all => all.map((each) => [each.offsetWidth, each.offsetHeight])"
    )
    assert min(min(box) for box in boxes if box != [0, 0]) >= 40


def test_sends_nothing_when_enter_only_accepts_a_word(chat: Chat) -> None:
    chat.open().field.fill("こんに")
    # Safari ends the composition before this key: only its code tells.
    pressed = "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true})"
    chat.field.evaluate(f"field => field.dispatchEvent({pressed})")
    expect(chat.field).to_have_value("こんに")
    expect(chat.visitor).to_have_count(0)


def test_keeps_what_is_typed_and_the_focus_when_the_site_changes_its_colours(chat: Chat) -> None:
    chat.open().field.fill("half a sentence")
    for name, value in (("theme", "dark"), ("accent", "#aa0000"), ("position", "left")):
        chat.page.evaluate(
            "([name, value]) => document.querySelector('support-chat').setAttribute(name, value)",
            [name, value],
        )
    expect(chat.field).to_have_value("half a sentence")
    expect(chat.field).to_be_focused()
    chat.page.evaluate("document.querySelector('support-chat').setAttribute('lang', 'de')")
    written = chat.widget.locator("textarea").first
    expect(written).to_have_value("half a sentence")
