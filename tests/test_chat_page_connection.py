"""The chat in two tabs, after a reload, and when the line is cut or swallows messages."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.chat_lines import Lines
from tests.chat_page import (
    ASK,
    ASKS_EMAIL,
    ASKS_NAME,
    ASKS_PHONE,
    REFERENCE,
    SUMMARY,
    TURN_MS,
    Chat,
    needs_chromium,
)
from tests.system import wait_for
from tests.web_client import Client

pytestmark = needs_chromium

LOST = "No connection"
WAITING = "Waiting to be sent"
NOT_SENT = "Not sent"
STORED = "JSON.parse(Object.values(localStorage)[0] ?? '{}')"


def test_keeps_conversation_messages_and_buttons_over_a_reload(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.reload()
    chat.press("Talk to a person")
    chat.read(ASKS_NAME)
    before = chat.said()
    chat.reload()
    assert chat.said() == before
    expect(chat.visitor.last).to_contain_text("Talk to a person")
    chat.say("Ann Lee", ASKS_EMAIL)


def until_all_is_taken(chat: Chat) -> None:
    """The answer to a message may come before word that the message was taken."""
    # Not the browser's own waiting, which a strict Content-Security-Policy forbids.
    empty = f"{STORED}.outbox.length === 0"
    wait_for("word that all was taken", lambda: chat.page.evaluate(empty))


def test_keeps_nothing_in_the_browser_before_the_first_message(chat: Chat) -> None:
    chat.open()
    assert chat.page.evaluate("Object.keys(localStorage)") == []
    chat.say("hello", "Hello!")
    assert chat.page.evaluate("Object.keys(localStorage)") == [
        f"support-chat:{chat.system.rasa_url}"
    ]
    until_all_is_taken(chat)


def test_starts_anew_when_the_server_does_not_know_the_conversation(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    chat.page.evaluate(
        "for (const key of Object.keys(localStorage))"
        " localStorage[key] = localStorage[key].replace('web-', 'no-')"
    )
    chat.page.reload()
    expect(chat.log).to_contain_text("A new one starts here.")
    chat.say("hello", "Hello!")


def test_shows_the_same_in_two_tabs(chat: Chat) -> None:
    other = chat.open().another_tab()
    chat.say(ASK, ASKS_NAME)
    other.read(ASKS_NAME)
    expect(other.visitor).to_have_text(re.compile(ASK))
    other.say("Ann Lee", ASKS_EMAIL)
    chat.read(ASKS_EMAIL)
    chat.say("ann@example.org", ASKS_PHONE)
    other.read(ASKS_PHONE)
    third = other.another_tab()
    third.read(ASKS_PHONE)
    assert chat.said() == other.said() == third.said()


def test_sends_what_was_written_without_a_connection_once_and_in_order(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    until_all_is_taken(chat)
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text(LOST)
    written = [ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "My order is late"]
    for text in written:
        chat.write(text)
    expect(chat.log.get_by_text(WAITING)).to_have_count(len(written))
    chat.page.context.set_offline(False)
    chat.is_connected()
    chat.read(SUMMARY)
    expect(chat.log.get_by_text(WAITING)).to_have_count(0)
    chat.press("Send")
    chat.read(REFERENCE)
    said = re.findall(r"Visitor: (.*)", chat.mail())
    assert said == ["hello", *written, "Send"]


def test_goes_on_where_it_was_after_the_server_was_killed(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    try:
        chat.system.kill_rasa()
        expect(chat.state).to_contain_text(LOST)
        chat.write("Ann Lee")
        expect(chat.log).to_contain_text(WAITING)
        expect(chat.page.get_by_role("status").get_by_text("cannot be reached")).to_be_visible(
            timeout=TURN_MS
        )
    finally:
        chat.system.start_rasa()
    chat.read(ASKS_EMAIL)
    expect(chat.page.get_by_text("cannot be reached")).to_be_hidden()
    expect(chat.visitor).to_have_count(2)
    expect(chat.log).not_to_contain_text("A new one starts here.")


def test_sends_what_was_waiting_when_the_page_was_closed(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text(LOST)
    chat.write(ASK)
    chat.page.context.set_offline(False)
    chat.reload()
    chat.read(ASKS_NAME)
    expect(chat.visitor).to_have_count(2)


def test_offers_another_try_over_a_new_connection_when_nothing_is_received(chat: Chat) -> None:
    Lines(chat.page).swallows.add("user_uttered")
    chat.page.clock.install()
    chat.open().write(ASK)
    expect(chat.log).to_contain_text("Sending…")
    chat.page.clock.run_for(TURN_MS + 1000)
    expect(chat.log).to_contain_text(NOT_SENT)
    chat.page.clock.resume()
    chat.press("Try again")
    chat.read(ASKS_NAME)
    expect(chat.log).not_to_contain_text(NOT_SENT)
    expect(chat.visitor).to_have_count(1)


def test_says_nothing_twice_when_only_the_answer_was_lost(chat: Chat) -> None:
    lines = Lines(chat.page)
    chat.open().say("hello", "Hello!")
    until_all_is_taken(chat)
    # The server takes and answers it; the page hears of neither, and goes.
    lines.deafens |= {"bot_uttered", "visitor_uttered", "outcome"}
    chat.write(ASK)
    expect(chat.log).to_contain_text("Sending…")
    elsewhere = Client(chat.system.rasa_url, chat.page.evaluate(f"{STORED}.token"))
    wait_for("the answer", lambda: ASKS_NAME in str(elsewhere.said()))
    elsewhere.close()
    chat.reload()
    chat.read(ASKS_NAME)
    expect(chat.log.get_by_text("Sent")).to_have_count(2)
    chat.say("Ann Lee", ASKS_EMAIL)
    assert chat.said().count(ASK) == 1
    assert sum(ASKS_NAME in text for text in chat.said()) == 1


def test_counts_what_was_said_while_it_was_closed(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    other = chat.another_tab()
    for each in (chat, other):
        each.button.click()
        expect(each.window).to_be_hidden()
        expect(each.button).to_have_accessible_name("Open the chat")
    elsewhere = Client(chat.system.rasa_url, chat.page.evaluate(f"{STORED}.token"))
    elsewhere.say("Ann Lee")
    elsewhere.close()
    for each in (chat, other):
        expect(each.button).to_have_accessible_name("Open the chat (1 new)")
    chat.button.click()
    chat.read(ASKS_EMAIL)
    for each in (chat, other):
        expect(each.widget.locator(".count")).to_be_hidden()


def test_deletes_the_conversation_here_in_other_tabs_and_on_the_server(chat: Chat) -> None:
    other = chat.open().another_tab()
    chat.say(ASK, ASKS_NAME)
    other.read(ASKS_NAME)
    chat.choose("Delete my conversation")
    expect(chat.page.get_by_text("already sent to the team stays with the team")).to_be_visible()
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    for each in (chat, other):
        expect(each.log).to_contain_text("has been deleted")
        expect(each.visitor).to_have_count(0)
    assert chat.page.evaluate("Object.keys(localStorage)") == []
    chat.say("hello", "Hello!")
    chat.reload()
    assert not any(ASKS_NAME in text for text in chat.said())


def test_deletes_nothing_when_it_cannot_be_told(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text(LOST)
    chat.choose("Delete my conversation")
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.page.get_by_role("alert")).to_contain_text("could not be deleted")
    chat.page.get_by_role("button", name="Cancel").click()
    chat.read(ASKS_NAME)
    chat.page.context.set_offline(False)
    chat.is_connected()
    chat.say("Ann Lee", ASKS_EMAIL)


def cut_off(chat: Chat) -> None:
    """From the next page on, the scripts come and the server cannot be talked to."""
    chat.page.add_init_script(
        "globalThis.WebSocket = class {"
        "  constructor() { setTimeout(() => this.onerror?.(new Event('error'))); }"
        "  close() {}"
        "};"
    )
    chat.page.route("**/socket.io/**", lambda route: route.abort())


def test_deletes_nothing_of_an_earlier_visit_while_the_server_is_away(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    cut_off(chat)
    chat.page.reload()
    expect(chat.state).to_contain_text(LOST)
    chat.choose("Delete my conversation")
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.page.get_by_role("alert")).to_contain_text("could not be deleted")
    assert chat.page.evaluate("Object.keys(localStorage).length") == 1


def test_deletes_what_was_written_and_never_sent(chat: Chat) -> None:
    cut_off(chat)
    chat.page.goto(f"{chat.system.rasa_url}/chat")
    expect(chat.state).to_contain_text(LOST)
    chat.write("my secret")
    chat.choose("Delete my conversation")
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.visitor).to_have_count(0)
    assert chat.page.evaluate("Object.keys(localStorage)") == []


def test_shows_nothing_of_a_conversation_that_was_deleted_while_the_page_slept(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    # As another page of the site does, which this one hears nothing of.
    chat.page.evaluate("localStorage.clear()")
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text(LOST)
    chat.page.context.set_offline(False)
    chat.is_connected()
    expect(chat.visitor).to_have_count(0)
    chat.say("hello", "Hello!")
    assert not any(ASKS_NAME in text for text in chat.said())
