"""Tokens for programs: each has the rights that its owner has at the moment.

A token is shown once, when it is made. It is long and random, so a plain hash keeps it safe.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from support import audit, database, people
from support.errors import PeopleError
from support.models import ApiToken, User
from support.people import Person

# Tools that look for secrets in places where none should be can know ours.
PREFIX = "handoff_"
LONGEST_NAME = 60
MOST = 20
# Each use would be a write otherwise.
USED_EVERY = dt.timedelta(minutes=1)


def make(session: Session, owner: Person, name: str, now: dt.datetime) -> tuple[ApiToken, str]:
    """A new token and its secret, which is known from here on to the owner alone.

    Raises PeopleError.
    """
    if owner.user_id is None:
        raise PeopleError("The admin token is one already. Sign in under a name of your own.")
    name = people.clean(name, LONGEST_NAME)
    # So that two at once do not both count too few.
    session.get(User, owner.user_id, with_for_update=True)
    if len(working(session, owner.user_id)) >= MOST:
        raise PeopleError(f"More than {MOST} tokens are too many; revoke one first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(user_id=owner.user_id, name=name, token_hash=_hash(secret), created_at=now)
    session.add(token)
    session.flush()
    audit.record(session, owner.name, "token.made", owner.name, now, {"token": name})
    return token, secret


def working(session: Session, user_id: int) -> list[ApiToken]:
    """The person's tokens that are not revoked, oldest first."""
    mine = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(mine.order_by(ApiToken.id)))


def revoke(session: Session, token_id: int, owner_id: int, by: Person, now: dt.datetime) -> bool:
    """Let a token work no more; False when this owner has no such token."""
    token = session.get(ApiToken, token_id, with_for_update=True)
    if token is None or token.user_id != owner_id or token.revoked_at is not None:
        return False
    token.revoked_at = now
    owner = session.get(User, owner_id)
    audit.record(session, by.name, "token.revoked", owner.name, now, {"token": token.name})
    return True


def owner(secret: str, now: dt.datetime) -> Person | None:
    """Whose token this is; None when it is none, revoked, or its owner may not sign in any more."""
    with database.read_scope() as session:
        found = session.execute(
            select(ApiToken, User)
            .join(User, ApiToken.user_id == User.id)
            .where(
                ApiToken.token_hash == _hash(secret),
                ApiToken.revoked_at.is_(None),
                User.disabled_at.is_(None),
            )
        ).first()
    if found is None:
        return None
    token, user = found
    if token.used_at is None or now - token.used_at >= USED_EVERY:
        with database.session_scope() as session:
            session.execute(update(ApiToken).where(ApiToken.id == token.id).values(used_at=now))
    return people.of(user)


def count_by_owner(session: Session) -> dict[int, int]:
    """How many working tokens people have."""
    counted = (
        select(ApiToken.user_id, func.count())
        .where(ApiToken.revoked_at.is_(None))
        .group_by(ApiToken.user_id)
    )
    return dict(session.execute(counted).all())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
