"""Tokens for programs: their owner's rights, until they are revoked."""

from __future__ import annotations

import datetime as dt

import pytest

from support import api_tokens, database, people
from support.config import Config
from support.errors import PeopleError
from support.models import ApiToken, Role, User
from support.people import TOKEN_HOLDER
from tests import team


def revoke(token_id: int, owner_id: int | None, now: dt.datetime) -> bool:
    with database.session_scope() as session:
        return api_tokens.revoke(session, token_id, owner_id or 0, TOKEN_HOLDER, now)


def only_token() -> ApiToken:
    with database.read_scope() as session:
        [token] = session.query(ApiToken)
        return token


def test_has_its_owner_s_rights_of_the_moment(db: Config, now: dt.datetime) -> None:
    ann = team.add("ann", Role.AGENT)
    secret = team.token(ann)
    assert api_tokens.owner(secret, now) == ann
    with database.session_scope() as session:
        people.change_role(session, session.get(User, ann.user_id), Role.ADMIN, "bob", now)
    owner = api_tokens.owner(secret, now)
    assert owner is not None
    assert owner.role is Role.ADMIN


def test_keeps_only_a_hash(db: Config, now: dt.datetime) -> None:
    secret = team.token(team.add())
    assert secret.startswith("handoff_")
    assert len(secret) > 48
    assert secret not in str(vars(only_token()))


@pytest.mark.parametrize("other", ["", "handoff_", "x", "\ud800"])
def test_takes_no_other_token(db: Config, now: dt.datetime, other: str) -> None:
    secret = team.token(team.add())
    assert api_tokens.owner(other, now) is None
    assert api_tokens.owner(secret + "x", now) is None
    assert api_tokens.owner(only_token().token_hash, now) is None


def test_says_when_it_was_used_last_to_the_minute(db: Config, now: dt.datetime) -> None:
    secret = team.token(team.add())
    assert only_token().used_at is None
    for seconds, shown in ((0, 0), (59, 0), (60, 60)):
        api_tokens.owner(secret, now + dt.timedelta(seconds=seconds))
        assert only_token().used_at == now + dt.timedelta(seconds=shown)


def test_works_no_more_once_revoked(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    secret = team.token(ann)
    assert revoke(only_token().id, ann.user_id, now)
    assert api_tokens.owner(secret, now) is None
    assert not revoke(only_token().id, ann.user_id, now)


def test_is_not_revoked_under_another_owner(db: Config, now: dt.datetime) -> None:
    ann, bob = team.add("ann"), team.add("bob")
    secret = team.token(ann)
    assert not revoke(only_token().id, bob.user_id, now)
    assert not revoke(999, ann.user_id, now)
    assert api_tokens.owner(secret, now) == ann


def test_rests_while_its_owner_is_disabled(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    secret = team.token(ann)
    team.disable(ann)
    assert api_tokens.owner(secret, now) is None


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\nb"])
def test_needs_a_name(db: Config, name: str) -> None:
    with pytest.raises(PeopleError) as refused:
        team.token(team.add(), name)
    assert refused.value.field == "name"


def test_refuses_more_than_twenty(db: Config, now: dt.datetime) -> None:
    ann = team.add()
    for number in range(20):
        team.token(ann, f"program {number}")
    with pytest.raises(PeopleError, match="revoke one first"):
        team.token(ann)
    with database.read_scope() as session:
        first = api_tokens.working(session, ann.user_id or 0)[0]
    revoke(first.id, ann.user_id, now)
    assert team.token(ann)


def test_is_none_of_the_admin_token_s(db: Config) -> None:
    with pytest.raises(PeopleError, match="under a name of your own"):
        team.token(TOKEN_HOLDER)
