"""People on two action servers with one database, PostgreSQL where it is installed, for real."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests import postgres
from tests.admin_site import Browser
from tests.system import ADMIN_TOKEN, System

SIGN_IN = "<h1>Sign in</h1>"
AT_ONCE = 12


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Both servers' addresses."""
    with ExitStack() as stack:
        more = {}
        if not postgres.why_not():
            more["DATABASE_URL"] = f"{stack.enter_context(postgres.server())}/postgres"
        # Behind a proxy, so that each test can come from a network of its own.
        system = System(tmp_path_factory.mktemp("two"), PROXIES="1", **more)
        stack.callback(system.stop)
        system.start_actions()
        second = system.start_second_actions()
        yield f"http://127.0.0.1:{system.actions_port}", f"http://127.0.0.1:{second}"


def browser(url: str, network: str) -> Browser:
    browser = Browser(url)
    browser.session.headers["X-Forwarded-For"] = network
    return browser


def test_knows_on_one_server_who_signed_in_on_the_other(urls: tuple[str, str]) -> None:
    one = browser(urls[0], "198.51.100.1")
    one.sign_in(ADMIN_TOKEN)
    other = browser(urls[1], "198.51.100.1")
    other.set_cookie(one.cookie())
    assert SIGN_IN not in other.get("/admin").text
    one.post("/admin/sign-out")
    assert SIGN_IN in other.get("/admin").text


def test_counts_wrong_tries_on_both_servers_together(urls: tuple[str, str]) -> None:
    one, other = (browser(url, "198.51.100.2") for url in urls)
    statuses = [who.sign_in("wrong").status_code for who in (one, other, one, other, one)]
    assert statuses == [403] * 5
    assert other.sign_in(ADMIN_TOKEN).status_code == 429


def test_lets_no_more_tries_through_when_they_come_at_once(urls: tuple[str, str]) -> None:
    browsers = [browser(urls[number % 2], "198.51.100.3") for number in range(AT_ONCE)]
    for one in browsers:
        one.get("/admin")
    with ThreadPoolExecutor(AT_ONCE) as threads:
        tries = threads.map(lambda one: one.post("/admin/sign-in", token="wrong"), browsers)
        statuses = sorted(response.status_code for response in tries)
    assert statuses == [403] * 5 + [429] * (AT_ONCE - 5)
