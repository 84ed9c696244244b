"""Hostile input in every field of every page and every call, found by walking what is served.

A refusal is a 4xx that changes nothing; nothing is ever a 500, and no markup comes back as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select

from admin import flow_jobs, flow_work, openapi
from support import database
from support.models import Base
from tests import flow_site
from tests.admin_site import TOKEN, AdminSite, Browser, ask, running, switch_on

SCRIPT = "<script>alert(1)</script>"
TEXTS = [
    SCRIPT,
    "'; DROP TABLE requests; --",
    '" onfocus="alert(1)',
    "{{ 7 * 7 }}",
    "%s%n%00",
    "../../etc/passwd",
    "a\r\nBcc: everybody@example.org",
    "\u202eright to left",
    "\U0001f4a9" * 1000,
    "x" * 20_000,
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "",
    " ",
]
UNSTORABLE = ["\0", "a\0b"]
DEEP: Any = json.loads("[" * 400 + "]" * 400)
VALUES = [
    *TEXTS,
    *UNSTORABLE,
    "\ud800",
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**400,
    1.5,
    1e308,
    [],
    {},
    [[]],
    ["x"] * 2000,
    [SCRIPT],
    ["\0"],
    [{"a": "\ud800"}],
    {"__class__": "x"},
    DEEP,
]
BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe\x00",
    b'{"a": "\xff"}',
    b"[" * 60_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"a": NaN}',
    b'{"a": 1}' + b" " * 70_000,
    json.dumps({"x" * 60_000: 1}).encode(),
    b'{"no_such_field": 1}',
    b"a=1&b=2",
]
# What is written besides: who came, who looked, and what is asked once.
BESIDES = {
    "audit_entries",
    "sign_ins",
    "sign_in_failures",
    "api_tokens",
    "idempotency_keys",
    # Work that nobody takes up is given up after a while.
    "flow_jobs",
}


class Forms(HTMLParser):
    """The forms of a page: where they are sent, and what is in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self.found.append((given.get("action") or "", {}))
        elif tag in ("input", "select", "textarea", "button") and self.found and given.get("name"):
            self.found[-1][1].setdefault(given["name"] or "", given.get("value") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    with (
        pytest.MonkeyPatch.context() as patch,
        running(tmp_path_factory.mktemp("bad"), API_CALLS_PER_MINUTE="1000000") as site,
    ):
        # No Rasa server is there to be waited for.
        patch.setattr(flow_jobs, "PATIENCE_SECONDS", 0.0)
        patch.setattr(flow_work, "PATIENCE_SECONDS", 0.0)
        switch_on()
        ask(1)
        flow_site.add_both()
        yield site


def stored() -> dict[str, Any]:
    """All rows of all tables, but for what every call may write."""
    with database.read_scope() as session:
        return {
            table.name: session.execute(select(table)).all()
            for table in Base.metadata.sorted_tables
            if table.name not in BESIDES
        }


def check(site: AdminSite, response: Any, before: dict[str, Any], what: str) -> dict[str, Any]:
    """The answer is a good one or a clear refusal; returns what is stored now."""
    assert response.status_code < 500, what
    after = stored()
    if response.status_code >= 400:
        assert after == before, f"{what} was refused and changed something"
        if response.headers["Content-Type"] == "application/json":
            error = response.json()["error"]
            assert error["code"], what
            assert error["message"], what
            assert len(error["message"]) < 1500, what
    return after


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    described = openapi.description()
    return [
        (method, path, operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]


def body_of(operation: dict[str, Any]) -> list[str]:
    """The names of the fields that an operation takes."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = openapi.description()["components"]["schemas"][schema["$ref"].split("/")[-1]]
    return list(schema.get("properties", {}))


def address(path: str) -> str:
    """The path of a call that would find something."""
    with database.read_scope() as session:
        rows = session.execute(select(Base.metadata.tables["requests"].c.reference)).scalars()
        reference = next(iter(rows), "R-AAAAA")
    return path.removeprefix("/admin/api").replace("{reference}", reference)


@pytest.mark.parametrize(
    "method, path, operation",
    [each for each in operations() if "requestBody" in each[2]],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_bodies_that_are_none_and_values_that_are_wrong(
    site: AdminSite, method: str, path: str, operation: dict[str, Any]
) -> None:
    before = stored()
    for body in BODIES:
        if not body and not operation["requestBody"].get("required", True):
            continue
        response = site.api(method, address(path), data=body)
        assert 400 <= response.status_code < 500, (path, body[:40])
        check(site, response, before, f"{method} {path} {body[:40]!r}")
    for name in body_of(operation):
        for value in VALUES:
            response = site.api(method, address(path), data=json.dumps({name: value}).encode())
            before = check(site, response, before, f"{method} {path} {name}={value!r:.60}")


@pytest.mark.parametrize(
    "method, path, operation",
    operations(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_parameters_that_are_wrong(
    site: AdminSite, method: str, path: str, operation: dict[str, Any]
) -> None:
    before = stored()
    raw = ["%00", "%ff", "%ed%a0%80", "%E2%80%AE", "a" * 3000, "'--", "%3Cscript%3E", "9" * 30]
    for parameter in operation["parameters"]:
        for value in raw:
            called, headers = address(path), {}
            if parameter["in"] == "path":
                called = path.removeprefix("/admin/api").replace(f"{{{parameter['name']}}}", value)
            elif parameter["in"] == "query":
                called = f"{called}?{parameter['name']}={value}"
            else:
                headers = {parameter["name"]: value}
            response = site.api(method, called, data=b"", headers=headers)
            before = check(site, response, before, f"{method} {called[:99]} {headers}")
    called = f"{address(path)}?{'&'.join('a=1' for _ in range(200))}"
    check(site, site.api(method, called, data=b""), before, called[:40])


def pages(site: AdminSite, admin: Browser) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each form of each page that a link or an address leads to: page, target, fields."""
    reference = admin.get("/admin/requests").text.split("/admin/requests/")[1][:7]
    paths = {path for method, path in site.routes() if method == "GET" and "/api/" not in path}
    for path in sorted(paths):
        opened = path.replace("{reference}", reference)
        if "{" in opened or admin.get(opened).status_code != 200:
            continue
        for action, fields in Forms(admin.page).found:
            if action != "/admin/sign-out":
                yield opened, action, fields


@pytest.mark.timeout(400)
@pytest.mark.parametrize("of_flow", [False, True], ids=["", "of-the-flow"])
def test_refuses_what_is_wrong_in_every_form(site: AdminSite, of_flow: bool) -> None:
    admin = site.admin()
    before, seen = stored(), 0
    # The flow's pages are large, and treat all their sentences alike.
    values = (
        [SCRIPT, "a\r\nBcc: b@example.org", "x" * 20_000, "\0"]
        if of_flow
        else [*TEXTS, *UNSTORABLE]
    )
    for page, action, fields in list(pages(site, admin)):
        if page.startswith("/admin/flow") is not of_flow:
            continue
        sentences = [name for name in fields if name.startswith("utter_")]
        for name in [*(n for n in fields if n not in sentences[1:]), "no_such_field"]:
            for value in values:
                admin.get(page)
                response = admin.post(action, **{**fields, **fresh(admin, action), name: value})
                before = check(site, response, before, f"{action} {name}={value!r:.60}")
                assert SCRIPT not in response.text, (action, name)
                seen += 1
    assert seen > 150


def fresh(admin: Browser, action: str) -> dict[str, str]:
    """The hidden fields of the form as the page opened last has them, if it still has the form."""
    hidden = ("csrf", "version")
    forms = [fields for target, fields in Forms(admin.page).found if target == action][:1]
    return {name: fields[name] for fields in forms for name in hidden if name in fields}


@pytest.mark.parametrize("body", [b"", b"\xff=\xfe", b"a=%ff", b"a&b&c" * 1000, b"csrf=x", b"{}"])
def test_refuses_forms_that_are_none(site: AdminSite, body: bytes) -> None:
    admin = site.admin()
    before = stored()
    for _, action, _ in list(pages(site, admin)):
        for sent in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
            response = admin.session.post(
                site.url + action, data=body, headers={"Content-Type": sent}, timeout=10
            )
            assert 400 <= response.status_code < 500
            check(site, response, before, f"{action} {body!r}")


def test_shows_hostile_answers_as_text(site: AdminSite) -> None:
    reference = ask(
        2, name=SCRIPT, reason=SCRIPT, page_url=f"javascript:{SCRIPT}", channel=SCRIPT
    ).reference
    site.change(sender_name=SCRIPT, alternative_contact=SCRIPT)
    admin = site.admin()
    for path in ("/admin", "/admin/requests", f"/admin/requests/{reference}", "/admin/privacy"):
        page = admin.get(path).text
        assert SCRIPT not in page
        assert 'href="javascript:' not in page


def test_is_still_itself(site: AdminSite) -> None:
    assert site.api("GET", "/settings", token=TOKEN).status_code == 200
    assert site.admin().get("/admin").status_code == 200
