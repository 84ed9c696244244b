"""Settings, changes and requests as plain values: the API's answers, and what the pages show.

Built inside the database session, because relations are read as they are reached.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from support import channels, work
from support.models import Attempt, Channel, Delivery, Erasure, Request, RequestEvent, SettingChange
from support.settings import SETTINGS, Settings

T = TypeVar("T", SettingChange, Erasure)


def settings(current: Settings) -> dict[str, Any]:
    """The settings by name."""
    values = {setting.name: getattr(current, setting.name) for setting in SETTINGS}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def etag(current: Settings) -> str:
    """A quoted tag that is the same exactly as long as all settings are."""
    canonical = json.dumps(settings(current), sort_keys=True)
    return f'"{hashlib.sha256(canonical.encode()).hexdigest()[:20]}"'


def change(row: SettingChange) -> dict[str, Any]:
    """One change: when, who, what, from, to."""
    return {
        "at": iso(row.at),
        "actor": row.actor,
        "name": row.name,
        "old": row.old,
        "new": row.new,
    }


def erasure(row: Erasure) -> dict[str, Any]:
    """One receipt."""
    return {
        "id": row.id,
        "at": iso(row.at),
        "actor": row.actor,
        "kind": row.kind,
        "counts": dict(row.counts),
    }


def page(
    name: str, found: Sequence[T], limit: int, shape: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """A page of rows, of which one more was asked for to tell whether there is another page."""
    following = str(found[limit - 1].id) if len(found) > limit else None
    return {name: [shape(row) for row in found[:limit]], "next": following}


def channel(row: Channel) -> dict[str, Any]:
    """A channel, without its address."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "hint": channels.hint(row),
        **{switch: getattr(row, switch) for switch in channels.SWITCHES},
        "created_at": iso(row.created_at),
        "changed_at": iso(row.changed_at),
    }


def request_summary(row: Request) -> dict[str, Any]:
    """What a list of requests shows of one."""
    return {
        "reference": row.reference,
        "created_at": iso(row.created_at),
        "status": row.status.value,
        "taken_by": row.taken_by,
        "taken_at": iso(row.taken_at) if row.taken_at else None,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "reason": row.reason,
        "unverified": list(row.unverified),
        "answers": list(row.answers),
        "channel": row.channel,
        "deliveries": [
            {
                "channel": d.channel,
                "target": d.target,
                "label": d.label,
                "status": d.status.value,
            }
            for d in row.deliveries
        ],
    }


def request_detail(row: Request) -> dict[str, Any]:
    """All that is known of one request."""
    return {
        **request_summary(row),
        "version": row.events[-1].id if row.events else 0,
        "changed_at": iso(row.changed_at) if row.changed_at else None,
        "ended_at": iso(row.ended_at) if row.ended_at else None,
        "possible": [action.value for action in work.possible(row)],
        "conversation_id": row.conversation_id,
        "page_url": row.page_url,
        "transcript": [
            {**line, "at": iso(dt.datetime.fromtimestamp(line["at"], dt.timezone.utc))}
            for line in row.transcript
        ],
        "history": [_event(event) for event in row.events],
        "deliveries": [_delivery(d) for d in row.deliveries],
    }


def _event(row: RequestEvent) -> dict[str, Any]:
    return {"at": iso(row.at), "actor": row.actor, "kind": row.kind.value, "detail": row.detail}


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "about": row.event.kind.value,
        "channel": row.channel,
        "target": row.target,
        "label": row.label,
        "status": row.status.value,
        "created_at": iso(row.created_at),
        "due_at": iso(row.due_at) if row.status.value == "queued" else None,
        "attempts": [_attempt(a) for a in row.attempts],
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {"at": iso(row.at), "accepted": row.accepted, "answer": row.answer}


def iso(at: dt.datetime) -> str:
    """A moment as the API writes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
