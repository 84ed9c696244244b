"""Signing in, and the brake on guessing, with a clock of the test's own."""

from __future__ import annotations

import datetime as dt
import statistics
import time

import pytest
from argon2 import PasswordHasher

from support import audit, database, people, sign_in_tries, sign_ins
from support.config import Config
from support.errors import PeopleError, SignInRefused, TooManySignIns
from support.models import Role, SignIn, SignInFailure, User
from support.people import TOKEN_HOLDER, Person
from support.sign_in_tries import Try
from tests import team

HERE = Try("here", "ann")
SECOND = dt.timedelta(seconds=1)


def enter(now: dt.datetime, password: str = team.PASSWORD, this: Try = HERE) -> str:
    return sign_ins.by_password("ann", password, this, now)


def fail(now: dt.datetime, times: int = 1, this: Try = HERE) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            sign_ins.by_admin_token("wrong", "token", this, now)


def actions() -> list[tuple[str, str, str | None]]:
    with database.read_scope() as session:
        found = audit.find(session, audit.Wanted(actions=FAILED_OR_NOT), 50, None)
        return [(entry.actor, entry.action, entry.object) for entry in found]


FAILED_OR_NOT = ("sign_in.begun", "sign_in.failed", "sign_in.ended", "person.password_changed")


def test_knows_who_has_signed_in(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann", Role.DESIGNER)
    assert sign_ins.person(enter(now), now) == ann
    assert sign_ins.person(sign_ins.by_password("ANN", team.PASSWORD, HERE, now), now) == ann
    secret = sign_ins.by_admin_token("žluť", "žluť", Try("here", None), now)
    assert sign_ins.person(secret, now) == TOKEN_HOLDER


def test_keeps_no_secret(db: Config, now: dt.datetime) -> None:
    team.add()
    secret = enter(now)
    with database.read_scope() as session:
        [row] = session.query(SignIn)
    assert secret not in row.id
    assert len(row.id) == 64


@pytest.mark.parametrize("password", ["", "wrong", team.PASSWORD.upper(), "x" * 10_000, "\ud800"])
def test_refuses_another_password(db: Config, now: dt.datetime, password: str) -> None:
    team.add()
    with pytest.raises(SignInRefused, match="The name or the password is wrong"):
        enter(now, password)
    assert actions() == [("somebody", "sign_in.failed", "ann")]


def test_refuses_who_is_unknown_disabled_or_only_invited(db: Config, now: dt.datetime) -> None:
    team.disable(team.add("ann"))
    with database.session_scope() as session:
        people.add(session, "bob", Role.AGENT, "ann", now)
    for number, name in enumerate(("ann", "bob", "nobody", "a\x00b", "x" * 10_000)):
        with pytest.raises(SignInRefused, match="The name or the password is wrong"):
            sign_ins.by_password(name, team.PASSWORD, Try(f"network {number}", None), now)
    assert [of for _, _, of in actions()] == [None, None, None, "bob", "ann"]


def test_takes_as_long_for_a_name_that_nobody_has(db: Config, now: dt.datetime) -> None:
    team.add()

    def seconds(name: str, number: int) -> float:
        began = time.perf_counter()
        with pytest.raises(SignInRefused):
            sign_ins.by_password(name, "wrong wrong", Try(f"{name}{number}", None), now)
        return time.perf_counter() - began

    known = statistics.median(seconds("ann", number) for number in range(5))
    unknown = statistics.median(seconds("nobody", number) for number in range(5))
    # Without a hash it would be a hundredth; the rest is the machine's mood.
    assert unknown > known / 5


def test_hashes_anew_what_was_hashed_more_weakly(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(team.PASSWORD)
    with database.session_scope() as session:
        session.get(User, ann.user_id).password_hash = weak
    enter(now)
    with database.read_scope() as session:
        assert "m=65536" in session.get(User, ann.user_id).password_hash
    assert enter(now)


def test_ends_a_session_for_good(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    one, other = enter(now), enter(now)
    sign_ins.end(one, ann, now)
    assert sign_ins.person(one, now) is None
    assert sign_ins.person(other, now) == ann
    assert sign_ins.person("", now) is None
    assert sign_ins.person("\ud800", now) is None


def test_ends_a_session_after_twelve_hours(db: Config, now: dt.datetime) -> None:
    team.add()
    secret = enter(now)
    assert sign_ins.person(secret, now + sign_ins.LASTS - SECOND) is not None
    assert sign_ins.person(secret, now + sign_ins.LASTS) is None
    enter(now + sign_ins.LASTS + SECOND)
    with database.read_scope() as session:
        assert session.query(SignIn).count() == 1


def test_uses_a_role_from_when_it_is_given(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    secret = enter(now)
    with database.session_scope() as session:
        people.change_role(session, session.get(User, ann.user_id), Role.ADMIN, "bob", now)
    assert sign_ins.person(secret, now) == Person("ann", Role.ADMIN, ann.user_id)


# --- changing the password ---


def test_changes_a_password_and_ends_the_other_sessions(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    before = enter(now)
    secret = sign_ins.change_password(ann, team.PASSWORD, "another password", HERE, now)
    assert sign_ins.person(before, now) is None
    assert sign_ins.person(secret, now) == ann
    assert sign_ins.person(enter(now, "another password"), now) == ann
    with pytest.raises(SignInRefused):
        enter(now)


@pytest.mark.parametrize(
    "current, new, field",
    [("wrong", "another password", "current"), (team.PASSWORD, "short", "password")],
)
def test_changes_nothing_for_a_wrong_password_or_a_bad_one(
    db: Config, now: dt.datetime, current: str, new: str, field: str
) -> None:
    ann = team.add()
    secret = enter(now)
    with pytest.raises(PeopleError) as refused:
        sign_ins.change_password(ann, current, new, HERE, now)
    assert refused.value.field == field
    assert sign_ins.person(secret, now) == ann
    assert enter(now)


# --- the brake ---


def test_looks_at_no_sixth_try_in_a_minute(db: Config, now: dt.datetime) -> None:
    for second in range(5):
        fail(now + second * SECOND)
    with pytest.raises(TooManySignIns) as refused:
        sign_ins.by_admin_token("token", "token", HERE, now + 5 * SECOND)
    assert refused.value.seconds == 55
    assert "55 seconds" in str(refused.value)
    assert sign_ins.by_admin_token("token", "token", HERE, now + 60 * SECOND)


def test_counts_each_network_for_itself(db: Config, now: dt.datetime) -> None:
    fail(now, 5)
    assert sign_ins.by_admin_token("token", "token", Try("there", None), now)


def test_counts_a_name_wherever_the_tries_come_from(db: Config, now: dt.datetime) -> None:
    team.add()
    for number in range(10):
        fail(now, this=Try(f"network {number}", "ann"))
    with pytest.raises(TooManySignIns) as refused:
        enter(now)
    assert refused.value.seconds == 300
    assert sign_ins.by_password("ann", team.PASSWORD, Try("here", "other"), now)


def test_slows_down_who_is_patient(db: Config, now: dt.datetime) -> None:
    for minute in range(8):
        fail(now + dt.timedelta(minutes=minute), 5, Try("here", f"name {minute}"))
    with pytest.raises(TooManySignIns):
        enter(now + dt.timedelta(minutes=9))


def test_forgets_wrong_tries_once_one_was_right(db: Config, now: dt.datetime) -> None:
    team.add()
    fail(now, 4)
    enter(now)
    fail(now, 4)
    enter(now)
    with database.read_scope() as session:
        assert session.query(SignInFailure).count() == 0


def test_does_not_forget_tries_under_other_names(db: Config, now: dt.datetime) -> None:
    team.add()
    fail(now, 4, Try("here", "bob"))
    enter(now)
    fail(now, 1, Try("here", "bob"))
    with pytest.raises(TooManySignIns):
        enter(now)


def test_keeps_tries_for_a_day(db: Config, now: dt.datetime) -> None:
    fail(now, 3)
    fail(now + dt.timedelta(days=1, seconds=1))
    with database.read_scope() as session:
        assert session.query(SignInFailure).count() == 1


def test_keeps_no_name_that_was_typed() -> None:
    this = sign_in_tries.of("here", " Ann ", "secret")
    assert this == sign_in_tries.of("here", "ann", "secret")
    assert this != sign_in_tries.of("here", "ann", "other secret")
    assert "ann" not in str(this.name).lower()
    assert len(str(this.name)) == 32
