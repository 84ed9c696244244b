"""Rows about what the owner is told: each is one process's to send, and sent again if need be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from support import database
from support.due import CLOCKS_DIFFER
from support.models import Alert
from support.owner import Answer


def passed(since: dt.datetime, now: dt.datetime, least: dt.timedelta) -> bool:
    """Whether it is so long ago; a time in the future is from a clock that was wrong."""
    return now - since >= least or since > now + CLOCKS_DIFFER


def write(key: str, kind: str, detail: Mapping[str, Any], now: dt.datetime) -> int | None:
    """The number of a new row that is this process's to send; None when another was first."""
    try:
        with database.session_scope() as session:
            row = Alert(key=key, kind=kind, at=now, detail=dict(detail), answers=[])
            session.add(row)
            session.flush()
            return int(row.id)
    except IntegrityError:
        return None


def take_again(
    number: int, at: dt.datetime, now: dt.datetime, detail: Mapping[str, Any]
) -> int | None:
    """The same for a row that was to be sent at that time, and was not accepted."""
    with database.session_scope() as session:
        taken = session.execute(
            update(Alert)
            .where(Alert.id == number, Alert.at == at)
            .values(at=now, detail=dict(detail))
        )
        return number if taken.rowcount else None


def answers(number: int) -> list[Answer]:
    """What came of it when it was sent last; nothing before that."""
    with database.read_scope() as session:
        row = session.get(Alert, number)
        return [Answer(**each) for each in row.answers] if row is not None else []


def close(number: int, accepted: bool, answers: Sequence[Answer]) -> None:
    """Write down what became of it."""
    said = [asdict(answer) for answer in answers]
    with database.session_scope() as session:
        session.execute(
            update(Alert).where(Alert.id == number).values(accepted=accepted, answers=said)
        )
