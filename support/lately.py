"""What visitors' asks and the requests of the last 24 hours have come to, for /metrics.

Read from indexes on when they began, so that it costs what a day holds and not what is stored.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support import figures
from support.figures import GIVEN_UP_AFTER, Asks, Requests
from support.models import Handoff, Request

WINDOW = dt.timedelta(hours=24)
# A designer may have made more fields than figures are worth.
MOST_QUESTIONS = 20
NO_QUESTION, OTHER = "none", "other"
GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Lately:
    """Of the last 24 hours. given_up_at: how many asks ended at which question."""

    asks: Asks
    given_up_at: dict[str, int]
    requests: Requests


def read(session: Session, now: dt.datetime) -> Lately:
    """Count."""
    since = now - WINDOW
    ends: Counter[str] = Counter()
    questions: Counter[str] = Counter()
    silent = Handoff.changed_at < now - GIVEN_UP_AFTER
    rows = session.execute(
        select(Handoff.outcome, silent, Handoff.question, func.count())
        .where(Handoff.started_at >= since)
        .group_by(Handoff.outcome, silent, Handoff.question)
    )
    for outcome, is_silent, question, count in rows:
        end = figures.end_of(outcome, bool(is_silent))
        ends[end] += count
        if end == GIVEN_UP:
            questions[question or NO_QUESTION] += count
    return Lately(
        asks=Asks(total=sum(ends.values()), **ends),
        given_up_at=_most(questions),
        requests=_requests(session, since),
    )


def by_outcome(asks: Asks) -> dict[str, int]:
    """The asks by how they stand, `asked` being all of them."""
    counts = asdict(asks)
    return {"asked": counts.pop("total"), **counts}


def _most(questions: Counter[str]) -> dict[str, int]:
    most = dict(questions.most_common(MOST_QUESTIONS))
    rest = sum(questions.values()) - sum(most.values())
    return {**most, OTHER: rest} if rest else most


def _requests(session: Session, since: dt.datetime) -> Requests:
    came = Request.created_at >= since
    total, taken = session.execute(
        select(func.count(), func.count(Request.taken_at)).where(came)
    ).one()
    failed = select(func.count()).where(came, *figures.undelivered())
    return Requests(total, session.execute(failed).scalar_one(), taken)
