"""Channels: the ways to tell the team besides e-mail, as admins make, change and delete them.

An address holds secrets and is never handed out again; `hint` says enough to recognise it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support import audit, settings
from support.channel_kinds import KINDS
from support.errors import ChannelError
from support.guard import Guard
from support.models import Channel

MAX_CHANNELS = 50
MAX_NAME = 100
SWITCHES = ("enabled", "for_requests", "for_alerts")
# As many of an address's last letters as are shown, if what is secret in it has that length.
SHOWN, LONG = 4, 16


def every(session: Session) -> list[Channel]:
    """All channels, by name."""
    return list(session.scalars(select(Channel).order_by(Channel.name, Channel.id)))


def find(session: Session, channel_id: str) -> Channel | None:
    """The channel with this id."""
    found: Channel | None = session.get(Channel, channel_id)
    return found


def checked(
    given: Mapping[str, Any], guard: Guard, stored: Channel | None = None
) -> dict[str, Any]:
    """What is given, checked and made whole, ready to be stored; `stored`: what it changes.

    Takes seconds for an Apprise URL, so it needs no transaction. Raises ChannelError for the first
    value refused, and for what is missing in a new channel.
    """
    known = {"name", "address", *SWITCHES, *(() if stored else ("kind",))}
    for name in given:
        if name not in known:
            raise ChannelError(f"There is no {name!r} here; there are {sorted(known)}.", name)
    values: dict[str, Any] = {}
    kind = stored.kind if stored else _kind(given.get("kind"))
    if stored is None:
        values = {"kind": kind, "enabled": True, "for_requests": True, "for_alerts": False}
    if stored is None or "name" in given:
        values["name"] = _name(given.get("name"))
    for switch in SWITCHES:
        if switch in given:
            values[switch] = _switch(switch, given[switch])
    if stored is None or "address" in given:
        before = dict(stored.address) if stored else {}
        values["address"] = {**before, **_address(kind, given.get("address"), guard, before)}
    return values


def create(session: Session, values: Mapping[str, Any], actor: str, now: dt.datetime) -> Channel:
    """Store a new channel, from `checked`. Raises ChannelError when there are too many."""
    if session.scalar(select(func.count()).select_from(Channel)) >= MAX_CHANNELS:
        raise ChannelError(f"There are {MAX_CHANNELS} channels, and no more are possible.")
    channel = Channel(id=uuid.uuid4().hex, created_at=now, changed_at=now, **values)
    session.add(channel)
    audit.record(session, actor, "channel.created", channel.name, now, {"kind": channel.kind})
    return channel


def change(
    session: Session, channel: Channel, values: Mapping[str, Any], actor: str, now: dt.datetime
) -> None:
    """Write what is new, from `checked`. Raises ChannelError if nobody would be told any more."""
    changed = sorted(name for name, value in values.items() if getattr(channel, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(channel, name, values[name])
    channel.changed_at = now
    _keep_a_way(session)
    audit.record(session, actor, "channel.changed", channel.name, now, {"changed": changed})


def delete(session: Session, channel: Channel, actor: str, now: dt.datetime) -> None:
    """Delete it; what still waits for it will fail. Raises ChannelError if it is the last way."""
    session.delete(channel)
    _keep_a_way(session)
    audit.record(session, actor, "channel.deleted", channel.name, now, {"kind": channel.kind})


def hint(channel: Channel) -> str:
    """Enough of the address to tell it from others, and too little to use it."""
    parts = urlsplit(str(channel.address["url"]))
    path = parts.path + parts.query
    if channel.kind == "apprise":
        # There even the host's place may hold a token.
        path = parts.netloc + path
    end = f"…{path[-SHOWN:]}" if len(path) >= LONG else "…"
    return f"{parts.scheme}://{end}" if channel.kind == "apprise" else f"{parts.hostname}/{end}"


def _keep_a_way(session: Session) -> None:
    session.flush()
    if settings.read(session).enabled and not settings.can_tell(session):
        raise ChannelError(
            "Support Operations is on, and nobody would be told of requests any more. Enter a team "
            "address or another channel first, or switch it off."
        )


def _kind(value: Any) -> str:
    if not isinstance(value, str) or value not in KINDS:
        raise ChannelError(f"The kind must be one of {', '.join(KINDS)}.", "kind")
    return value


def _name(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise ChannelError(
            f"A channel needs a name of at most {MAX_NAME} printable characters.", "name"
        )
    return text


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ChannelError(f"{name} is neither true nor false.", name)
    return value


def _address(kind: str, given: Any, guard: Guard, before: Mapping[str, str]) -> dict[str, str]:
    """The parts that are given. No error repeats one: they are secrets."""
    parts = {part.name: part for part in KINDS[kind].parts}
    if not isinstance(given, dict) or not set(given) <= set(parts):
        raise ChannelError(f"The address is an object of {', '.join(parts)}.", "address")
    found: dict[str, str] = {}
    for name, part in parts.items():
        if name not in given and name in before:
            continue
        text = given.get(name, "")
        try:
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"It is missing. {part.help}")
            found[name] = part.check(text.strip(), guard)
        except ValueError as error:
            raise ChannelError(f"{part.label}: {error}", name) from None
    return found
