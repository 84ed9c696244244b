"""Fields that a designer added: read forgivingly, asked in order, skipped, corrected, removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from support import answers
from support.dates import find_date
from support.form import CONFIRMATION, FormState, Step, answer, open_form
from support.form_fields import STANDARD, Field, Fields

TODAY = dt.date(2026, 11, 24)  # a Tuesday
NUMBER = Field("people", True, "number", "People", min="1", max="20")
CHOICE = Field("urgency", False, "choice", "Urgency", ("Urgent", "Not urgent", "No hurry"))
DATE = Field("day", False, "date", "Day", min="today")
ORDER = Field("order_number", False, "pattern", "Order number", pattern="[A-Z]{2}-?[0-9]{4}")
COMPANY = Field("company", True, "text", "Company", min="2", max="30")
NAME, EMAIL, PHONE, REASON = STANDARD.all


def form(*fields: Field) -> Fields:
    """What is asked for, in this order."""
    return Fields(fields, TODAY)


def state(fields: Fields, asked: str, **values: str) -> FormState:
    return FormState(values, asked, fields=fields)


def say(step: Step | FormState, *texts: str) -> Step:
    """Several messages of a visitor."""
    now = step if isinstance(step, Step) else Step(step)
    for text in texts:
        now = answer(now.state, text, "US")
    return now


@pytest.mark.parametrize(
    "field, text, value",
    [
        (NUMBER, "7", "7"),
        (NUMBER, "we are 12 people", "12"),
        (NUMBER, "three of us", "3"),
        (NUMBER, "0", None),
        (NUMBER, "25", None),
        (NUMBER, "a lot", None),
        (replace(NUMBER, max=None), "1,234.50 dollars", "1234.50"),
        (replace(NUMBER, max=None), "1.234,5", "1234.5"),
        (replace(NUMBER, max=None), "12 000", "12000"),
        (replace(NUMBER, min=None), "-3", "-3"),
        (CHOICE, "urgent", "Urgent"),
        (CHOICE, "it's not urgent", "Not urgent"),
        (CHOICE, "2", "Not urgent"),
        (CHOICE, "the third one", "No hurry"),
        (CHOICE, "urgnet", "Urgent"),
        (CHOICE, "hurry", None),
        (CHOICE, "whatever", None),
        (DATE, "2026-12-24", "2026-12-24"),
        (DATE, "12/24", "2026-12-24"),
        (DATE, "on December 24th", "2026-12-24"),
        (DATE, "tomorrow morning", "2026-11-25"),
        (DATE, "yesterday", None),
        (DATE, "soon", None),
        (ORDER, "ab1234", "ab1234"),
        (ORDER, "my order is AB 1234", "AB 1234"),
        (ORDER, "number: AB-1234.", "AB-1234"),
        (ORDER, "it was XAB-12345", None),
        (COMPANY, "Green & Sons", "Green & Sons"),
        (COMPANY, "?", None),
        (COMPANY, "G", None),
        (Field("second", False, "email"), "write to bob@example.org", "bob@example.org"),
        (Field("office", False, "phone"), "202 555 0123", "+12025550123"),
    ],
)
def test_reads_an_answer_as_forgivingly_as_its_type_allows(
    field: Field, text: str, value: str | None
) -> None:
    found = answers.read(field, text, "US", TODAY)
    if field is ORDER and found:
        found, value = found.replace(" ", ""), (value or "").replace(" ", "")
    assert found == value


@pytest.mark.parametrize(
    "text, region, day",
    [
        ("24.12.2026", "US", "2026-12-24"),
        ("3/4/2026", "US", "2026-03-04"),
        ("3/4/2026", "DE", "2026-04-03"),
        ("24/12/26", "US", "2026-12-24"),
        ("5 of January", "US", "2027-01-05"),
        ("Sept. 3rd, 2025", "US", "2025-09-03"),
        ("the day after tomorrow", "US", "2026-11-26"),
        ("next Monday", "US", "2026-11-30"),
        ("last friday", "US", "2026-11-20"),
        ("in 2 weeks", "US", "2026-12-08"),
        ("3 days ago", "US", "2026-11-21"),
        ("31.02.2026", "DE", None),
        ("order 4711", "US", None),
        ("I may come", "US", None),
        ("version 1.2.3.4", "US", None),
    ],
)
def test_finds_a_day_however_it_is_written(text: str, region: str, day: str | None) -> None:
    found = find_date(text, region, TODAY)
    assert (found.isoformat() if found else None) == day


def test_knows_no_tomorrow_without_a_clock() -> None:
    assert find_date("tomorrow", "US", None) is None
    assert find_date("24.12.2026", "US", None) == dt.date(2026, 12, 24)


def test_asks_in_the_order_given_and_shows_all_in_the_end() -> None:
    fields = form(REASON, ORDER, EMAIL, NUMBER)
    step = open_form("I want an agent", FormState(fields=fields), "US")
    assert step.state.asked == "reason"
    step = say(step, "it broke", "AB-1234", "ann@example.org", "4")
    assert step.state.asked == CONFIRMATION
    assert dict(step.state.values) == {
        "reason": "it broke", "order_number": "AB-1234", "email": "ann@example.org", "people": "4"
    }  # fmt: skip
    assert say(step, "send").outcome == "send"


def test_lets_an_optional_field_be_skipped_and_no_required_one() -> None:
    fields = form(EMAIL, CHOICE, COMPANY)
    step = say(state(fields, "urgency", email="a@example.org"), "skip")
    assert step.state.asked == "company"
    step = say(step, "skip")
    assert (step.state.asked, step.state.problem) == ("company", "needed_company")


def test_asks_again_in_other_words_and_keeps_the_third_try_as_typed() -> None:
    fields = form(NUMBER, EMAIL)
    step = say(state(fields, "people"), "many")
    assert step.state.problem == "invalid_people"
    step = say(step, "really many")
    assert step.state.problem == "invalid_people_again"
    step = say(step, "uncountable")
    assert step.state.values["people"] == "uncountable"
    assert step.state.unverified == ("people",)


@pytest.mark.parametrize(
    "text, values",
    [
        ("my order number is CD-9999", {"order_number": "CD-9999"}),
        ("order number should be cd9999", {}),
        ("change my order number to CD-9999", {"order_number": "CD-9999"}),
        ("my order number is nonsense", {}),
        ("my company is Blue Ltd", {"company": "Blue Ltd"}),
    ],
)
def test_takes_a_correction_of_an_added_field(text: str, values: Mapping[str, str]) -> None:
    fields = form(EMAIL, ORDER, COMPANY)
    known = {"email": "a@example.org", "order_number": "AB-1234", "company": "Green"}
    step = say(state(fields, CONFIRMATION, **known), text)
    assert dict(step.state.values) == {**known, **values}


@pytest.mark.parametrize("text", ["change my order number", "wrong order number", "order number"])
def test_asks_an_added_field_anew_when_the_visitor_says_so(text: str) -> None:
    fields = form(EMAIL, ORDER)
    step = say(state(fields, CONFIRMATION, email="a@example.org", order_number="AB-1234"), text)
    assert (step.state.asked, step.state.problem) == ("order_number", "change_order_number")


def test_explains_why_an_added_field_is_asked_for() -> None:
    assert say(state(form(ORDER, EMAIL), "order_number"), "why?").say == "why_order_number"


def test_takes_no_question_for_the_answer_to_a_free_text() -> None:
    step = say(state(form(COMPANY, EMAIL), "company"), "which company do you mean?")
    assert (step.state.asked, step.say) == ("company", "question_for_team")


def test_takes_a_word_that_steers_elsewhere_for_a_choice_that_reads_so() -> None:
    fields = form(Field("paid", True, "choice", "Paid", ("Yes", "No", "Later")), EMAIL)
    for word in ("yes", "no", "later"):
        assert say(state(fields, "paid"), word).state.values["paid"].casefold() == word


def test_goes_on_when_the_field_that_was_open_is_gone() -> None:
    step = say(state(form(NAME, EMAIL), "order_number", name="Ann"), "AB-1234")
    assert (step.state.asked, dict(step.state.values)) == ("email", {"name": "Ann"})
    step = say(state(form(NAME, EMAIL), "order_number", name="Ann"), "it's ann@example.org")
    assert step.state.asked == CONFIRMATION
    assert say(state(form(NAME, EMAIL), "order_number"), "stop").outcome == "cancelled"


def test_forgets_answers_that_are_no_longer_asked_for() -> None:
    step = open_form("I'm Ann Lee, call me at 202 555 0123", FormState(fields=form(EMAIL)), "US")
    assert dict(step.state.values) == {}


def test_needs_the_only_way_to_reach_the_visitor() -> None:
    step = say(state(form(NAME, EMAIL), "email", name="Ann"), "skip")
    assert (step.state.asked, step.state.problem) == ("email", "needed_email")
    first_phone = form(NAME, PHONE, EMAIL)
    step = say(state(first_phone, "phone", name="Ann"), "skip")
    assert step.state.asked == "email"
    assert say(step, "skip").state.problem == "needed_email"


def test_is_the_same_after_it_has_been_in_rasas_slot() -> None:
    fields = form(NAME, NUMBER, CHOICE, DATE, ORDER, COMPANY, EMAIL)
    assert Fields.from_json(fields.to_json(), TODAY) == fields
    assert Fields.from_json(None) is STANDARD
    assert Fields.from_json([]).all == STANDARD.all


@pytest.mark.parametrize("junk", [["a", 1, {}], [{"name": "x", "colour": "red"}]])
def test_reads_a_slot_of_another_version(junk: Any) -> None:
    assert all(isinstance(each, Field) for each in Fields.from_json(junk))
