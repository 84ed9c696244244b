"""The pages of the fields: order, one field's form, and always a way to reach the visitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.flow_field_form import made_of
from tests import flow_site
from tests.admin_site import AdminSite, Browser, running, words

PAGE = "/admin/flow/fields"
NEW = "/admin/flow/new-field"
ORDER = {"label": "Order number", "question": "Which order is it about?"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        yield site


@pytest.fixture
def admin(site: AdminSite) -> Browser:
    """An admin on the page."""
    admin = site.admin()
    admin.get(PAGE)
    return admin


def names() -> list[str]:
    return [field.name for field in flow_site.draft().flow.fields]


def test_keeps_a_way_to_reach_the_visitor_and_says_why(admin: Browser) -> None:
    admin.post(PAGE, remove="phone")
    answer = admin.post(PAGE, remove="email")
    assert answer.status_code == 422
    assert "“E-mail” is the only way left to reach the visitor" in words(answer.text)
    assert "Put the phone number back first" in words(answer.text)
    assert names() == ["name", "email", "reason"]


@pytest.mark.parametrize(
    "typed, part, why",
    [
        ({"question": ""}, "question", "It is empty"),
        ({"question": "Hi {nobody}?"}, "question", "there is no variable {nobody}"),
        ({"name": "Order Number"}, "name", "is no name"),
        ({"name": "reference"}, "name", "is used by the assistant itself"),
        ({"label": "E-mail"}, "label", "Another field has this label"),
        ({"type": "choice", "choices": "one"}, "choices", "a list of 2 to 20"),
        ({"type": "pattern", "pattern": "[A-Z"}, "pattern", ""),
        ({"type": "number", "min": "5", "max": "3"}, "max", "below min"),
        ({"type": "date", "min": "soon"}, "min", "is not a date"),
        ({"type": "colour"}, "type", "is none of"),
    ],
)
def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
    admin: Browser, typed: dict[str, str], part: str, why: str
) -> None:
    admin.get(NEW)
    answer = admin.post(NEW, **{**ORDER, "hint": "On the invoice.", **typed})
    assert answer.status_code == 422
    assert f'id="{part}-error"' in answer.text
    assert why in words(answer.text)
    assert "On the invoice." in answer.text
    assert names() == ["name", "email", "phone", "reason"]


def test_removes_no_field_that_something_else_speaks_of(admin: Browser) -> None:
    flow_site.add_both()
    flow_site.save(messages={"utter_thank": "Thanks for {order_number}."})
    answer = admin.post(PAGE, remove="order_number")
    assert answer.status_code == 422
    assert 'href="/admin/flow/messages?q=utter_thank"' in answer.text
    assert "order_number" in names()


@pytest.mark.parametrize("path", [f"{PAGE}/nothing", f"{PAGE}/order_number"])
def test_knows_no_field_that_is_not_there(admin: Browser, path: str) -> None:
    assert admin.get(path).status_code == 404
    admin.get(PAGE)
    assert admin.post(path, **ORDER).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"move": "name"}])
def test_refuses_a_form_that_is_none_of_the_page(admin: Browser, sent: dict[str, str]) -> None:
    assert admin.post(PAGE, **sent).status_code == 422


def test_gives_the_second_of_two_designers_what_both_have_written(admin: Browser) -> None:
    flow_site.add_both()
    admin.get(f"{PAGE}/order_number")
    flow = flow_site.draft().flow.to_json()
    flow["fields"][3]["question"] = "Your order, please?"
    flow_site.save("ben", fields=flow["fields"])
    typed = {"label": "Order number", "question": "Which one?", "pattern": "[0-9]{4}"}
    answer = admin.post(f"{PAGE}/order_number", type="pattern", **typed)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Nothing was saved: ben has changed this field" in page
    assert "Stored now: Your order, please?" in page
    assert "Which one?" in page
    saved = admin.post(f"{PAGE}/order_number", type="pattern", **typed)
    assert "The field is saved." in words(saved.text)
    assert flow_site.draft().flow.fields[3].question == "Which one?"


def test_tells_who_changes_a_field_that_was_removed_meanwhile(admin: Browser) -> None:
    flow_site.add_both()
    admin.get(f"{PAGE}/order_number")
    flow = flow_site.draft().flow.to_json()
    flow_site.save("ben", fields=[*flow["fields"][:3], flow["fields"][4]])
    answer = admin.post(f"{PAGE}/order_number", **ORDER)
    assert answer.status_code == 404


def test_adds_a_field_before_the_reason_named_after_its_label(admin: Browser) -> None:
    admin.get(NEW)
    answer = admin.post(NEW, **ORDER, type="choice", choices="Small\r\n\r\n Large ", required="on")
    assert "The field is added." in words(answer.text)
    assert names() == ["name", "email", "phone", "order_number", "reason"]
    field = flow_site.draft().flow.fields[3]
    assert (field.choices, field.required, field.type) == (("Small", "Large"), True, "choice")


def test_moves_fields_up_and_down(admin: Browser) -> None:
    admin.post(PAGE, down="name")
    assert names() == ["email", "name", "phone", "reason"]
    admin.post(PAGE, up="reason")
    assert names() == ["email", "name", "reason", "phone"]
    answer = admin.post(PAGE, up="email")
    assert "Nothing to save" in words(answer.text)


def test_removes_a_standard_field_and_puts_it_back(admin: Browser) -> None:
    answer = admin.post(PAGE, remove="phone")
    assert "Removed, and still asked for until this is published: Phone." in words(answer.text)
    assert "Put “Phone” back" in words(answer.text)
    admin.post(PAGE, back="phone")
    assert names() == ["name", "email", "reason", "phone"]


def test_words_a_standard_field_otherwise_but_keeps_its_type(admin: Browser) -> None:
    admin.get(f"{PAGE}/email")
    assert "its type stays" in admin.page
    typed = {"label": "E-mail", "question": "Where to write to you?", "type": "date"}
    admin.post(f"{PAGE}/email", **typed)
    field = flow_site.draft().flow.fields[1]
    assert (field.question, field.type, field.required) == (
        "Where to write to you?",
        "email",
        False,
    )


@pytest.mark.parametrize(
    "label, name",
    [("Order number", "order_number"), ("2nd name!", "nd_name"), ("Ärger", "rger"), ("数", "")],
)
def test_makes_a_name_of_a_label(label: str, name: str) -> None:
    assert made_of(label) == name
