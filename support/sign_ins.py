"""Signing in, and the sessions in browsers that it begins.

A session is a row, so every server knows it, and a row that is deleted ends it. The browser has a
random secret; the row has its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from support import audit, database, passwords, people, sign_in_tries
from support.errors import PeopleError, SignInRefused
from support.models import SignIn, User
from support.people import TOKEN_HOLDER, Person
from support.sign_in_tries import Try

LASTS = dt.timedelta(hours=12)
# Who it really was that tried in vain, nobody knows.
SOMEBODY = "somebody"


def by_password(name: str, password: str, this: Try, now: dt.datetime) -> str:
    """Sign in as a person and return the new session's secret.

    Raises SignInRefused, or TooManySignIns before the password has been looked at.
    """
    user = _checked(name, password, this, now)
    dated = passwords.is_dated(user.password_hash)
    renewed = passwords.hashed(password) if dated else user.password_hash
    with database.session_scope() as session:
        # Disabled, or given another password, while this one was being hashed?
        current = session.get(User, user.id, with_for_update=True)
        if current is None or current.disabled_at or current.password_hash != user.password_hash:
            raise SignInRefused
        current.password_hash = renewed
        sign_in_tries.forget(session, this)
        return _begin(session, people.of(current), now)


def by_admin_token(given: str, expected: str, this: Try, now: dt.datetime) -> str:
    """Sign in as the holder of ADMIN_TOKEN. Returns and raises as `by_password`."""
    with database.session_scope() as session:
        sign_in_tries.count(session, this, now)
    with database.session_scope() as session:
        if hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            sign_in_tries.forget(session, this)
            return _begin(session, TOKEN_HOLDER, now)
        audit.record(session, SOMEBODY, "sign_in.failed", TOKEN_HOLDER.name, now)
    raise SignInRefused("This is not the admin token.")


def change_password(person: Person, password: str, new: str, this: Try, now: dt.datetime) -> str:
    """Give the person another password, end every session of theirs, and begin a new one.

    password: the one so far, asked for lest an unwatched browser be enough. Raises PeopleError, or
    TooManySignIns. Returns the new session's secret.
    """
    passwords.check(new, person.name)
    try:
        user = _checked(person.name, password, this, now)
    except SignInRefused:
        raise PeopleError("This is not your password.", "current") from None
    password_hash = passwords.hashed(new)
    with database.session_scope() as session:
        current = session.get(User, user.id, with_for_update=True)
        if current is None or current.disabled_at or current.password_hash != user.password_hash:
            raise PeopleError("Your password was changed meanwhile.", "current")
        sign_in_tries.forget(session, this)
        current.password_hash = password_hash
        people.sign_out_everywhere(session, current)
        audit.record(session, current.name, "person.password_changed", current.name, now)
        return _begin(session, people.of(current), now)


def person(secret: str, now: dt.datetime) -> Person | None:
    """Whose session this is; None when it has ended, or its person may not sign in any more."""
    with database.read_scope() as session:
        found = session.execute(
            select(SignIn, User)
            .outerjoin(User, SignIn.user_id == User.id)
            .where(SignIn.id == _hash(secret), SignIn.ends_at > now)
        ).first()
        if found is None:
            return None
        sign_in, user = found
        if sign_in.user_id is None:
            return TOKEN_HOLDER
        return None if user is None or user.disabled_at else people.of(user)


def end(secret: str, who: Person, now: dt.datetime) -> None:
    """Sign out: the secret is worth nothing from now on, wherever it was copied to."""
    with database.session_scope() as session:
        session.execute(delete(SignIn).where(SignIn.id == _hash(secret)))
        audit.record(session, who.name, "sign_in.ended", None, now)


def _checked(name: str, password: str, this: Try, now: dt.datetime) -> User:
    """The person whose password this is, as they were before it was hashed."""
    with database.session_scope() as session:
        sign_in_tries.count(session, this, now)
        user = people.find_by_name(session, name)
    known = user if user is not None and people.has_password(user) else None
    # Outside the transaction, which would keep every other writer waiting; and for an unknown name
    # too, so that the time taken does not tell which names there are.
    right = passwords.is_right(known.password_hash if known else None, password)
    if known is None or not right or known.disabled_at is not None:
        with database.session_scope() as session:
            of = user.name if user is not None else None
            audit.record(session, SOMEBODY, "sign_in.failed", of, now)
        raise SignInRefused
    return known


def _begin(session: Session, who: Person, now: dt.datetime) -> str:
    secret = secrets.token_urlsafe(32)
    session.execute(delete(SignIn).where(SignIn.ends_at < now))
    session.add(SignIn(id=_hash(secret), user_id=who.user_id, at=now, ends_at=now + LASTS))
    audit.record(session, who.name, "sign_in.begun", None, now)
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
