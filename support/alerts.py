"""Telling the owner: the first trouble at once, then now and then while it lasts, then its end.

Every note is a row, written before it is sent, under a key that only one process can take: it names
the note before it. So each note has one successor, however many processes look.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from support import alert_words, database, noted, owner, settings
from support.alert_words import sentence
from support.config import Config
from support.models import Alert
from support.noted import passed
from support.notifications.note import Note
from support.owner import Owner, Ways, second_path_missing
from support.problems import MAIL, Problem, dead, hits_since, problems

__all__ = ["Alarm", "advice", "decide", "problems", "second_path_missing", "warnings"]
logger = logging.getLogger(__name__)

PROBLEM, DIGEST, RECOVERED = "problem", "digest", "recovered"
NOTES = (PROBLEM, DIGEST, RECOVERED)
BETWEEN_NOTES = dt.timedelta(hours=1)
# What has not changed is said again after this.
REMINDER = dt.timedelta(days=1)
# Trouble that is gone for so long is over.
SETTLED = dt.timedelta(minutes=2)
RETRY = dt.timedelta(minutes=5)
NOBODY = "Support Operations has neither an address nor a channel for alerts"


@dataclass(frozen=True)
class Last:
    """The newest note. trouble_at: when one about trouble was written last."""

    id: int
    kind: str
    at: dt.datetime
    accepted: bool
    signature: list[list[str | int | None]]
    trouble_at: dt.datetime


def decide(last: Last | None, found: Sequence[Problem], now: dt.datetime) -> str | None:
    """Which note is to be written now, if any: PROBLEM, DIGEST or RECOVERED."""
    if last is None:
        return PROBLEM if found else None
    if last.kind == RECOVERED:
        return PROBLEM if found and passed(last.trouble_at, now, BETWEEN_NOTES) else None
    if not found:
        return RECOVERED if passed(last.at, now, SETTLED) else None
    changed = signature(found) != last.signature
    return DIGEST if passed(last.at, now, BETWEEN_NOTES if changed else REMINDER) else None


def signature(found: Sequence[Problem]) -> list[list[str | int | None]]:
    """What makes a note worth reading again."""
    return [[problem.kind, problem.channel, problem.count] for problem in found]


def warnings(session: Session, now: dt.datetime) -> list[str]:
    """What is wrong with telling the team, a sentence each."""
    return [sentence(problem) for problem in problems(session, now)]


def advice(session: Session, config: Config) -> list[str]:
    """What is worth setting up before something goes wrong, a sentence each."""
    needed = settings.read(session).enabled and second_path_missing(session, config)
    return [alert_words.NO_SECOND_PATH] if needed else []


class Alarm:
    """Tells the owner by `ways`. link: to Support Operations."""

    def __init__(self, ways: Ways, link: str) -> None:
        self._ways = ways
        self._link = link

    def look(self, now: dt.datetime) -> None:
        """Write and send what is to be told now. Raises SQLAlchemyError."""
        with database.read_scope() as session:
            found, last, whom = problems(session, now), _last(session), owner.read(session)
            hits = hits_since(session, last.at) if last else {}
            text = alert_words.text(found, dead(session, now), hits)
        kind = decide(last, found, now)
        if kind is not None:
            number = noted.write(f"after:{last.id if last else 0}", kind, _detail(found), now)
        elif last and _is_worth_another_try(last, found, whom, now):
            kind, number = last.kind, noted.take_again(last.id, last.at, now, _detail(found))
        else:
            return
        if number is not None:
            note = Note(f"alert-{number}", alert_words.subject(kind, found), text, self._link)
            self._tell(number, note, whom, found)

    def _tell(self, number: int, note: Note, whom: Owner, found: Sequence[Problem]) -> None:
        mail_fails = any(problem.channel == MAIL for problem in found)
        answers = self._ways.tell(whom, note, mail_fails=mail_fails)
        accepted = any(answer.accepted for answer in answers)
        if not accepted:
            said = "; ".join(f"{answer.way}: {answer.answer}" for answer in answers)
            logger.error("The owner was not told that %s: %s", note.subject, said or NOBODY)
        noted.close(number, accepted, answers)


def _is_worth_another_try(
    last: Last, found: Sequence[Problem], whom: Owner, now: dt.datetime
) -> bool:
    """Whether the newest note was accepted nowhere, could be now, and is still true."""
    unheard = not last.accepted and whom.can_be_told and passed(last.at, now, RETRY)
    return unheard and (last.kind == RECOVERED) == (not found)


def _last(session: Session) -> Last | None:
    newest = select(Alert).where(Alert.kind.in_(NOTES)).order_by(Alert.id.desc()).limit(1)
    note = session.scalars(newest).first()
    if note is None:
        return None
    trouble = select(Alert.at).where(Alert.kind.in_((PROBLEM, DIGEST))).order_by(Alert.id.desc())
    trouble_at = session.scalars(trouble.limit(1)).first() or note.at
    known = note.detail.get("signature", [])
    return Last(note.id, note.kind, note.at, note.accepted, known, trouble_at)


def _detail(found: Sequence[Problem]) -> dict[str, Any]:
    return {"signature": signature(found), "words": [sentence(problem) for problem in found]}
