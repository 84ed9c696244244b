"""The page of figures, and the figures over the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from admin import openapi
from support import handoffs
from support.handoffs import Seen
from tests.admin_site import AdminSite, running, words


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


def asked(*outcomes: str, question: str | None = None) -> None:
    """Visitors asked two hours ago, and this came of it."""
    # No earlier than today: at night, two hours ago was yesterday.
    now = dt.datetime.now(dt.timezone.utc)
    handoffs.write(
        [Seen(f"{outcome}{n}", "c", outcome, question, now) for n, outcome in enumerate(outcomes)]
    )


def test_says_of_what_every_number_is(site: AdminSite) -> None:
    asked("sent", "sent", "stopped", "off", question="email")
    text = words(site.admin().get("/admin/figures").text)
    assert "Asked 4 in all" in text
    assert "Sent 2 of 4 asks, 50%" in text
    assert "Given up 1 of 4 asks, 25%" in text
    assert "Asked while switched off 1 of 4 asks, 25%" in text
    assert "Question Given up Of 4 asks E-mail 1 25%" in text
    assert "Time until taken, median – over 0 taken" in text


def test_is_calm_when_there_is_nothing(site: AdminSite) -> None:
    page = site.admin().get("/admin/figures?days=365&by=week").text
    assert "Nobody has given up." in words(page)
    assert "Sent 0 of 0 asks Given up" in words(page)


def test_draws_without_styles_or_scripts_in_the_page(site: AdminSite) -> None:
    asked("sent", "left")
    page = site.admin().get("/admin/figures").text
    assert page.count("<rect ") == 2
    assert " style=" not in page


@pytest.mark.parametrize("query", ["", "?days=1", "?days=366&by=week"])
def test_gives_the_same_over_the_api(site: AdminSite, query: str) -> None:
    asked("sent", "stopped", "open", question="phone")
    body = site.api("GET", f"/figures{query}").json()
    assert (body["asks"]["total"], body["asks"]["sent"], body["asks"]["under_way"]) == (3, 1, 1)
    assert body["asks"]["given_up_at"] == {"phone": 1}
    assert sum(column["asks"]["total"] for column in body["columns"]) == 3
    described = openapi.description()
    schema = {"$ref": "#/components/schemas/Figures", "components": described["components"]}
    Draft202012Validator(schema).validate(body)


@pytest.mark.parametrize(
    ("query", "field"),
    [("days=0", "days"), ("days=367", "days"), ("days=x", "days"), ("days=%C2%B2", "days"),
     ("days=-1", "days"), ("by=hour", "by")],
)  # fmt: skip
def test_refuses_a_range_that_is_none(site: AdminSite, query: str, field: str) -> None:
    response = site.api("GET", f"/figures?{query}")
    assert (response.status_code, response.json()["error"]["field"]) == (422, field)
    assert site.admin().get(f"/admin/figures?{query}").status_code == 422
