"""Who works with Support Operations: people with a name, a role, and a password of their own.

A name is never given to somebody else and never changed, because the record of who did what is kept
by name. Somebody who leaves is disabled.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from support import audit, database
from support.errors import PeopleError
from support.models import Role, SignIn, User

RANKS = {role: rank for rank, role in enumerate(Role)}
LONGEST_NAME = 60
# The record has these for others than people.
RESERVED = {
    "admin",
    "assistant",
    "command line",
    "retention",
    "somebody",
    "support",
    "system",
    "visitor",
}
NO_PASSWORD = "!"  # noqa: S105 - how the hash of nobody's password begins


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in. user_id: None for the holder of ADMIN_TOKEN."""

    name: str
    role: Role
    user_id: int | None = None

    def may(self, needed: Role) -> bool:
        """Whether this person's role includes what needs `needed`."""
        return RANKS[self.role] >= RANKS[needed]


TOKEN_HOLDER = Person("admin", Role.ADMIN)


def of(user: User) -> Person:
    """The person that this row stands for."""
    return Person(user.name, user.role, user.id)


def everyone(session: Session) -> list[User]:
    """All, by name; those who have left last."""
    by_name = select(User).order_by(User.disabled_at.is_not(None), func.lower(User.name))
    return list(session.scalars(by_name))


def are_there() -> bool:
    """Whether anybody can sign in by name."""
    with database.read_scope() as session:
        return session.scalars(select(User.id).limit(1)).first() is not None


def find(session: Session, user_id: int) -> User | None:
    """The person with this number."""
    user: User | None = session.get(User, user_id)
    return user


def find_by_name(session: Session, name: str) -> User | None:
    """The person with this name, in capitals or not."""
    wanted = _folded(name)
    # Databases differ in what they take for a capital.
    named = (user for user in session.scalars(select(User)) if _folded(user.name) == wanted)
    return next(named, None)


def add(session: Session, name: str, role: Role, by: str, now: dt.datetime) -> User:
    """Somebody new, who has to choose a password by an invitation. Raises PeopleError."""
    # Two at once would each find the name free.
    database.lock(session, User.__tablename__)
    name = clean(name, LONGEST_NAME)
    if _folded(name) in RESERVED:
        raise PeopleError(f"Nobody can be called {name!r}: the record has it for others.", "name")
    if find_by_name(session, name) is not None:
        raise PeopleError(
            f"There is somebody called {name!r} already; names are never used again.", "name"
        )
    user = User(name=name, role=role, password_hash=no_password(), created_at=now)
    session.add(user)
    session.flush()
    audit.record(session, by, "person.added", name, now, {"role": role.value})
    return user


def change_role(session: Session, user: User, role: Role, by: str, now: dt.datetime) -> None:
    """Give this role, in force from the next click on. Raises PeopleError for the last admin's."""
    if user.role is role:
        return
    _keep_an_admin(session, user)
    detail = {"old": user.role.value, "new": role.value}
    user.role = role
    audit.record(session, by, "person.role_changed", user.name, now, detail)


def disable(session: Session, user: User, by: str, now: dt.datetime) -> None:
    """Sign out everywhere and for good; tokens work no more. Raises PeopleError: the last admin."""
    if user.disabled_at is not None:
        return
    _keep_an_admin(session, user)
    user.disabled_at = now
    sign_out_everywhere(session, user)
    audit.record(session, by, "person.disabled", user.name, now)


def enable(session: Session, user: User, by: str, now: dt.datetime) -> None:
    """Let somebody who was disabled sign in again, with password and tokens as before."""
    if user.disabled_at is None:
        return
    user.disabled_at = None
    audit.record(session, by, "person.enabled", user.name, now)


def sign_out_everywhere(session: Session, user: User) -> None:
    """End each of the person's sessions in browsers."""
    session.execute(delete(SignIn).where(SignIn.user_id == user.id))


def has_password(user: User) -> bool:
    """Whether the person has ever chosen a password, and not been invited again since."""
    return not user.password_hash.startswith(NO_PASSWORD)


def no_password() -> str:
    """A password's hash that no password has, another one each time."""
    return NO_PASSWORD + secrets.token_urlsafe(24)


def clean(text: str, longest: int, field: str = "name") -> str:
    """A name without blanks around it. Raises PeopleError when it is empty, long or unreadable."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= longest:
        raise PeopleError(f"A name needs 1 to {longest} characters.", field)
    if not name.isprintable():
        raise PeopleError("A name is one line of letters, digits and signs.", field)
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _keep_an_admin(session: Session, user: User) -> None:
    # Two at once would each count the other's admin.
    database.lock(session, User.__tablename__)
    others = select(User).where(
        User.role == Role.ADMIN,
        User.disabled_at.is_(None),
        User.password_hash.not_like(f"{NO_PASSWORD}%"),
    )
    able = list(session.scalars(others))
    if able == [user]:
        raise PeopleError(
            f"{user.name} is the only admin who can sign in: make somebody else an admin first, "
            "who has chosen a password."
        )
