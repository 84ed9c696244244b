"""Which deliveries are due: conditions for queries, that stay right when a clock was wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from support.models import Attempt, Delivery, DeliveryStatus

# Longer than any attempt's own time limits, so that only a dead process's claim goes stale.
CLAIM_LASTS = dt.timedelta(seconds=120)
# How far the clocks of two servers may differ before times are taken to be wrong.
CLOCKS_DIFFER = dt.timedelta(minutes=5)


def is_open(delivery: Any = Delivery) -> ColumnElement:
    """Neither accepted nor given up. Two comparisons, so that an index can serve."""
    return or_(delivery.status == DeliveryStatus.QUEUED, delivery.status == DeliveryStatus.SENDING)


def is_due(now: dt.datetime) -> ColumnElement:
    """Waits for an attempt that may be made now.

    What happened to it last may be in the future: then the clock was set back since, and when it
    was to be tried means nothing. The next attempt puts that right.
    """
    last_attempt = (
        select(Attempt.at)
        .where(Attempt.delivery_id == Delivery.id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    happened = func.coalesce(last_attempt, Delivery.created_at)
    return and_(
        Delivery.status == DeliveryStatus.QUEUED,
        or_(Delivery.due_at <= now, happened > now + CLOCKS_DIFFER),
    )


def is_stale(now: dt.datetime) -> ColumnElement:
    """Claimed by a process that has not been heard of for too long."""
    return and_(Delivery.status == DeliveryStatus.SENDING, Delivery.due_at <= now)


def is_claimed_in_the_future(now: dt.datetime) -> ColumnElement:
    """Claimed by a clock that was ahead of this one."""
    return and_(
        Delivery.status == DeliveryStatus.SENDING,
        Delivery.due_at > now + CLAIM_LASTS + CLOCKS_DIFFER,
    )


def wants_work(now: dt.datetime) -> ColumnElement:
    """Any of these; a look at it tells an idle process that it can go on sleeping."""
    return or_(is_due(now), is_stale(now), is_claimed_in_the_future(now))


def waits() -> ColumnElement:
    """Earlier news of the same request to the same target is still on its way."""
    earlier = aliased(Delivery)
    return exists().where(
        earlier.request_id == Delivery.request_id,
        earlier.channel == Delivery.channel,
        earlier.target == Delivery.target,
        earlier.event_id < Delivery.event_id,
        is_open(earlier),
    )
