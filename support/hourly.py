"""How many messages one target of the team gets in an hour: what is more waits in the queue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from support import settings
from support.due import CLOCKS_DIFFER, is_due
from support.models import Attempt, Delivery, DeliveryStatus

HOUR = dt.timedelta(hours=1)
# A delivery's channel and target.
Target: TypeAlias = tuple[str, str]


def allowed(session: Session) -> int:
    """Messages an hour to one target, by the setting."""
    return settings.read(session).mails_per_hour


def used(session: Session, now: dt.datetime) -> Counter[Target]:
    """How many each target has got in the last hour, or is being sent now."""
    per_target = (Delivery.channel, Delivery.target)
    sent = (
        select(*per_target, func.count())
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        # Times beyond now are from a clock that was wrong, and would count for ever.
        .where(Attempt.accepted, Attempt.at > now - HOUR, Attempt.at < now + CLOCKS_DIFFER)
    )
    sending = select(*per_target, func.count()).where(Delivery.status == DeliveryStatus.SENDING)
    counted: Counter[Target] = Counter()
    for query in (sent, sending):
        for channel, target, count in session.execute(query.group_by(*per_target)):
            counted[channel, target] += count
    return counted


def is_one_of(targets: Sequence[Target]) -> ColumnElement:
    """Condition: a delivery to one of these."""
    return tuple_(Delivery.channel, Delivery.target).in_(targets)


def held_back(session: Session, now: dt.datetime) -> dict[Target, int]:
    """How many wait for each target that has got what the hour allows."""
    limit = allowed(session)
    counted = used(session, now)
    waiting = select(Delivery.channel, Delivery.target, func.count()).where(is_due(now))
    return {
        (channel, target): count
        for channel, target, count in session.execute(
            waiting.group_by(Delivery.channel, Delivery.target)
        )
        if counted[channel, target] >= limit
    }
