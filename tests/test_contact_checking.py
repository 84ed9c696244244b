"""What may be typed into the contact form, and what is asked about once."""

from __future__ import annotations

import pytest

from support.contact import checking
from support.contact.checking import Refused, check

ANN = {"name": "Ann Lee", "email": "ann@example.org", "phone": "", "reason": "My parcel is late"}


def read(before: dict[str, str] | None = None, **changes: str) -> checking.Checked:
    """Ann's form, but for the changes."""
    return check({**ANN, **changes}, "US", before or {})


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("name", "  Ann   Lee ", "Ann Lee"),
        ("name", "my name is Ann Lee", "Ann Lee"),
        ("name", "Ng", "Ng"),
        ("name", "Noah Cancel", "Noah Cancel"),
        ("name", "Стас", "Стас"),
        ("email", "mailto:ann@example.org", "ann@example.org"),
        ("email", "Ann Lee <ann@example.org>", "ann@example.org"),
        ("email", "ANN@Example.ORG ", "ANN@example.org"),
        ("phone", "(202) 555-0123", "+12025550123"),
        ("phone", "call +49 30 901820 please", "+4930901820"),
        ("reason", "a\r\n\r\nb   c", "a\n\nb c"),
        ("reason", "stop", "stop"),
        ("reason", "Where is it?", "Where is it?"),
        ("reason", "x" * 3000, "x" * 2000),
    ],
)
def test_takes_what_people_type(field: str, typed: str, value: str) -> None:
    checked = read(**{field: typed})
    assert checked.problems == {}
    assert checked.values[field] == value
    assert checked.unverified == ()


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("name", "", "needed_name"),
        ("name", " \u200b ", "needed_name"),
        ("name", "12345", "invalid_name"),
        ("name", "I want an agent", "invalid_name"),
        ("email", "ann", "invalid_email"),
        ("email", "ann@", "invalid_email"),
        ("email", "ann@gmial.com", "suggest_email"),
        ("phone", "123", "invalid_phone"),
        ("phone", "my order number 4711", "invalid_phone"),
        ("reason", "", "needed_reason"),
        ("reason", "?!", "invalid_reason"),
    ],
)
def test_asks_about_what_it_cannot_read(field: str, typed: str, problem: str) -> None:
    assert read(**{field: typed}).problems == {field: problem}


def test_needs_one_way_to_reach_the_visitor() -> None:
    assert read(email="").problems == {"email": "needed_email"}
    assert read(email="", phone="202 555 0123").problems == {}
    assert read(email="", phone="12").problems == {"phone": "invalid_phone"}


def test_suggests_the_address_that_was_probably_meant() -> None:
    assert read(email="ann@gmial.com").suggestion == "ann@gmail.com"


def test_takes_as_typed_what_comes_again_and_marks_it() -> None:
    typed = {"name": "12345", "phone": "ext. 12", "email": ""}
    first = read(**typed)
    assert set(first.problems) == {"name", "phone"}
    again = read(checking.refused({**ANN, **typed}, first), **typed)
    assert again.problems == {}
    assert again.values["name"] == "12345"
    assert set(again.unverified) == {"name", "phone"}


def test_takes_an_address_that_only_looked_misspelt_as_a_good_one() -> None:
    again = read({"email": "ann@gmial.com"}, email="ann@gmial.com")
    assert again.problems == {}
    assert again.unverified == ()


def test_asks_again_about_something_else_that_it_cannot_read() -> None:
    assert read({"phone": "12"}, phone="13").problems == {"phone": "invalid_phone"}


def test_needs_a_name_however_often_it_is_left_out() -> None:
    first = read(name="")
    assert read(checking.refused({**ANN, "name": ""}, first), name="").problems == {
        "name": "needed_name"
    }


def test_remembers_what_it_refused_form_by_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "FORMS_REMEMBERED", 2)
    refused = Refused()
    refused.remember("a", {"phone": "12"})
    refused.remember("a", {"name": "7"})
    assert refused.before("a") == {"phone": "12", "name": "7"}
    refused.remember("b", {"phone": "1"})
    refused.remember("c", {"phone": "2"})
    assert refused.before("a") == {}
    assert refused.before("b") == {"phone": "1"}
