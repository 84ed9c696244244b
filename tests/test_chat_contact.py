"""Leaving a message without the assistant: the contact form, against a server that takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.chat_page import REFERENCE, TURN_MS, Chat, needs_chromium
from tests.mail_server import free_port
from tests.website import FORM, SENT, Website, embedding, running_website

pytestmark = needs_chromium


@pytest.fixture
def site() -> Iterator[Website]:
    """A website that also takes the contact form."""
    with running_website() as site:
        yield site


def field(chat: Chat, label: str) -> Locator:
    """One of the form's fields."""
    return chat.page.get_by_role("textbox", name=label)


def send(chat: Chat) -> None:
    """Press the form's button."""
    chat.page.get_by_role("button", name="Send", exact=True).click()


def open_form(chat: Chat, site: Website, attributes: str = "") -> None:
    """Open the chat on a page of the website, and the form in it."""
    attributes = attributes or f'contact="{site.url}/"'
    chat.open(site.page("/", embedding(chat.system.rasa_url, attributes)))
    chat.choose("Leave a message")


def fill_in(chat: Chat) -> None:
    """Answer what is not filled in yet."""
    field(chat, "E-mail address").fill("ann@example.org")
    field(chat, "What is it about?").fill("My order\nhas not arrived")


def test_sends_what_is_filled_in_and_says_what_became_of_it(chat: Chat, site: Website) -> None:
    open_form(chat, site)
    expect(chat.page.get_by_role("heading", name="Leave a message")).to_be_focused()
    expect(field(chat, "Your name")).to_have_value("Ann Lee")
    fill_in(chat)
    send(chat)
    expect(chat.window).to_contain_text("Your message is with our team.")
    expect(chat.window).to_contain_text("Your reference: R-7KQ2M")
    path, content = site.posts[-1]
    assert path == "/contact"
    assert content == {
        "form_id": "form-1",
        "session_id": None,
        "page_url": f"{site.url}/",
        "values": {
            "name": "Ann Lee",
            "email": "ann@example.org",
            "phone": "",
            "reason": "My order\nhas not arrived",
        },
    }
    chat.page.get_by_role("button", name="Back to the chat").last.click()
    expect(chat.field).to_be_focused()


def test_names_the_conversation_and_sends_no_cookie(chat: Chat, site: Website) -> None:
    chat.page.context.add_cookies([{"name": "a", "value": "b", "url": site.url}])
    chat.open(site.page("/", embedding(chat.system.rasa_url, f'contact="{site.url}"')))
    chat.say("hello", "Hello!")
    chat.choose("Leave a message")
    expect(field(chat, "Your name")).to_be_visible()
    token = chat.page.evaluate("JSON.parse(Object.values(localStorage)[0]).token")
    assert site.posts == [("/contact/form", {"session_id": token})]
    assert site.cookies == []


def test_knows_how_the_browser_can_fill_it_in(chat: Chat, site: Website) -> None:
    open_form(chat, site)
    for label, kind, autocomplete in [
        ("Your name", "text", "name"),
        ("E-mail address", "email", "email"),
        ("Phone number", "tel", "tel"),
    ]:
        expect(field(chat, label)).to_have_attribute("type", kind)
        expect(field(chat, label)).to_have_attribute("autocomplete", autocomplete)
        expect(field(chat, label)).to_have_attribute("maxlength", "300")
    expect(field(chat, "Phone number (optional)")).to_be_visible()


def test_says_what_is_missing_and_goes_there(chat: Chat, site: Website) -> None:
    open_form(chat, site)
    send(chat)
    for label in ("E-mail address", "What is it about?"):
        expect(field(chat, label)).to_have_accessible_description("Please fill this in.")
    expect(field(chat, "E-mail address")).to_be_focused()
    assert [path for path, _ in site.posts] == ["/contact/form"]


def test_shows_the_server_s_refusal_at_its_field(chat: Chat, site: Website) -> None:
    refusal = {"error": {"code": "invalid", "message": "No such address.", "field": "email"}}
    site.answers["/contact"] = (422, refusal)
    open_form(chat, site)
    fill_in(chat)
    send(chat)
    expect(field(chat, "E-mail address")).to_have_accessible_description("No such address.")
    expect(field(chat, "E-mail address")).to_have_attribute("aria-invalid", "true")
    expect(field(chat, "E-mail address")).to_be_focused()
    site.answers["/contact"] = (200, SENT)
    send(chat)
    expect(chat.window).to_contain_text("Your message is with our team.")


@pytest.mark.parametrize("status", [429, 503])
def test_shows_any_other_refusal_and_keeps_what_was_typed(
    chat: Chat, site: Website, status: int
) -> None:
    site.answers["/contact"] = (status, {"error": {"code": "no", "message": "Not just now."}})
    open_form(chat, site)
    fill_in(chat)
    send(chat)
    expect(chat.page.get_by_role("alert").get_by_text("Not just now.")).to_be_visible()
    expect(field(chat, "E-mail address")).to_have_value("ann@example.org")


@pytest.mark.parametrize("answer", [(500, None), (502, "<html>"), (200, None)])
def test_says_so_when_the_server_makes_no_sense(
    chat: Chat, site: Website, answer: tuple[int, object]
) -> None:
    site.answers["/contact"] = answer
    open_form(chat, site)
    fill_in(chat)
    send(chat)
    expect(chat.page.get_by_role("alert").get_by_text("could not be sent")).to_be_visible()
    expect(field(chat, "E-mail address")).to_have_value("ann@example.org")


