"""People and their tokens, as the pages and the API read and change them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from admin import shapes
from admin.errors import Refused
from support import api_tokens, database, invitations, people
from support.config import Config
from support.delivery import utc_now
from support.errors import PeopleError
from support.models import ApiToken, Role, User
from support.people import Person

Shown = dict[str, Any]
NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Invitation:
    """A person with the link to choose a password by; the link is shown once."""

    person: Shown
    link: str
    ends_at: str


def everyone() -> list[Shown]:
    """All people, by name; those who have left last."""
    with database.read_scope() as session:
        tokens = api_tokens.count_by_owner(session)
        return [_person(user, tokens.get(user.id, 0)) for user in people.everyone(session)]


def one(person_id: str) -> Shown:
    """A person with their tokens. Raises Refused: 404."""
    with database.read_scope() as session:
        return _with_tokens(session, _user(session, person_id))


def add(by: Person, name: str, role: str, config: Config) -> Invitation:
    """Somebody new, and the invitation. Raises PeopleError."""
    now = utc_now()
    with database.session_scope() as session:
        user = people.add(session, name, _role(role), by.name, now)
        return _invite(session, user, by, config, now)


def change(by: Person, person_id: str, role: str | None, disabled: bool | None) -> Shown:
    """Another role, disabled or not; None: as it is. Raises PeopleError, or Refused: 404."""
    now = utc_now()
    with database.session_scope() as session:
        user = _user(session, person_id)
        if role is not None:
            people.change_role(session, user, _role(role), by.name, now)
        if disabled is not None:
            (people.disable if disabled else people.enable)(session, user, by.name, now)
        session.flush()
        return _with_tokens(session, user)


def invite(by: Person, person_id: str, config: Config) -> Invitation:
    """A new link; the password so far works no more. Raises PeopleError, or Refused: 404."""
    with database.session_scope() as session:
        return _invite(session, _user(session, person_id), by, config, utc_now())


def tokens(owner: Person) -> list[Shown]:
    """The person's own tokens."""
    if owner.user_id is None:
        return []
    with database.read_scope() as session:
        return [_token(row) for row in api_tokens.working(session, owner.user_id)]


def make_token(owner: Person, name: str) -> tuple[Shown, str]:
    """A new token of the person's own, and its secret. Raises PeopleError."""
    with database.session_scope() as session:
        row, secret = api_tokens.make(session, owner, name, utc_now())
        return _token(row), secret


def revoke_token(by: Person, owner_id: str, token_id: str) -> None:
    """Let a token work no more. Raises Refused: 404."""
    with database.session_scope() as session:
        user, number = _user(session, owner_id), _number(token_id)
        if not api_tokens.revoke(session, number, user.id, by, utc_now()):
            raise Refused(404, "not_found", "There is no such token.")


def _invite(
    session: Session, user: User, by: Person, config: Config, now: dt.datetime
) -> Invitation:
    link = invitations.make(session, user, by, config, now)
    return Invitation(_with_tokens(session, user), link, shapes.iso(now + invitations.LASTS))


def _user(session: Session, person_id: str) -> User:
    user = people.find(session, _number(person_id))
    if user is None:
        raise Refused(404, "not_found", "There is nobody with this number.")
    return user


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise Refused(404, "not_found", "There is nothing with this number.")
    return int(text)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        roles = ", ".join(role.value for role in Role)
        raise PeopleError(f"The role must be one of {roles}.", "role") from None


def _with_tokens(session: Session, user: User) -> Shown:
    rows = api_tokens.working(session, user.id)
    return {**_person(user, len(rows)), "tokens": [_token(row) for row in rows]}


def _person(user: User, tokens: int) -> Shown:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role.value,
        "created_at": shapes.iso(user.created_at),
        "disabled_at": shapes.iso(user.disabled_at) if user.disabled_at else None,
        "has_password": people.has_password(user),
        "token_count": tokens,
    }


def _token(row: ApiToken) -> Shown:
    return {
        "id": row.id,
        "name": row.name,
        "created_at": shapes.iso(row.created_at),
        "used_at": shapes.iso(row.used_at) if row.used_at else None,
    }
