"""The brake on guessing passwords and tokens, counted in the database for all servers together.

A try is counted before it is looked at and forgotten when it was right, so that many at once are no
way around. Network addresses and names are kept as hashes, for a day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import math
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from support import database
from support.errors import TooManySignIns
from support.models import SignInFailure

# What is counted, how many wrong ones there may be, in how many seconds. By name it is counted
# wherever the tries come from, and generously: somebody else's tries must not keep the owner out.
LIMITS = (
    (SignInFailure.client, 5, 60),
    (SignInFailure.client, 40, 3600),
    (SignInFailure.name, 10, 300),
)
KEPT = dt.timedelta(days=1)


@dataclass(frozen=True)
class Try:
    """Whence somebody tries to sign in, and as whom (None: with the admin token), both hashed."""

    client: str
    name: str | None


def of(client: str, name: str | None, secret_key: str) -> Try:
    """A try from this hashed network address, as whoever was typed."""
    if name is None:
        return Try(client, None)
    message = f"name:{name.strip().lower()}".encode("utf-8", "replace")
    return Try(client, hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()[:32])


def count(session: Session, this: Try, now: dt.datetime) -> None:
    """Count a try that is about to be looked at. Raises TooManySignIns: then it must not be."""
    database.lock(session, SignInFailure.__tablename__)
    for column, most, seconds in LIMITS:
        value = getattr(this, column.key)
        if value is None:
            continue
        since = now - dt.timedelta(seconds=seconds)
        newest = select(SignInFailure.at).where(column == value, SignInFailure.at > since)
        tries = list(session.scalars(newest.order_by(SignInFailure.at.desc()).limit(most)))
        if len(tries) == most:
            raise TooManySignIns(math.ceil((tries[-1] - since).total_seconds()))
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - KEPT))
    session.add(SignInFailure(at=now, client=this.client, name=this.name))


def forget(session: Session, this: Try) -> None:
    """Count the wrong ones no more, now that one from there was right for this name."""
    session.execute(
        delete(SignInFailure).where(
            SignInFailure.client == this.client,
            SignInFailure.name.is_(None) if this.name is None else SignInFailure.name == this.name,
        )
    )
