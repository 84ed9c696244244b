"""The whole story in a browser: a designer changes the flow, a visitor uses it, it is undone."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts import training
from support.config import environment
from tests.chat_page import (
    ASKS_EMAIL,
    ASKS_NAME,
    ASKS_PHONE,
    ASKS_REASON,
    SUMMARY,
    Chat,
    browsing,
    needs_chromium,
    visiting,
)
from tests.flow_product import PHRASE, FlowProduct
from tests.system import wait_for

pytestmark = [needs_chromium, pytest.mark.timeout(400)]
WORK_MS = 90_000
PASSWORD = "four words in a row"
ASKS_ORDER = "Which order is it about?"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowProduct]:
    if training.is_needed():
        asyncio.run(training.train(environment()))
    product = FlowProduct(tmp_path_factory.mktemp("story"))
    try:
        product.start()
        product.open()
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="module")
def browser(product: FlowProduct) -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["with-scripts", "without"])
def designer(
    browser: Browser, product: FlowProduct, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Dora's window, signed in with the password that she chose by her invitation."""
    name = f"dora-{uuid.uuid4().hex[:6]}"
    added = product.admin("POST", "people", json={"name": name, "role": "designer"}).json()
    with browser.new_context(java_script_enabled=request.param) as context:
        page = context.new_page()
        # The link names the public address; here there is no proxy before the two servers.
        page.goto(f"{product.admin_url}/invitation?{added['link'].partition('?')[2]}")
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        page.get_by_role("button", name="Choose this password").click()
        page.get_by_role("link", name="Sign in").click()
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Handoff flow", level=1)).to_be_visible()
        yield page


def add_phrase(page: Page) -> None:
    page.get_by_role("link", name="Trigger", exact=True).click()
    page.get_by_label("Add phrases").fill(PHRASE)
    page.get_by_role("button", name="Add", exact=True).click()
    understood = page.get_by_role("region", name="What the assistant understands today")
    expect(understood).to_contain_text("today: asking for a person", timeout=WORK_MS)
    expect(understood).to_contain_text("Close to")


def add_field(page: Page) -> None:
    page.get_by_role("link", name="Collect user information").click()
    page.get_by_role("link", name="Add a field").click()
    page.get_by_label("Label").fill("Order number")
    page.get_by_label("Type").select_option("pattern")
    page.get_by_label("Pattern", exact=True).fill("[A-Z]{2}-?[0-9]{4}")
    page.get_by_label("Hint").fill("It is on the invoice, such as AB-1234.")
    page.get_by_role("button", name="Save").click()
    # Without a question there is nothing to ask; what was typed is still there.
    expect(page.get_by_role("alert")).to_contain_text("write what the visitor is asked")
    expect(page.get_by_label("Hint")).to_have_value("It is on the invoice, such as AB-1234.")
    page.get_by_label("Question").fill(ASKS_ORDER)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The field is added.")).to_be_visible()


def review(page: Page, product: FlowProduct) -> None:
    page.goto(f"{product.admin_url}/flow")
    expect(page.get_by_text("Draft: 1 change")).to_have_count(2)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("It can go live:").first).to_be_visible(timeout=WORK_MS)
    added = page.get_by_role("row").filter(has_text=PHRASE)
    expect(added).to_contain_text("Understood")
    expect(page.get_by_label("The mail's text")).to_contain_text("Order number")
    assert product.mails_received() == []


def talk_to(chat: Chat, product: FlowProduct, *, asked: bool) -> str:
    """A visitor asks in the designer's words, up to the mail: its text."""
    product.mail.reset()
    chat.open()
    chat.say(PHRASE, ASKS_NAME)
    chat.say("Ann Lee", ASKS_EMAIL)
    chat.say("ann@example.org", ASKS_PHONE)
    chat.say("skip", ASKS_ORDER if asked else ASKS_REASON)
    if asked:
        chat.say("it is ab 1234", ASKS_REASON)
    chat.say("It has not arrived", SUMMARY)
    chat.press("Send")
    wait_for("a mail to the team", lambda: product.mail.received)
    return str(product.mail.received[-1].get_body(("plain",)).get_content())


def test_lets_a_designer_change_what_visitors_meet_and_take_it_back(
    designer: Page, browser: Browser, product: FlowProduct
) -> None:
    page = designer
    product.mail.reset()
    add_phrase(page)
    add_field(page)
    review(page, product)

    page.get_by_role("button", name="Save & Publish").click()
    expect(page.get_by_text("Visitors meet it from now on").first).to_be_visible(timeout=WORK_MS)
    with visiting(browser, product) as chat:
        mail = talk_to(chat, product, asked=True)
        assert re.search(r"Order number\s+ab.?1234", mail, re.I), mail

    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Roll back to the files").click()
    expect(page.get_by_text("Visitors meet it from now on").first).to_be_visible(timeout=WORK_MS)
    with visiting(browser, product) as chat:
        assert "Order number" not in talk_to(chat, product, asked=False)


@pytest.mark.parametrize("designer", [True], indirect=True)
def test_rehearses_beside_the_mail_and_tells_nobody(designer: Page, product: FlowProduct) -> None:
    page = designer
    product.mail.reset()
    page.get_by_role("link", name="Rehearse").click()
    for text in ("I want an agent", "Ann Lee", "ann@example.org", "skip", "It has not arrived"):
        before = page.locator(".talk .visitor").count()
        page.get_by_label("Your message").fill(text)
        page.get_by_role("button", name="Say it").click()
        expect(page.locator(".talk .visitor")).to_have_count(before + 1, timeout=WORK_MS)
        expect(page.get_by_role("button", name="Say it")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("The mail's text")).to_contain_text(
        "It has not arrived", timeout=WORK_MS
    )
    assert product.mails_received() == []
