"""The team's pages in a browser: what a little JavaScript adds, and what axe finds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support import work
from support.errors import DeliveryError
from support.work import Action
from tests.admin_site import NOW, TOKEN, AdminSite, ask, deliver, running, switch_on
from tests.axe import violations
from tests.chat_page import browsing, needs_chromium

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """Before the browser, whose event loop leaves room for no other to begin."""
    with running(tmp_path_factory.mktemp("team")) as site:
        switch_on()
        yield site


@pytest.fixture(scope="module")
def browser(site: AdminSite) -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["with-scripts", "without"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
def window(browser: Browser, site: AdminSite, scripts: bool) -> Iterator[Page]:
    """A window of an admin in Berlin, signed in."""
    with browser.new_context(timezone_id="Europe/Berlin", java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(f"{site.url}/admin")
        page.locator("input[name=token]").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        # A test that goes elsewhere at once would be there before it is signed in.
        page.get_by_role("button", name="Sign out").wait_for()
        yield page


@pytest.fixture
def reference(site: AdminSite) -> str:
    """Of a request that the team could not be told of."""
    form = uuid.uuid4().hex
    reference = str(ask(handoff_id=form, conversation_id=form).reference)
    deliver(DeliveryError("550 no such mailbox", permanent=True))
    return reference


def test_shows_times_as_the_reader_reads_them(
    window: Page, site: AdminSite, reference: str, scripts: bool
) -> None:
    window.goto(f"{site.url}/admin/requests/{reference}")
    time = window.locator("dl time").first
    assert time.inner_text().endswith("CET" if scripts else "UTC")
    if scripts:
        assert (time.get_attribute("title") or "").endswith("UTC")


def test_takes_answers_and_closes_a_request(
    window: Page, site: AdminSite, reference: str, scripts: bool
) -> None:
    """The whole work, with the keyboard's own way to press buttons."""
    window.goto(f"{site.url}/admin/requests")
    window.get_by_role("link", name=reference).click()
    window.get_by_role("button", name="Take").press("Enter")
    expect(window.get_by_role("status")).to_contain_text("You have taken this request.")
    window.get_by_label("Add a note").fill("calls back on Monday")
    window.get_by_role("button", name="Save the note").press("Enter")
    expect(window.get_by_text("calls back on Monday")).to_be_visible()
    window.get_by_role("button", name="Answer by e-mail").press("Enter")
    expect(window.get_by_role("status")).to_contain_text("marked as answered")
    link = window.get_by_role("link", name="write to ann@example.org")
    assert (link.get_attribute("href") or "").startswith("mailto:ann@example.org?subject=Re%3A")
    # Reloading opens no second mail.
    assert window.url.endswith(reference if scripts else "?done=answer")
    window.get_by_role("button", name="Close").press("Enter")
    expect(window.get_by_role("heading", level=1)).to_contain_text("Closed")


def test_chooses_what_is_exported(
    window: Page, site: AdminSite, reference: str, scripts: bool
) -> None:
    window.goto(f"{site.url}/admin/requests?q={reference}")
    if scripts:
        window.get_by_label("Choose all on this page").check()
    else:
        window.get_by_label(f"Choose {reference}").check()
    assert window.locator("input[name=reference]:checked").count() == 1
    with window.expect_download() as download:
        window.get_by_role("button", name="Export").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(reference)


@pytest.mark.parametrize("scripts", [True], indirect=True)
@pytest.mark.parametrize("actions", [(), (Action.TAKE,), (Action.ANSWER,), (Action.CLOSE,)])
@pytest.mark.parametrize("width", [1280, 360])
def test_finds_nothing_wrong_with_a_request_in_any_state(
    window: Page, site: AdminSite, reference: str, actions: tuple[Action, ...], width: int
) -> None:
    for action in actions:
        work.do(reference, action, "carla", NOW)
    work.note(reference, "a note", "carla", NOW)
    window.set_viewport_size({"width": width, "height": 800})
    window.goto(f"{site.url}/admin/requests/{reference}")
    assert violations(window) == []
    assert window.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True], indirect=True)
@pytest.mark.parametrize("query", ["?q=zzz", "?since=never", "?taken_by=me&status=open", ""])
def test_finds_nothing_wrong_with_a_list_however_it_is_filtered(
    window: Page, site: AdminSite, reference: str, query: str
) -> None:
    window.set_viewport_size({"width": 360, "height": 800})
    window.goto(f"{site.url}/admin/requests{query}")
    assert violations(window) == []
    assert window.evaluate("document.documentElement.scrollWidth") <= 360
