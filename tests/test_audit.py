"""The record of who did what: what is written, what is found, and that all of it has words."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator

import pytest

from admin import access, audit_words
from support import audit, database, settings, work
from support.audit import Wanted
from support.config import PROJECT, Config

DAY = dt.timedelta(days=1)
ROOMS = ("support", "actions", "admin", "components", "scripts")


@pytest.fixture
def written(db: Config, now: dt.datetime) -> None:
    """What three people did on three days."""
    with database.session_scope() as session:
        audit.record(session, "ann", "request.viewed", "R-AAAAA", now)
        audit.record(session, "bob", "request.listed", None, now + DAY)
        audit.record(session, "cleo", "person.added", "dan", now + 2 * DAY, {"role": "agent"})


def actors(limit: int = 10, before: int | None = None, **wanted: object) -> list[str]:
    with database.read_scope() as session:
        return [e.actor for e in audit.find(session, Wanted(**wanted), limit, before)]


@pytest.mark.usefixtures("written")
def test_finds_the_newest_first_and_page_by_page() -> None:
    assert actors() == ["cleo", "bob", "ann"]
    assert actors(limit=2) == ["cleo", "bob"]
    assert actors(before=2) == ["ann"]


@pytest.mark.usefixtures("written")
def test_filters_by_person_action_object_and_time(now: dt.datetime) -> None:
    assert actors(actor="bob") == ["bob"]
    assert actors(actor="Bob") == []
    assert actors(actions=("request.viewed", "request.listed")) == ["bob", "ann"]
    assert actors(object="dan") == ["cleo"]
    assert actors(since=now + DAY) == ["cleo", "bob"]
    assert actors(until=now + DAY) == ["ann"]
    assert actors(actor="ann", since=now + DAY) == []


def test_writes_a_look_by_itself(db: Config, now: dt.datetime) -> None:
    audit.look("ann", "request.viewed", "R-AAAAA", now, {"by": ["status"]})
    assert actors() == ["ann"]


def test_records_each_change_of_a_setting(db: Config, now: dt.datetime) -> None:
    with database.session_scope() as session:
        settings.update(session, {"phone_region": "DE"}, actor="ann", now=now)
    with database.read_scope() as session:
        [entry] = audit.find(session, Wanted(), 10, None)
    assert (entry.actor, entry.action, entry.object) == ("ann", "settings.changed", "phone_region")
    assert entry.detail == {"old": "US", "new": "DE"}


def recorded_anywhere() -> Iterator[str]:
    """Each action that the code records."""
    # What is done to a request is recorded by the name of its event.
    yield from (f"request.{move.kind.value}" for move in work.MOVES.values())
    for file in (file for room in ROOMS for file in (PROJECT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            # What is done to the flow is handed on by its name before it is recorded.
            if isinstance(node, ast.Constant) and file.name != "audit_words.py":
                yield from re.findall(r"^flow\.[a-z]+ed$", str(node.value))
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if getattr(node.func.value, "id", "") == "audit" and node.func.attr in FUNCTIONS:
                action = node.args[FUNCTIONS[node.func.attr]]
                if isinstance(action, ast.Constant):
                    yield str(action.value)
    yield from (rule.look for rule in access.ROUTES.values() if rule.look)


# Where the action stands among the arguments.
FUNCTIONS = {"record": 2, "look": 1}


def test_has_words_for_every_action() -> None:
    recorded = set(recorded_anywhere())
    assert "sign_in.begun" in recorded
    assert recorded == set(audit_words.ACTIONS)
    assert {action.partition(".")[0] for action in recorded} == set(audit_words.GROUPS)


def test_expands_a_group_of_actions() -> None:
    assert audit_words.expanded("sign_in") == ("sign_in.begun", "sign_in.failed", "sign_in.ended")
    assert audit_words.expanded("request.viewed") == ("request.viewed",)
    assert audit_words.expanded("nothing") == ("nothing",)
    assert audit_words.expanded("") == ()


@pytest.mark.parametrize(
    "detail, words",
    [
        ({}, ""),
        ({"role": "agent"}, "role: agent"),
        ({"old": False, "new": True}, "off → on"),
        (
            {"old": [], "new": ["a@example.org", "b@example.org"]},
            "none → a@example.org, b@example.org",
        ),
        ({"old": "", "new": 0}, "empty → 0"),
        ({"by": ["before", "status"]}, "filtered by: before, status"),
    ],
)
def test_says_details_in_words(detail: dict[str, object], words: str) -> None:
    assert audit_words.detail(detail) == words


def test_finds_what_was_written_in_another_order_than_it_happened(
    db: Config, now: dt.datetime
) -> None:
    with database.session_scope() as session:
        for minutes in (5, 1, 9, 3, 7):
            at = now + dt.timedelta(minutes=minutes)
            audit.record(session, str(minutes), "request.listed", None, at)
            session.flush()
    since, until = now + dt.timedelta(minutes=3), now + dt.timedelta(minutes=7)
    assert actors(since=since, until=until) == ["3", "5"]
    assert actors(until=since) == ["1"]
    assert actors(since=now + DAY) == []
    assert actors(until=now) == []