def test_gives_the_other_ways_while_support_is_switched_off(chat: Chat, site: Website) -> None:
    site.answers["/contact/form"] = (200, {**FORM, "open": False, "message": "Call 555 0199."})
    open_form(chat, site)
    expect(chat.window.get_by_role("status").get_by_text("Call 555 0199.")).to_be_visible()
    expect(field(chat, "Your name")).to_have_count(0)


def test_tries_the_second_address_when_the_first_fails(chat: Chat, site: Website) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    open_form(chat, site, f'contact="{nobody}" contact-fallback="{site.url}"')
    fill_in(chat)
    send(chat)
    expect(chat.window).to_contain_text("Your message is with our team.")


def test_links_to_the_plain_page_when_nobody_answers(chat: Chat, site: Website) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    open_form(chat, site, f'contact="{nobody}"')
    link = chat.page.get_by_role("link", name="Open the contact page")
    expect(link).to_have_attribute("href", f"{nobody}/contact")
    expect(chat.window.get_by_role("button", name="Try again")).to_be_visible()


def test_is_offered_when_the_server_cannot_be_reached(chat: Chat, site: Website) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    attributes = f'server="{nobody}" contact="{site.url}"'
    chat.page.goto(site.page("/", embedding(chat.system.rasa_url, attributes)))
    chat.button.click()
    offer = chat.window.locator(".notice")
    expect(offer.get_by_role("status")).to_contain_text("cannot be reached", timeout=TURN_MS)
    offer.get_by_role("button", name="Leave a message").click()
    fill_in(chat)
    send(chat)
    expect(chat.window).to_contain_text("Your message is with our team.")


def push(chat: Chat, site: Website, event: str) -> None:
    """Open the chat, and let the server say something unasked."""
    lines = []

    def relay(line: object) -> None:
        lines.append(line)
        line.connect_to_server()  # type: ignore[attr-defined]

    chat.page.route_web_socket("**/socket.io/**", relay)
    chat.open(site.page("/", embedding(chat.system.rasa_url, f'contact="{site.url}"')))
    lines[-1].send(f"42{event}")


@pytest.mark.parametrize(
    "said",
    [
        '{"text":"Sorry?","custom":{"contact_form":true}}',
        '{"text":"Sorry?","metadata":{"contact_form":true}}',
        '{"custom":{"contact_form":true}}',
    ],
)
def test_is_offered_when_the_assistant_says_so(chat: Chat, site: Website, said: str) -> None:
    push(chat, site, f'["bot_uttered",{said}]')
    expect(chat.window.get_by_role("status").get_by_text("write to the team")).to_be_visible()


def test_is_offered_no_longer_once_the_assistant_answers_again(chat: Chat, site: Website) -> None:
    push(chat, site, '["bot_uttered",{"custom":{"contact_form":true}}]')
    offer = chat.window.locator(".notice button")
    expect(offer).to_be_visible()
    chat.say("hello", "Hello!")
    expect(offer).to_be_hidden()


def test_stays_away_when_nobody_offers_it(chat: Chat, site: Website) -> None:
    push(chat, site, '["bot_uttered",{"text":"Fine.","custom":{"contact_form":false}}]')
    chat.read("Fine.")
    expect(chat.window.locator(".notice button")).to_be_hidden()


def test_reaches_the_team_through_the_product_itself(chat: Chat) -> None:
    chat.open().say("hello", "Hello!")
    chat.choose("Leave a message")
    for label, text in [
        ("name", "Ann Lee"),
        ("mail", "ann@example.org"),
        ("about", "My order has not arrived"),
    ]:
        chat.window.get_by_label(re.compile(label, re.I)).fill(text)
    send(chat)
    expect(chat.window).to_contain_text(REFERENCE, timeout=TURN_MS)
    assert "My order has not arrived" in chat.mail()


def test_sends_an_expired_form_anew(chat: Chat, site: Website) -> None:
    again = {"field": "form_id", "message": "Press “Send” once more."}
    site.answers["/contact"] = (409, {"form_id": "form-2", "error": again})
    open_form(chat, site)
    fill_in(chat)
    send(chat)
    expect(chat.page.get_by_role("alert")).to_contain_text("once more")
    site.answers["/contact"] = (200, SENT)
    send(chat)
    expect(chat.window).to_contain_text("Your message is with our team.")
    assert [content["form_id"] for path, content in site.posts if path == "/contact"] == [
        "form-1",
        "form-2",
    ]


def test_keeps_nothing_in_the_form_of_a_conversation_that_is_deleted(
    chat: Chat, site: Website
) -> None:
    chat.open(site.page("/", embedding(chat.system.rasa_url, f'contact="{site.url}"')))
    chat.say("hello", "Hello!")
    chat.choose("Leave a message")
    fill_in(chat)
    chat.page.get_by_role("button", name="Back to the chat").first.click()
    chat.field.fill("half a sentence")
    chat.choose("Delete my conversation")
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.log).to_contain_text("has been deleted")
    expect(chat.field).to_have_value("")
    chat.choose("Leave a message")
    expect(field(chat, "E-mail address")).to_have_value("")
    assert len(site.posts) == 2
