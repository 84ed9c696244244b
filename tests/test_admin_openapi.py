"""The API's description says what the API does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from admin import openapi
from support import followups
from support.errors import DeliveryError
from support.settings import SETTINGS
from tests.admin_site import NOW, AdminSite, ask, deliver, running, switch_on


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def schema_of(path: str, method: str, status: str) -> dict[str, Any]:
    described = openapi.description()
    answer = described["paths"][path][method]["responses"][status]
    schema = answer["content"]["application/json"]["schema"]
    return {**schema, "components": described["components"]}


def test_is_served_without_a_token(site: AdminSite) -> None:
    response = site.api("GET", "/openapi.json", token=None)
    assert response.status_code == 200
    assert response.json() == openapi.description()
    assert response.json()["openapi"] == "3.1.0"


def test_describes_every_route_and_no_other(site: AdminSite) -> None:
    served = {(method, path) for method, path in site.routes() if path.startswith("/admin/api/")}
    described = {
        (method.upper(), path)
        for path, item in openapi.description()["paths"].items()
        for method in item
    }
    assert described == served


def test_gives_no_two_schemas_or_operations_one_name() -> None:
    schemas = [name for part in openapi.PARTS for name in part.schemas()]
    paths = [path for part in openapi.PARTS for path in part.paths()]
    operations = [
        operation["operationId"]
        for item in openapi.description()["paths"].values()
        for operation in item.values()
    ]
    for names in (schemas, paths, operations):
        assert len(names) == len(set(names))


def test_describes_every_setting_from_the_table_of_settings() -> None:
    described = openapi.description()["components"]["schemas"]["Settings"]["properties"]
    assert list(described) == [setting.name for setting in SETTINGS]
    assert [d["description"] for d in described.values()] == [s.help for s in SETTINGS]


def test_holds_only_schemas_that_are_valid_and_references_that_lead_somewhere() -> None:
    described = openapi.description()
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = set(described["components"]["schemas"])
    wanted = {
        part.split('"')[0].split("'")[0]
        for part in str(described).split("#/components/schemas/")[1:]
    }
    assert wanted <= names


def test_is_kept_by_answers(site: AdminSite) -> None:
    switch_on(alternative_contact="call us")
    reference = ask(1).reference
    deliver(DeliveryError("try again"))
    ask(2, phone=None, page_url=None)
    request = ask(3)
    followups.add(request.id, "it was blue", NOW)
    followups.correct(request.id, {"name": "Ann Leigh"}, NOW)
    followups.cancel(request.id, NOW)
    for path, called in [
        ("/admin/api/settings", "/settings"),
        ("/admin/api/settings/history", "/settings/history"),
        ("/admin/api/requests", "/requests?limit=1"),
        ("/admin/api/requests", "/requests"),
        ("/admin/api/requests/{reference}", f"/requests/{reference}"),
        ("/admin/api/requests/{reference}", f"/requests/{request.reference}"),
    ]:
        body = site.api("GET", called).json()
        Draft202012Validator(schema_of(path, "get", "200")).validate(body)


@pytest.mark.parametrize(
    "method, path, called, more",
    [
        ("get", "/admin/api/settings", "/settings", {"token": None}),
        ("get", "/admin/api/requests", "/requests?limit=x", {}),
        ("get", "/admin/api/requests/{reference}", "/requests/nobody", {}),
        ("patch", "/admin/api/settings", "/settings", {"data": b"{"}),
        ("patch", "/admin/api/settings", "/settings", {"json": {"enabled": 1}}),
        ("patch", "/admin/api/settings", "/settings", {"data": b" " * 70_000}),
        ("patch", "/admin/api/settings", "/settings", {"json": {}, "headers": {"If-Match": "x"}}),
    ],
)
def test_is_kept_by_refusals(
    site: AdminSite, method: str, path: str, called: str, more: dict[str, Any]
) -> None:
    response = site.api(method, called, **more)
    schema = schema_of(path, method, str(response.status_code))
    Draft202012Validator(schema).validate(response.json())
