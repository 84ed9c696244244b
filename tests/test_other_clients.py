"""Other people's web chats on our server: rasa-webchat itself, and Socket.IO's own clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.chat_page import ASK, ASKS_NAME, TURN_MS, Chat, needs_chromium
from tests.web_modules import script
from tests.website import Website, running_website

pytestmark = needs_chromium

ASKS_EMAIL = "Which e-mail address"
# What a developer would write from the table in docs/rest.md.
SPEAK = """
async ([url, transports, token, texts]) => {
  const socket = io(url, { transports, forceNew: true });
  const next = (event) => new Promise((resolve) => socket.once(event, resolve));
  await next("connect");
  socket.emit("session_request", { session_id: token });
  const session_id = await next("session_confirm");
  const answers = [];
  for (const message of texts) {
    const answer = next("bot_uttered");
    socket.emit("user_uttered", { message, session_id, metadata: {} });
    answers.push((await answer).text);
  }
  socket.disconnect();
  return [session_id, answers];
}
"""


@pytest.fixture
def site() -> Iterator[Website]:
    """A website, on another origin than the chat."""
    with running_website() as site:
        yield site


@pytest.mark.parametrize("client", ["socket.io-client-3", "socket.io-client-4"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_speaks_with_socket_io_clients(
    chat: Chat, site: Website, client: str, transport: str
) -> None:
    site.files["/client.js"] = script(f"{client}/dist/socket.io.js")
    page = chat.page
    page.goto(site.page("/", '<script src="/client.js"></script>'))
    url = chat.system.rasa_url
    token, answers = page.evaluate(SPEAK, [url, [transport], None, ["hello", ASK]])
    assert "Hello!" in answers[0]
    assert ASKS_NAME in answers[1]
    again, answers = page.evaluate(SPEAK, [url, [transport], token, ["Ann Lee"]])
    assert again == token
    assert ASKS_EMAIL in answers[0]


def open_webchat(page: Page, site: Website, chat: Chat) -> None:
    """Open rasa-webchat 1.0.1 as its README embeds it."""
    site.files["/webchat.js"] = script("rasa-webchat/lib/index.js")
    start = f"""
      WebChat.default({{
        initPayload: "hello", socketUrl: "{chat.system.rasa_url}", socketPath: "/socket.io/",
        title: "Shop", params: {{ storage: "session" }}, customData: {{ language: "en" }},
      }}, null)"""
    page.goto(site.page("/", f'<script src="/webchat.js"></script><script>{start}</script>'))
    page.locator(".rw-launcher").click()


def test_serves_rasa_webchat(chat: Chat, site: Website) -> None:
    page = chat.page
    open_webchat(page, site, chat)
    said = page.locator(".rw-response")
    expect(said.last).to_contain_text("Hello!", timeout=TURN_MS)
    page.get_by_role("button", name="Talk to a person").or_(
        page.locator(".rw-reply", has_text="Talk to a person")
    ).first.click()
    expect(said.last).to_contain_text(ASKS_NAME, timeout=TURN_MS)
    write(page, "Ann Lee")
    expect(said.last).to_contain_text(ASKS_EMAIL, timeout=TURN_MS)
    page.reload()
    expect(said.last).to_contain_text(ASKS_EMAIL, timeout=TURN_MS)
    write(page, "ann@example.org")
    expect(said.last).to_contain_text("phone number", timeout=TURN_MS)


def write(page: Page, text: str) -> None:
    """Write into rasa-webchat."""
    page.locator(".rw-new-message").fill(text)
    page.keyboard.press("Enter")
