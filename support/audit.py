"""The record of who did what, written in the transaction that does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from support.models import AuditEntry


def record(
    session: Session,
    actor: str,
    action: str,
    of: str | None,
    now: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry.

    action: a noun and a verb, such as 'request.viewed'. of: what it was done to, such as a
    reference. detail: never what a visitor said or gave.
    """
    session.add(
        AuditEntry(at=now, actor=actor, action=action, object=of, detail=dict(detail or {}))
    )
