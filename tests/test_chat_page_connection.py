"""The chat page when the line is cut, swallows messages, or the page is loaded again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.chat_page import (
    ASK,
    ASKS_EMAIL,
    ASKS_NAME,
    REFERENCE,
    SUMMARY,
    TURN_MS,
    Chat,
    needs_chromium,
)

pytestmark = needs_chromium


def test_keeps_conversation_messages_and_buttons_over_a_reload(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.page.reload()
    expect(chat.state).to_have_text("Connected")
    chat.press("Talk to a person")
    chat.read(ASKS_NAME)
    before = chat.log.inner_text()
    chat.page.reload()
    expect(chat.state).to_have_text("Connected")
    assert chat.log.inner_text() == before
    chat.say("Ann Lee", ASKS_EMAIL)


def test_starts_anew_when_the_server_does_not_know_the_conversation(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    forge = "sessionStorage['support-chat'] = sessionStorage['support-chat'].replace('web-', 'no-')"
    # Before the page's own script at the reload: until then the page may still write it back.
    chat.page.add_init_script(forge)
    chat.page.reload()
    expect(chat.log).to_contain_text("A new one starts here.")
    chat.say("hello", "Hello!")


def test_keeps_each_tab_to_its_own_conversation(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    other = Chat(chat.page.context.new_page(), chat.system).open()
    expect(other.log.locator(".message")).to_have_count(0)
    other.say("hello", "Hello!")
    chat.say("Ann Lee", ASKS_EMAIL)


def test_sends_what_was_written_without_a_connection_once_and_in_order(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text("Connection lost")
    written = [ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "My order is late"]
    for text in written:
        chat.write(text)
    expect(chat.log.get_by_text("Waiting to be sent")).to_have_count(len(written))
    chat.page.context.set_offline(False)
    expect(chat.state).to_have_text("Connected", timeout=TURN_MS)
    chat.read(SUMMARY)
    expect(chat.log.get_by_text("Waiting to be sent")).to_have_count(0)
    chat.press("Send")
    chat.read(REFERENCE)
    said = re.findall(r"Visitor: (.*)", chat.mail())
    assert said == ["hello", *written, "Send"]


def test_goes_on_where_it_was_after_the_server_was_restarted(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    try:
        chat.system.kill_rasa()
        expect(chat.state).to_contain_text("Connection lost")
        chat.write("Ann Lee")
    finally:
        chat.system.start_rasa()
    chat.read(ASKS_EMAIL)
    expect(chat.log.locator(".visitor")).to_have_count(2)
    expect(chat.log).not_to_contain_text("A new one starts here.")


def test_sends_what_was_waiting_when_the_page_was_closed(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.page.context.set_offline(True)
    expect(chat.state).to_contain_text("Connection lost")
    chat.write(ASK)
    chat.page.context.set_offline(False)
    chat.page.reload()
    chat.read(ASKS_NAME)
    expect(chat.log.locator(".visitor")).to_have_count(2)


def lose_messages(page: Page) -> None:
    """Make the page's first connection swallow what the visitor says; later ones are sound."""
    lines: list[WebSocketRoute] = []

    def relay(line: WebSocketRoute) -> None:
        lines.append(line)
        server = line.connect_to_server()
        dead = len(lines) == 1

        def pass_on(data: str | bytes) -> None:
            if not (dead and "user_uttered" in str(data)):
                server.send(data)

        line.on_message(pass_on)

    page.route_web_socket("**/socket.io/**", relay)


def test_offers_another_try_over_a_new_connection_when_no_answer_comes(chat: Chat) -> None:
    lose_messages(chat.page)
    chat.page.clock.install()
    chat.open().write(ASK)
    expect(chat.page.get_by_text("The assistant is typing")).to_be_visible()
    chat.page.clock.run_for(TURN_MS + 1000)
    expect(chat.log).to_contain_text("This may not have arrived.")
    expect(chat.page.get_by_text("The assistant is typing")).to_be_hidden()
    chat.page.clock.resume()
    chat.press("Try again")
    chat.read(ASKS_NAME)
    expect(chat.log).not_to_contain_text("This may not have arrived.")
    expect(chat.log.locator(".visitor")).to_have_count(1)


def test_does_not_send_again_by_itself_what_may_have_arrived(chat: Chat) -> None:
    lose_messages(chat.page)
    chat.open().write(ASK)
    expect(chat.page.get_by_text("The assistant is typing")).to_be_visible()
    chat.page.reload()
    expect(chat.state).to_have_text("Connected")
    expect(chat.log).to_contain_text("This may not have arrived.")
    chat.say("hello", "Hello!")
    expect(chat.log.get_by_text(ASKS_NAME)).to_have_count(0)
