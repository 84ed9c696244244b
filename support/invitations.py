"""The one-time link by which a person chooses a password.

The link holds a signed note of who is invited and of the hash that the person has now. Choosing a
password changes the hash, and so does inviting again: either way the link is used up.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from urllib.parse import urlencode

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from support import audit, database, passwords, people
from support.config import Config
from support.errors import PeopleError
from support.models import User
from support.people import Person

LASTS = dt.timedelta(days=7)
USED_UP = "This link has been used, is older than a week, or was replaced: ask for a new one."


def make(session: Session, user: User, by: Person, config: Config, now: dt.datetime) -> str:
    """A new invitation; the password so far and all sessions end. Raises PeopleError.

    Returns the link. The user has been stored.
    """
    if user.disabled_at is not None:
        raise PeopleError(f"{user.name} is disabled and cannot be invited.")
    if by.user_id == user.id:
        raise PeopleError("Your own password is changed under “Your account”.")
    user.password_hash = people.no_password()
    people.sign_out_everywhere(session, user)
    audit.record(session, by.name, "person.invited", user.name, now)
    held = _signer(config.secret_key).dumps([user.id, _fingerprint(user)])
    return f"{config.admin_url}/invitation?{urlencode({'link': held})}"


def invited(
    session: Session, invitation: str, secret_key: str, *, lock: bool = False
) -> User | None:
    """Whom a link is for; None when it is forged, too old or used up."""
    try:
        user_id, fingerprint = _signer(secret_key).loads(
            invitation, max_age=int(LASTS.total_seconds())
        )
    except (BadData, TypeError, ValueError):
        return None
    user: User | None = session.get(User, user_id, with_for_update=lock)
    if user is None or user.disabled_at is not None:
        return None
    return user if hmac.compare_digest(_fingerprint(user), fingerprint) else None


def accept(invitation: str, password: str, secret_key: str, now: dt.datetime) -> Person:
    """Give the invited person this password. Raises PeopleError, then the link still works."""
    with database.read_scope() as session:
        user = invited(session, invitation, secret_key)
    if user is None:
        raise PeopleError(USED_UP)
    passwords.check(password, user.name)
    # Hashing takes a while, and a transaction would keep every other writer waiting.
    password_hash = passwords.hashed(password)
    with database.session_scope() as session:
        # Two who follow one link at once: only the first may choose.
        user = invited(session, invitation, secret_key, lock=True)
        if user is None:
            raise PeopleError(USED_UP)
        user.password_hash = password_hash
        audit.record(session, user.name, "person.password_chosen", user.name, now)
        return people.of(user)


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="support.invitation")


def _fingerprint(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:20]
