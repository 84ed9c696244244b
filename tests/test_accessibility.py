"""Support Operations' pages, as axe-core sees them, in light and dark, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from support.errors import DeliveryError
from support.flow import jobs
from support.models import JobStatus
from support.settings import SETTINGS
from tests import flow_site
from tests.admin_site import TOKEN, AdminSite, ask, deliver, running, switch_on
from tests.axe import violations
from tests.chat_page import browsing, needs_chromium

pytestmark = needs_chromium

LOOKS = [
    ("light", {"width": 1280, "height": 900}),
    ("dark", {"width": 1280, "height": 900}),
    ("light", {"width": 320, "height": 740}),
]

# Whether the middle of what has the focus is what lies on top there.
IN_SIGHT = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return document.activeElement.contains(top);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """A site with something on every page."""
    with running(tmp_path_factory.mktemp("pages")) as site:
        switch_on(alternative_contact="call us")
        ask(1)
        deliver(DeliveryError("421 try again later"))
        ask(2, phone=None, page_url=None)
        address = {"url": "https://hooks.slack.com/services/T000/B000/abcdefghijkl"}
        channel = {"kind": "slack", "name": "#support", "address": address}
        site.api("POST", "/channels", json=channel)
        long = f"{'elif.of.the.second.shift' * 3}@example.org"
        ask(3, name=long, reason=long, email=long, unverified=["email"])
        for name in ("ann", long):
            site.api("POST", "/people", json={"name": name, "role": "designer"})
        flow_site.add_both()
        flow_site.publish()
        flow_site.save(messages={"utter_thank": "Any time."})
        yield site


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]['width']}")
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window with one look."""
    scheme, size = request.param
    with browser.new_context(
        color_scheme=scheme, viewport=size, reduced_motion="reduce"
    ) as context:
        yield context.new_page()


def signed_in(page: Page, site: AdminSite) -> None:
    page.goto(f"{site.url}/admin")
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_label("Admin token").press("Enter")
    page.get_by_role("navigation", name="Main").wait_for()


def own_pages(site: AdminSite) -> list[str]:
    """Every page that is opened with GET; a request's or channel's page with one of the list."""
    reference = site.api("GET", "/requests").json()["requests"][-1]["reference"]
    channel = site.api("GET", "/channels").json()["channels"][0]["id"]
    person = site.api("GET", "/people").json()["people"][-1]["id"]
    known = {
        "{reference}": reference,
        "{channel_id}": channel,
        "{kind}": "webhook",
        "{person_id}": str(person),
        "{name}": "order_number",
        "{number}": "1",
    }
    paths = (
        re.sub(r"{\w+}", lambda part: known.get(part[0], part[0]), path)
        for method, path in sorted(site.routes())
        if method == "GET" and not path.startswith(("/admin/api/", "/admin/static/"))
    )
    return [path for path in paths if "{" not in path and not path.endswith("/export")]


def test_finds_nothing_wrong_with_signing_in(page: Page, site: AdminSite) -> None:
    page.goto(f"{site.url}/admin")
    assert violations(page) == []
    page.get_by_label("Admin token").fill("wrong")
    page.get_by_label("Admin token").press("Enter")
    page.get_by_role("alert").wait_for()
    assert violations(page) == []


