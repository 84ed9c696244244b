"""Answers to fields that a designer added, wherever a request is seen, told or erased."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support import database, exports, person_data
from support.config import Config
from support.guard import Guard
from support.inbox import Wanted, find
from support.matching import Person
from support.models import Request
from support.notifications import words
from support.notifications.message import Added
from support.notifications.slack import Slack
from support.notifications.webhook import Webhook
from support.requests import Answer
from support.tracker_rows import TrackerRows
from tests.stored import submit, switch_on
from tests.test_email import ANN

ORDER = Answer("order_number", "Order number", "AB-1234")
TOLD = replace(ANN, answers=(Added("order_number", "Order number", "AB-1234"),))


@pytest.fixture
def ann(db: Config) -> int:
    """Ann's request, with an order number."""
    switch_on()
    return submit(answers=(ORDER,))


@pytest.mark.parametrize("typed", ["AB-1234", "ab 1234", "1234"])
def test_finds_a_request_by_them(ann: int, typed: str) -> None:
    with database.read_scope() as session:
        assert [row.id for row in find(session, Wanted(words=typed), 10)] == [ann]


def test_exports_them(ann: int) -> None:
    [piece] = exports.pieces(Wanted())
    assert "Order number: AB-1234" in exports.csv_of(piece)


def test_exports_none_that_a_spreadsheet_would_compute(db: Config) -> None:
    switch_on()
    submit(answers=(Answer("sum", "=1+1", "2"),))
    [piece] = exports.pieces(Wanted())
    assert "'=1+1: 2" in exports.csv_of(piece)


def test_tells_them_on_every_channel() -> None:
    assert ("Order number", "AB-1234") in words.facts(TOLD)
    hook = Webhook({"url": "https://example.org", "signing_key": "k"}, Guard([]), None)
    assert hook.render(TOLD)["request"]["answers"] == [
        {"name": "order_number", "label": "Order number", "value": "AB-1234"}
    ]
    slack = Slack({"url": "https://hooks.slack.com/services/x"}, Guard([]), None)
    assert "AB-1234" in str(slack.render(TOLD))


def test_confuses_them_with_no_fact_of_its_own() -> None:
    facts = words.facts(replace(ANN, answers=(Added("shop", "Where", "Bonn"),)))
    assert ("Where", "Bonn") in facts
    assert [label for label, _ in facts].count("Where") == 2


def test_marks_those_that_could_not_be_checked() -> None:
    facts = words.facts(replace(TOLD, unverified=("order_number",)))
    assert ("Order number", "AB-1234 (not verified)") in facts


def test_erases_them_with_the_person(ann: int, db: Config) -> None:
    rows = TrackerRows(db.conversations_url)
    found = person_data.erase(Person("email", ANN.email or ""), rows, "carla", ANN.created_at)
    assert found is not None
    with database.read_scope() as session:
        assert session.get(Request, ann) is None
        assert find(session, Wanted(words="AB-1234"), 10) == []


def test_finds_a_person_who_is_named_in_one(ann: int, db: Config) -> None:
    submit(handoff_id="b", answers=(Answer("billing", "Billing address", "carl@example.net"),))
    carl = Person("email", "carl@example.net")
    found = person_data.find(carl, TrackerRows(db.conversations_url), "carla", ANN.created_at)
    assert (len(found.references), len(found.others)) == (0, 1)
