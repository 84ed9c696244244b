"""The chat on other people's websites: another origin, a strict policy, hostile styles, words."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from support.config import PROJECT
from tests.chat_lines import Server
from tests.chat_page import ASK, ASKS_NAME, TURN_MS, Chat, needs_chromium
from tests.system import System
from tests.website import Website, embedding, running_website

pytestmark = needs_chromium

LIMIT = 35_000
POLICY = (
    "default-src 'none'; script-src {chat}; connect-src {chat} {socket}; img-src data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
HOSTILE = """<style>
  * { all: unset !important; display: inline !important; color: red !important; }
  html { font-size: 5px !important; }
  body { font: 60px/4 cursive; letter-spacing: 1em; text-transform: uppercase; text-align: right;
         word-spacing: 2em; visibility: hidden; cursor: wait; pointer-events: none; }
  support-chat { display: none !important; position: absolute !important; opacity: 0 !important;
                 transform: scale(9) !important; filter: blur(9px) !important; zoom: 3 !important; }
  button, .launcher, .panel, dialog { background: red !important; left: -999px !important; }
</style>"""


@pytest.fixture
def site() -> Iterator[Website]:
    """A website on another origin."""
    with running_website() as site:
        yield site


def test_works_on_another_origin_under_a_strict_policy(chat: Chat, site: Website) -> None:
    asked, logged = [], []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.page.on("websocket", lambda socket: asked.append(socket.url))
    chat.page.on("console", lambda message: logged.append(message.text))
    chat.page.on("pageerror", lambda error: logged.append(str(error)))
    server = chat.system.rasa_url
    policy = POLICY.format(chat=server, socket=server.replace("http", "ws"))
    site.headers["Content-Security-Policy"] = policy
    chat.open(site.page("/", embedding(server, 'accent="rebeccapurple"'))).say(ASK, ASKS_NAME)
    chat.reload_and_open()
    chat.read(ASKS_NAME)
    assert logged == []
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    assert hosts == {urlsplit(server).netloc, urlsplit(site.url).netloc}
    assert chat.page.context.cookies() == []


def test_works_where_no_web_socket_gets_through(chat: Chat, site: Website) -> None:
    chat.page.add_init_script(
        """WebSocket = class {
          constructor() { setTimeout(() => this.onerror(new Event("error"))); }
          close() {}
        }"""
    )
    chat.open(site.page("/", embedding(chat.system.rasa_url))).say(ASK, ASKS_NAME)


def test_looks_the_same_under_a_hostile_style_sheet(chat: Chat, site: Website) -> None:
    chat.page.emulate_media(reduced_motion="reduce")
    looks: list[Any] = []
    for head in ("", HOSTILE):
        chat.open(site.page("/", embedding(chat.system.rasa_url), head))
        parts = [chat.window, chat.field, chat.log, chat.button, chat.window.get_by_role("heading")]
        looks.append([part.bounding_box() for part in parts])
        for part in parts:
            looks[-1].append(
                part.evaluate(
                    """(part) => ((style) => ["color", "fontSize", "fontFamily", "letterSpacing",
                      "textTransform", "textAlign", "visibility", "cursor", "wordSpacing"]
                      .map((name) => style[name]))(getComputedStyle(part))"""
                )
            )
    assert looks[0] == looks[1]


def test_is_small_enough_with_its_client(system: System) -> None:
    def fetched(path: str) -> bytes:
        response = requests.get(f"{system.rasa_url}/chat/{path}", timeout=10)
        assert response.status_code == 200
        return response.content

    own = [f.relative_to(PROJECT / "web") for f in (PROJECT / "web").glob("support-chat*/*.js")]
    paths = ["support-chat.js", "vendor/socket.io.esm.min.js", *map(str, own)]
    sizes = {path: len(gzip.compress(fetched(path))) for path in paths}
    assert len(sizes) > 10
    assert sum(sizes.values()) < LIMIT, sizes


def test_is_served_compressed_to_anybody_and_only_once(system: System) -> None:
    url = f"{system.rasa_url}/chat/support-chat.js"
    first = requests.get(url, headers={"Origin": "https://shop.example.org"}, timeout=10)
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in first.headers
    assert "Set-Cookie" not in first.headers
    again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=10)
    assert plain.content == first.content


@pytest.mark.parametrize(
    "path",
    ["chat.html", "package.json", "vendor", "nothing.js", "../README.md", "..%2fREADME.md", "%00"],
)
def test_serves_nothing_else(system: System, path: str) -> None:
    request = requests.Request("GET", f"{system.rasa_url}/chat/x").prepare()
    request.url = f"{system.rasa_url}/chat/{path}"
    with requests.Session() as session:
        assert session.send(request, timeout=10).status_code == 404


def test_lets_the_page_be_painted_first(chat: Chat, site: Website) -> None:
    words = "<h1>A shop</h1>" + embedding(chat.system.rasa_url)
    held: list[Any] = []
    chat.page.route("**/support-chat.js", lambda route: held.append(route))
    chat.page.goto(site.page("/", words), wait_until="commit")
    # The page is there, and painted, while the script has not come.
    expect(chat.page.get_by_role("heading", name="A shop")).to_be_visible()
    painted = "performance.getEntriesByName('first-contentful-paint').length"
    chat.page.wait_for_function(painted)
    assert chat.page.evaluate("document.readyState") == "interactive"
    assert chat.button.count() == 0
    held[0].continue_()
    expect(chat.button).to_be_visible()
    # The client for the line comes with the first conversation, not with the page.
    names = "performance.getEntriesByType('resource').map(({ name }) => name).join()"
    assert "socket.io" not in chat.page.evaluate(names)


def test_takes_its_looks_and_words_from_attributes(chat: Chat, site: Website) -> None:
    attributes = (
        'heading="Ask the shop" greeting="Good day. See https://shop.example.org/help" '
        'accent="#ffdd00" position="left" theme="dark" privacy="/privacy" lang="en"'
    )
    chat.open(site.page("/", embedding(chat.system.rasa_url, attributes)))
    expect(chat.page.get_by_role("dialog", name="Ask the shop")).to_be_visible()
    expect(chat.log.get_by_role("link")).to_have_attribute("href", "https://shop.example.org/help")
    link = chat.page.get_by_role("link", name="Privacy")
    expect(link).to_have_attribute("href", f"{site.url}/privacy")
    expect(chat.button).to_have_css("background-color", "rgb(255, 221, 0)")
    expect(chat.button).to_have_css("color", "rgb(11, 20, 18)")
    box = chat.button.bounding_box()
    assert box
    assert box["x"] < 100
    expect(chat.window).to_have_css("background-color", "rgb(22, 30, 29)")


def test_takes_no_script_for_a_privacy_page(chat: Chat, site: Website) -> None:
    attributes = 'privacy="javascript:alert(1)"'
    chat.open(site.page("/", embedding(chat.system.rasa_url, attributes)))
    expect(chat.window.get_by_role("link")).to_have_count(0)


@pytest.mark.parametrize(
    "attributes", ['lang="english!"', 'lang="de-"', 'privacy="http://"', 'accent="no colour"']
)
def test_makes_do_with_an_attribute_that_makes_no_sense(
    chat: Chat, site: Website, attributes: str
) -> None:
    chat.open(site.page("/", embedding(chat.system.rasa_url, attributes)))
    expect(chat.page.get_by_role("dialog", name="Chat with us")).to_be_visible()
    expect(chat.window.get_by_role("link")).to_have_count(0)
    expect(chat.button).to_have_css("background-color", "rgb(15, 118, 110)")


def test_follows_its_attributes_and_stays_in_the_conversation(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    chat.widget.evaluate("chat => chat.setAttribute('lang', 'de')")
    expect(chat.page.get_by_role("heading", name="Schreiben Sie uns")).to_be_visible()
    field = chat.page.get_by_role("textbox", name="Ihre Nachricht")
    expect(chat.state).to_have_text("Verbunden")
    field.fill("Ann Lee")
    field.press("Enter")
    answers = chat.widget.locator(".assistant")
    expect(answers.last).to_contain_text("Which e-mail address", timeout=TURN_MS)
    expect(chat.widget.locator(".visitor")).to_have_count(2)


def test_survives_being_moved_and_taken_away(chat: Chat) -> None:
    chat.open().say(ASK, ASKS_NAME)
    chat.page.evaluate("document.body.prepend(document.querySelector('support-chat'))")
    chat.is_connected()
    chat.read(ASKS_NAME)
    chat.page.evaluate("document.querySelector('support-chat').remove()")
    expect(chat.window).to_have_count(0)


def test_has_the_same_words_in_every_language() -> None:
    text = (PROJECT / "web/support-chat/words.js").read_text(encoding="utf-8")
    tables = re.findall(r"^  (\w\w): \{\n(.*?)^  \},", text, re.M | re.S)
    names = {language: re.findall(r"^    (\w+):", words, re.M) for language, words in tables}
    assert len(names) >= 2
    assert all(each == names["en"] for each in names.values())
    used = chain.from_iterable(
        re.findall(r"this\.words\.(\w+)", file.read_text(encoding="utf-8"))
        for file in (PROJECT / "web").glob("support-chat/*.js")
    )
    assert set(used) <= set(names["en"])


def test_shows_whatever_a_bot_says_as_text(chat: Chat) -> None:
    server = Server(chat)
    chat.open()
    for nonsense in ("null", "7", "[]", "{}", '{"text":7}', '{"text":" "}', '{"attachment":{}}'):
        server.say(nonsense)
    server.say(
        r'{"text":"<img src=x onerror=alert(1)> <a href=\"javascript:alert(1)\">x<\/a> {{7*7}}",'
        r'"quick_replies":[{"title":"<b>bold<\/b>","payload":"hi"},{"title":"no payload"},null]}'
    )
    chat.read("<img src=x onerror=alert(1)>")
    expect(chat.log.get_by_role("button", name="<b>bold</b>")).to_be_visible()
    expect(chat.log.locator("img, a, b")).to_have_count(0)
    assert len(chat.said()) == 1


def test_shows_and_counts_what_is_said_unasked(chat: Chat) -> None:
    server = Server(chat)
    chat.open().say("hello", "Hello!")
    chat.button.click()
    server.say('{"text":"Your request has been answered."}')
    server.say('{"text":"See your mail."}')
    expect(chat.button).to_have_accessible_name("Open the chat (2 new)")
    expect(chat.widget.locator(".count")).to_have_text("2")
    chat.button.click()
    chat.read("See your mail.")
    expect(chat.widget.locator(".count")).to_be_hidden()


def test_says_that_the_assistant_is_not_ready_and_then_that_it_is(chat: Chat) -> None:
    server = Server(chat)
    server.replaced['"ready":true'] = '"ready":false'
    chat.page.goto(f"{chat.system.rasa_url}/chat")
    expect(chat.state).to_have_text("The assistant is starting…")
    expect(chat.window.locator(".notice")).to_contain_text("not ready yet")
    server.replaced.clear()
    chat.is_connected()
    expect(chat.window.locator(".notice button")).to_be_hidden()


def test_scrolls_through_five_hundred_messages(chat: Chat, record_property: Any) -> None:
    server = Server(chat)
    chat.open()
    for number in range(500):
        server.say(f'{{"text":"Message {number}. {"More words. " * (number % 7)}"}}')
    chat.read("Message 499")
    frames = chat.log.evaluate(
        """async (log) => {
          const times = [];
          let last = performance.now();
          for (let top = log.scrollHeight; top > 0; top -= 400) {
            log.scrollTop = top;
            await new Promise(requestAnimationFrame);
            times.push(performance.now() - last);
            last = performance.now();
          }
          return times.sort((a, b) => a - b);
        }"""
    )
    record_property("frame_ms_median", frames[len(frames) // 2])
    record_property("frame_ms_p95", frames[int(len(frames) * 0.95)])
    print(
        f"\n{len(frames)} frames, median {frames[len(frames) // 2]:.1f} ms, "
        f"p95 {frames[int(len(frames) * 0.95)]:.1f} ms, worst {frames[-1]:.1f} ms"
    )
    expect(chat.page.get_by_role("button", name="Newest messages")).to_be_visible()
    server.say('{"text":"One more"}')
    expect(chat.last_answer).to_contain_text("One more")
    assert chat.log.evaluate("log => log.scrollTop") < 1000