def test_finds_nothing_wrong_with_any_page(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    for path in own_pages(site):
        page.goto(site.url + path)
        assert violations(page) == [], path
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{path} is wider than the window"


def test_finds_nothing_wrong_with_settings_that_were_refused(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.get_by_label("Team's e-mail addresses").fill("nobody")
    page.get_by_label("Messages a minute in one conversation").fill("many")
    page.get_by_role("button", name="Save").click()
    assert violations(page) == []


def test_finds_nothing_wrong_while_it_is_off(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    site.change(enabled=False)
    page.goto(f"{site.url}/admin")
    page.get_by_text("Off.", exact=True).wait_for()
    assert violations(page) == []
    site.change(enabled=True)


def test_finds_nothing_wrong_with_what_is_shown_once_or_refused(
    page: Page, site: AdminSite
) -> None:
    signed_in(page, site)
    for path, button in (
        ("/admin/people/1", "Make a new invitation"),
        ("/admin/people", "Add and make a link"),
        ("/admin/channels/new/slack", "Save"),
        ("/admin/privacy", "Show what is stored"),
    ):
        page.goto(site.url + path)
        page.locator("main form").first.evaluate("form => { form.noValidate = true }")
        page.get_by_role("button", name=button).click()
        page.locator("[role=alert], [role=status], [aria-invalid]").first.wait_for()
        assert violations(page) == [], path
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{path} is wider than the window"


def flow_pages() -> Iterator[str]:
    """Pages of the handoff flow that show work, at each stage and however it ended."""
    told = {"mail": flow_site.MAIL, "chat_message": flow_site.CHAT_MESSAGE}
    talk = {"conversation": flow_site.TALK, **told}
    texts = ["I want an agent", "Ann Lee"]
    failed = {"reasons": [jobs.UNTAKEN]}
    work, ended = "/admin/flow/work/", flow_site.job
    yield "/admin/flow/rehearse/" + ended(jobs.REHEARSE, talk, messages=texts)
    yield "/admin/flow/rehearse/" + ended(jobs.REHEARSE, failed, JobStatus.FAILED, messages=texts)
    yield "/admin/flow/rehearse/" + ended(jobs.REHEARSE, step="Training", messages=texts)
    checked = ended(jobs.CHECK, flow_site.CHECKED, texts=["a"])
    yield f"/admin/flow/phrases?job={checked}"
    yield f"/admin/flow/phrases?job={checked}&added=2&known=1&also=1&show=changed"
    yield work + ended(jobs.REVIEW, flow_site.REVIEWED)
    yield work + ended(jobs.PUBLISH, flow_site.REFUSED, JobStatus.REFUSED)
    yield work + ended(jobs.PUBLISH, failed, JobStatus.FAILED)
    yield work + ended(jobs.PUBLISH, {**flow_site.REFUSED, "version": 2})
    yield work + ended(jobs.PUBLISH, step="Measuring what is understood")
    yield "/admin/flow/versions/compare?one=0&other=1"
    yield "/admin/flow/messages?moment=asking"
    yield "/admin/flow/messages?q=zzz"
    flow_site.is_idle()


def test_finds_nothing_wrong_with_work_on_the_flow(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    for path in flow_pages():
        page.goto(site.url + path)
        assert violations(page) == [], path
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{path} is wider than the window"


def test_finds_nothing_wrong_with_a_flow_that_is_refused(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.goto(f"{site.url}/admin/flow/new-field")
    page.get_by_label("Type").select_option("choice")
    page.get_by_role("button", name="Save").click()
    assert violations(page) == []
    assert page.get_by_label("Choices").is_visible()
    page.goto(f"{site.url}/admin/flow/messages")
    page.locator("main textarea").first.fill("{nobody}")
    page.get_by_role("button", name="Save").click()
    assert violations(page) == []
    for path, head in (("mail", "Subject"), ("chat", "Title")):
        page.goto(f"{site.url}/admin/flow/{path}")
        page.get_by_label(head, exact=True).fill("{{ nobody }}")
        page.get_by_role("button", name="Save").click()
        assert violations(page) == []
    page.goto(f"{site.url}/admin/flow/phrases")
    page.get_by_label("Add phrases").fill("thank you")
    page.get_by_role("button", name="Add", exact=True).click()
    assert violations(page) == []


def test_finds_nothing_wrong_with_erasing_a_person(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    for typed in ("nobody", "ann@example.org"):
        page.goto(f"{site.url}/admin/privacy")
        page.get_by_label("E-mail address, phone number").fill(typed)
        page.get_by_role("button", name="Show what is stored").click()
        assert violations(page) == []


def test_finds_nothing_wrong_with_an_error(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.goto(f"{site.url}/admin/nothing")
    assert violations(page) == []


def test_lets_a_keyboard_reach_every_setting_in_order_and_in_sight(
    page: Page, site: AdminSite
) -> None:
    signed_in(page, site)
    expected = [setting.name for setting in SETTINGS]
    reached = []
    page.locator(f"#{expected[0]}").focus()
    for _ in expected:
        focused = page.locator(":focus")
        reached.append(focused.get_attribute("name"))
        assert page.evaluate(IN_SIGHT), f"{reached[-1]} is behind something"
        page.keyboard.press("Tab")
    assert reached == expected
    assert page.locator(":focus").inner_text() == "Save"


def test_lets_a_keyboard_switch_and_save(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    switch = page.get_by_role("switch", name="A test mail a day")
    before = switch.is_checked()
    switch.focus()
    page.keyboard.press("Space")
    page.get_by_label("Keep the record of who did what").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Saved:").wait_for()
    assert switch.is_checked() is not before


def test_leads_from_an_error_to_its_field(page: Page, site: AdminSite) -> None:
    signed_in(page, site)
    page.get_by_label("Keep the record of who did what").fill("-1")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_role("link").press("Enter")
    field = page.get_by_label("Keep the record of who did what")
    assert field.get_attribute("aria-invalid") == "true"
    described = field.get_attribute("aria-describedby").split()
    assert "-1 is not from 0 to 3650." in " ".join(
        page.locator(f"#{part}").inner_text() for part in described
    )
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("name") in ("keep_audit_days", None)


def test_sees_what_is_wrong(page: Page) -> None:
    page.set_content("<img src='x.png'><p style='color:#aaa;background:#fff'>faint</p>")
    found = violations(page, "body")
    assert any(fault.startswith("image-alt (critical)") for fault in found)
    assert any("color-contrast" in fault and "<p style" in fault for fault in found)
