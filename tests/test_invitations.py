"""Invitations: a link works once, for a week, for one person."""

from __future__ import annotations

import datetime as dt
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from itsdangerous import TimestampSigner

from support import database, invitations, people, sign_ins
from support.config import Config
from support.errors import PeopleError, SignInRefused
from support.models import Role, User
from support.people import TOKEN_HOLDER, Person
from support.sign_in_tries import Try
from tests import team

NEW = "another four words"


def held(link: str) -> str:
    return parse_qs(urlsplit(link).query)["link"][0]


def invite(db: Config, person: Person, now: dt.datetime, by: Person = TOKEN_HOLDER) -> str:
    with database.session_scope() as session:
        user = session.get(User, person.user_id)
        return held(invitations.make(session, user, by, db, now))


def invited(db: Config, link: str) -> User | None:
    with database.read_scope() as session:
        return invitations.invited(session, link, db.secret_key)


def test_lets_the_invited_choose_a_password_once(db: Config, now: dt.datetime) -> None:
    with database.session_scope() as session:
        ann = people.of(people.add(session, "ann", Role.AGENT, "bob", now))
    link = invite(db, ann, now)
    assert invitations.accept(link, NEW, db.secret_key, now) == ann
    assert sign_ins.person(sign_ins.by_password("ann", NEW, Try("c", None), now), now) == ann
    with pytest.raises(PeopleError, match="has been used"):
        invitations.accept(link, "a third password", db.secret_key, now)


def test_leads_to_where_people_reach_the_site(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    with database.session_scope() as session:
        link = invitations.make(session, session.get(User, ann.user_id), TOKEN_HOLDER, db, now)
    assert link.startswith("http://127.0.0.1:5055/admin/invitation?link=")


def test_ends_the_password_so_far_and_the_sessions(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    secret = sign_ins.by_password("ann", team.PASSWORD, Try("c", None), now)
    invite(db, ann, now)
    assert sign_ins.person(secret, now) is None
    with pytest.raises(SignInRefused):
        sign_ins.by_password("ann", team.PASSWORD, Try("c", None), now)


def test_replaces_the_link_before(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    first, second = invite(db, ann, now), invite(db, ann, now)
    assert invited(db, first) is None
    assert invited(db, second) is not None


def test_keeps_the_link_when_the_password_is_refused(db: Config, now: dt.datetime) -> None:
    link = invite(db, team.add(), now)
    with pytest.raises(PeopleError, match="too short"):
        invitations.accept(link, "short", db.secret_key, now)
    assert invited(db, link) is not None


def test_works_for_a_week(db: Config, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    link, made = invite(db, team.add(), now), int(time.time())
    for days, works in ((6.9, True), (7.1, False)):
        later = int(made + days * 86400)
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _, at=later: at)
        assert (invited(db, link) is not None) is works


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "\ud800", "W10.x.y"])
def test_takes_no_forged_link(db: Config, now: dt.datetime, forged: str) -> None:
    link = invite(db, team.add(), now)
    assert invited(db, forged) is None
    assert invited(db, link[1:]) is None
    with database.read_scope() as session:
        assert invitations.invited(session, link, "another key") is None


def test_does_not_work_for_the_disabled(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    link = invite(db, ann, now)
    team.disable(ann)
    assert invited(db, link) is None
    with pytest.raises(PeopleError, match="disabled"):
        invite(db, ann, now)


def test_lets_nobody_invite_themselves(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann", Role.ADMIN)
    with pytest.raises(PeopleError, match="Your account"):
        invite(db, ann, now, by=ann)


def test_lets_only_one_of_two_at_once_choose(db: Config, now: dt.datetime) -> None:
    link, chosen = invite(db, team.add(), now), []

    def choose(password: str) -> None:
        try:
            invitations.accept(link, password, db.secret_key, now)
            chosen.append(password)
        except PeopleError:
            return

    both = [threading.Thread(target=choose, args=(word * 5,)) for word in ("first", "second")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(chosen) == 1
    assert sign_ins.by_password("ann", chosen[0], Try("c", None), now)
