"""People: roles, adding, changing and disabling them, and never without an admin."""

from __future__ import annotations

import datetime as dt

import pytest

from support import database, people, sign_ins
from support.config import Config
from support.errors import PeopleError
from support.models import AuditEntry, Role, User
from support.people import Person
from support.sign_in_tries import Try
from tests import team


@pytest.mark.parametrize(
    "role, allowed",
    [
        (Role.AGENT, {Role.AGENT}),
        (Role.DESIGNER, {Role.AGENT, Role.DESIGNER}),
        (Role.ADMIN, {Role.AGENT, Role.DESIGNER, Role.ADMIN}),
    ],
)
def test_each_role_may_what_those_before_it_may(role: Role, allowed: set[Role]) -> None:
    assert {needed for needed in Role if Person("Ann", role).may(needed)} == allowed


def stored(person: Person) -> User:
    with database.read_scope() as session:
        user = people.find(session, person.user_id or 0)
        assert user is not None
        return user


def add(name: str, now: dt.datetime) -> User:
    with database.session_scope() as session:
        return people.add(session, name, Role.AGENT, "ann", now)


def change_role(person: Person, role: Role, now: dt.datetime) -> None:
    with database.session_scope() as session:
        user = session.get(User, person.user_id)
        people.change_role(session, user, role, "ann", now)


def recorded() -> list[tuple[str, str, str | None]]:
    with database.read_scope() as session:
        return [(e.actor, e.action, e.object) for e in session.query(AuditEntry)]


def test_adds_somebody_without_a_password(db: Config, now: dt.datetime) -> None:
    user = add("  Zoë  ", now)
    assert (user.name, user.role, people.has_password(user)) == ("Zoë", Role.AGENT, False)
    assert people.are_there()
    assert recorded() == [("ann", "person.added", "Zoë")]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "a\x00b", "\ud800"])
def test_refuses_a_name_that_cannot_be_one(db: Config, now: dt.datetime, name: str) -> None:
    with pytest.raises(PeopleError) as refused:
        add(name, now)
    assert refused.value.field == "name"
    assert not people.are_there()


@pytest.mark.parametrize("name", ["admin", "Admin", "visitor", "somebody", "command line"])
def test_refuses_a_name_that_the_record_has_for_others(
    db: Config, now: dt.datetime, name: str
) -> None:
    with pytest.raises(PeopleError, match="the record has it for others"):
        add(name, now)


def test_never_gives_a_name_again(db: Config, now: dt.datetime) -> None:
    team.disable(team.add("Zoë"))
    for name in ("Zoë", "ZOË", "zoe\u0308"):
        with pytest.raises(PeopleError, match="already"):
            add(name, now)


def test_finds_by_name_in_capitals_or_not(db: Config) -> None:
    team.add("Ärlene")
    with database.read_scope() as session:
        assert people.find_by_name(session, " äRLENE ") is not None
        assert people.find_by_name(session, "Arlene") is None


def test_keeps_the_last_admin_who_can_sign_in(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann", Role.ADMIN)
    with database.session_scope() as session:
        people.add(session, "invited", Role.ADMIN, "ann", now)
    team.disable(team.add("gone", Role.DESIGNER))
    with pytest.raises(PeopleError, match="ann is the only admin who can sign in"):
        change_role(ann, Role.AGENT, now)
    with pytest.raises(PeopleError, match="ann is the only admin who can sign in"):
        team.disable(ann)
    assert (stored(ann).role, stored(ann).disabled_at) == (Role.ADMIN, None)


def test_lets_an_admin_go_when_there_is_another(db: Config, now: dt.datetime) -> None:
    ann, bob = team.add("ann", Role.ADMIN), team.add("bob", Role.ADMIN)
    change_role(ann, Role.AGENT, now)
    assert stored(ann).role is Role.AGENT
    with pytest.raises(PeopleError):
        team.disable(bob)


def test_records_only_what_changes(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann", Role.AGENT)
    change_role(ann, Role.AGENT, now)
    change_role(ann, Role.DESIGNER, now)
    for _ in range(2):
        with database.session_scope() as session:
            people.disable(session, session.get(User, ann.user_id), "bob", now)
    for _ in range(2):
        with database.session_scope() as session:
            people.enable(session, session.get(User, ann.user_id), "bob", now)
    assert [action for _, action, _ in recorded()] == [
        "person.added",
        "person.role_changed",
        "person.disabled",
        "person.enabled",
    ]


def test_signs_a_disabled_person_out_everywhere(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann")
    secret = sign_ins.by_password("ann", team.PASSWORD, Try("home", None), now)
    team.disable(ann)
    with database.session_scope() as session:
        people.enable(session, session.get(User, ann.user_id), "bob", now)
    assert sign_ins.person(secret, now) is None
