"""Who may do what: every route, as everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests as http
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import access
from support import database
from support.models import Role
from support.people import TOKEN_HOLDER, Person
from tests import team
from tests.admin_site import TOKEN, AdminSite, Browser, running

LET_IN = 299
METHODS_WITH_A_FORM = ("POST",)


@dataclass
class Caller:
    """Somebody with a browser and a token."""

    role: Role | None
    browser: Browser
    token: str | None
    csrf: str


async def let_in(_: Request, **__: str) -> HTTPResponse:
    return HTTPResponse(status=LET_IN)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    with running(tmp_path_factory.mktemp("access")) as site:
        yield site


@pytest.fixture(scope="module")
def callers(site: AdminSite) -> list[Caller]:
    """A stranger, one person of each role, and the holder of the admin token."""
    stranger = site.browser()
    stranger.get("/admin")
    everyone = [Caller(None, stranger, None, csrf_of(stranger))]
    for role in Role:
        person = team.add(role.value + "-person", role)
        browser = team.browser(site, person.name)
        everyone.append(Caller(role, browser, team.token(person), csrf_of(browser)))
    holder = site.admin()
    everyone.append(Caller(Role.ADMIN, holder, TOKEN, csrf_of(holder)))
    # From here on only the gate is asked: no route is to do anything.
    for route in app_of(site).router.routes:
        route.handler = let_in
    # Sanic remembers which handler an address has.
    type(app_of(site).router).get.cache_clear()
    return everyone


def app_of(site: AdminSite) -> Sanic:
    return site._app


def csrf_of(browser: Browser) -> str:
    return browser.page.split('name="csrf" value="')[1].split('"')[0]


def call(site: AdminSite, caller: Caller, method: str, path: str) -> http.Response:
    """As a browser does it for a page, as a program for the API."""
    path = path.replace("{", "").replace("}", "")
    if path.startswith("/admin/api/"):
        return site.api(method, path.removeprefix("/admin/api"), token=caller.token)
    data = {"csrf": caller.csrf} if method in METHODS_WITH_A_FORM else None
    return caller.browser.session.request(
        method, site.url + path, data=data, timeout=10, allow_redirects=False
    )


def expected(caller: Caller, rule: access.Rule, method: str, path: str) -> set[int]:
    if rule.needs is None:
        return {LET_IN}
    is_api, is_home = path.startswith("/admin/api/"), (method, path) == ("GET", "/admin")
    if caller.role is None:
        return {401} if is_api else {200} if is_home else {303}
    if Person("x", caller.role).may(rule.needs):
        return {LET_IN}
    return {303} if is_home else {403}


def test_has_a_line_for_every_route_and_no_other(site: AdminSite) -> None:
    assert {f"{method} {path}" for method, path in site.routes()} == set(access.ROUTES)


def test_lets_each_role_do_what_its_line_says_and_nothing_else(
    site: AdminSite, callers: list[Caller]
) -> None:
    wrong = []
    for caller in callers:
        for method, path in sorted(site.routes()):
            rule = access.ROUTES[f"{method} {path}"]
            status = call(site, caller, method, path).status_code
            if status not in expected(caller, rule, method, path):
                wrong.append(f"{caller.role}: {method} {path} → {status}")
    assert wrong == []


def test_takes_no_session_for_the_api_and_no_token_for_a_page(
    site: AdminSite, callers: list[Caller]
) -> None:
    holder = callers[-1]
    for method, path in sorted(site.routes()):
        if access.ROUTES[f"{method} {path}"].needs is None:
            continue
        url = site.url + path.replace("{", "").replace("}", "")
        if path.startswith("/admin/api/"):
            response = holder.browser.session.request(method, url, timeout=10)
            assert response.status_code == 401, path
        else:
            bearer = {"Authorization": f"Bearer {TOKEN}".encode()}
            response = http.request(method, url, headers=bearer, timeout=10, allow_redirects=False)
            assert response.status_code == (200 if path == "/admin" and method == "GET" else 303)


def test_refuses_every_form_that_is_forged(site: AdminSite, callers: list[Caller]) -> None:
    holder = callers[-1]
    for method, path in sorted(site.routes()):
        rule = access.ROUTES[f"{method} {path}"]
        if method in METHODS_WITH_A_FORM and not path.startswith("/admin/api/") and rule.needs:
            forged = Caller(holder.role, holder.browser, None, callers[0].csrf)
            assert call(site, forged, method, path).status_code == 403, path


def test_tells_a_program_why_it_is_refused(site: AdminSite, callers: list[Caller]) -> None:
    agent = callers[1]
    response = site.api("GET", "/settings", token=agent.token)
    assert response.json()["error"] == {
        "code": "forbidden",
        "message": "This needs the role admin; agent-person has the role agent.",
    }


def test_records_a_look_before_anything_is_shown(site: AdminSite, callers: list[Caller]) -> None:
    looks = [key for key, rule in access.ROUTES.items() if rule.look]
    assert all(key.startswith(("GET", "POST")) for key in looks)
    assert "GET /admin/requests/{reference}" in looks


def test_refuses_everybody_where_no_rule_is(
    site: AdminSite, callers: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(access.ROUTES, "GET /admin/api/audit")
    assert site.api("GET", "/audit").status_code == 403
    assert site.api("GET", "/audit", token=None).status_code == 403


def test_shows_in_the_navigation_only_what_the_role_may_open() -> None:
    shown = {role: [key for key, _, _ in access.navigation(Person("x", role))] for role in Role}
    assert "requests" in shown[Role.AGENT]
    assert not {"settings", "people", "audit"} & {*shown[Role.AGENT], *shown[Role.DESIGNER]}
    everything = [key for key, _, _ in access.NAVIGATION]
    assert [key for key, _, _ in access.navigation(TOKEN_HOLDER)] == everything
    assert access.navigation(None) == []


def test_shows_nothing_when_the_look_cannot_be_recorded(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        admin = site.admin()
        with database.session_scope() as session:
            session.connection().exec_driver_sql("DROP TABLE audit_entries")
        response = admin.get("/admin/requests")
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert "recorded, and that is not possible just now" in response.text
        assert site.api("GET", "/requests").json()["error"]["code"] == "not_recorded"
