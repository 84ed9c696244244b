"""What the documentation and the demo page tell people to copy is what is run here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from support.config import PROJECT
from tests.chat_page import ASK, ASKS_EMAIL, ASKS_NAME, Chat, needs_chromium
from tests.system import System, wait_for
from tests.web_modules import script
from tests.website import Website, running_website

EXAMPLE_HOST = "https://chat.example.com"
REST_HOST = "http://127.0.0.1:5005"
# What a bundler does with the example, and an application around it.
BUNDLE = """
(code) => {
  const presets = [["env", { modules: "commonjs" }], "react"];
  const exported = {};
  new Function("require", "exports", "React", Babel.transform(code, { presets }).code)(
    () => React, exported, React);
  const { StrictMode, createElement } = React;
  window.root = ReactDOM.createRoot(document.querySelector("main"));
  root.render(createElement(StrictMode, null, createElement(exported.SupportChat)));
}
"""


@pytest.fixture
def site() -> Iterator[Website]:
    """A website on another origin."""
    with running_website() as site:
        yield site


def examples(page: str, language: str) -> list[str]:
    """The blocks of code in this language on a page of the documentation."""
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def talks(chat: Chat) -> None:
    """The chat on the page is open to a visitor, who is passed on."""
    expect(chat.button).to_be_visible()
    chat.button.click()
    chat.is_connected()
    chat.say(ASK, ASKS_NAME)


# --- the web chat ---


@needs_chromium
def test_chats_on_a_plain_page(chat: Chat, site: Website) -> None:
    plain = examples("web-chat.md", "html")[0].replace(EXAMPLE_HOST, chat.system.rasa_url)
    chat.page.goto(site.page("/", f"<h1>A shop</h1>{plain}"))
    talks(chat)
    privacy = chat.page.get_by_role("link", name="Privacy")
    expect(privacy).to_have_attribute("href", f"{site.url}/privacy")


@needs_chromium
def test_changes_single_words_on_a_page(chat: Chat, site: Website) -> None:
    plain, words = examples("web-chat.md", "html")
    plain = plain.replace(EXAMPLE_HOST, chat.system.rasa_url)
    chat.page.goto(site.page("/", plain + words))
    chat.button.click()
    expect(chat.field).to_have_attribute("placeholder", "How can we help?")


@needs_chromium
def test_chats_where_the_demo_page_s_example_is_pasted(chat: Chat, site: Website) -> None:
    chat.page.goto(f"{chat.system.rasa_url}/chat")
    plain = chat.page.locator("pre").first
    expect(plain).to_contain_text(chat.system.rasa_url)
    chat.page.goto(site.page("/", plain.inner_text()))
    talks(chat)
    expect(chat.page.get_by_role("heading", name="Ask our team")).to_be_visible()


@needs_chromium
def test_shows_the_documentation_s_examples_on_the_demo_page(chat: Chat) -> None:
    chat.page.goto(f"{chat.system.rasa_url}/chat")
    expect(chat.page.locator("pre").first).to_contain_text(chat.system.rasa_url)
    shown = [text.strip() for text in chat.page.locator("pre").all_inner_texts()]
    documented = [*examples("web-chat.md", "php"), *examples("web-chat.md", "jsx")]
    assert shown[1:] == [
        example.strip().replace(EXAMPLE_HOST, chat.system.rasa_url) for example in documented
    ]


@needs_chromium
def test_chats_in_a_react_application(chat: Chat, site: Website) -> None:
    scripts = {
        "/react.js": "react/umd/react.development.js",
        "/react-dom.js": "react-dom/umd/react-dom.development.js",
        "/babel.js": "@babel/standalone/babel.min.js",
    }
    site.files |= {path: script(name) for path, name in scripts.items()}
    tags = "".join(f'<script src="{path}"></script>' for path in scripts)
    [component] = examples("web-chat.md", "jsx")
    chat.page.goto(site.page("/", f"<main></main>{tags}"))
    chat.page.evaluate(BUNDLE, component.replace(EXAMPLE_HOST, chat.system.rasa_url))
    talks(chat)
    expect(chat.page.get_by_role("heading", name="Ask our team")).to_be_visible()
    expect(chat.page.locator("script[type=module]")).to_have_count(1)
    chat.page.evaluate("root.unmount()")
    expect(chat.widget).to_have_count(0)


# --- programs ---


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_answers_curl_as_the_page_says(system: System, visitor: str) -> None:
    command = examples("rest.md", "")[0].replace(REST_HOST, system.rasa_url)
    answer = subprocess.run(
        ["sh", "-c", command.replace('"ann"', f'"{visitor}"')],
        capture_output=True,
        timeout=30,
        check=True,
    )
    documented = examples("rest.md", "json")[0].replace('"ann"', f'"{visitor}"')
    assert json.loads(answer.stdout) == json.loads(documented)


def test_answers_the_python_example(system: System, visitor: str) -> None:
    [code] = examples("rest.md", "python")
    names: dict[str, Any] = {}
    exec(compile(code.replace(REST_HOST, system.rasa_url), "docs/rest.md", "exec"), names)
    assert ASKS_NAME in names["say"](visitor, ASK)[0]
    assert ASKS_EMAIL in names["say"](visitor, "Ann Lee")[0]


def running(page: Page, code: str, call: str) -> Any:
    return page.evaluate(f"async () => {{ {code}\n return await {call}; }}")


@needs_chromium
def test_answers_the_javascript_example(chat: Chat, visitor: str) -> None:
    code = examples("rest.md", "js")[0]
    chat.page.goto(f"{chat.system.rasa_url}/chat")
    assert ASKS_NAME in running(chat.page, code, f'say("{visitor}", "{ASK}")')[0]
    refusal = running(chat.page, code, 'say("ann", "").catch(({ message }) => message)')
    assert refusal == "message must be text that is not empty."


@needs_chromium
def test_answers_the_socket_io_example(chat: Chat, site: Website) -> None:
    server, page, logged = chat.system.rasa_url, chat.page, []
    page.on("console", lambda message: logged.append(message.text))
    code = examples("rest.md", "js")[1].replace(EXAMPLE_HOST, server)
    imports = {"imports": {"socket.io-client": f"{server}/chat/vendor/socket.io.esm.min.js"}}
    head = f'<script type="importmap">{json.dumps(imports)}</script>'
    module = f'<script type="module">{code}\nwindow.say = say;</script>'
    page.goto(site.page("/", module, head))
    page.wait_for_function("localStorage.chat")
    assert page.evaluate("say('hello')") == "taken"
    assert any(line.startswith("assistant Hello!") for line in logged)
    before = len(logged)
    page.reload()
    page.wait_for_function("window.say")
    # Asking the page lets its messages through.
    wait_for("the history", lambda: page.evaluate("1") and "visitor hello" in logged[before:])
