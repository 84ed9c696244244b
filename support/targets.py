"""Whom a request goes to: each address of the team, and each channel for requests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from support import settings
from support.models import Channel, Delivery

EMAIL = "email"


@dataclass(frozen=True)
class Target:
    """One place to tell the team.

    channel: 'email' or a kind of channel. address: an e-mail address, or the channel's id. label:
    what the team calls it; None: its address.
    """

    channel: str
    address: str
    label: str | None = None


def of_team(session: Session) -> list[Target]:
    """Everybody who gets requests now."""
    addresses = settings.read(session).agent_emails
    channels = session.scalars(
        select(Channel)
        .where(Channel.enabled.is_(True), Channel.for_requests.is_(True))
        .order_by(Channel.name, Channel.id)
    )
    return [
        *(Target(EMAIL, address) for address in addresses),
        *(Target(channel.kind, channel.id, channel.name) for channel in channels),
    ]


def of_request(session: Session, request_id: int) -> list[Target]:
    """Those who have been told of this request, or were to be."""
    told = select(Delivery.channel, Delivery.target, Delivery.label)
    rows = session.execute(told.where(Delivery.request_id == request_id).distinct())
    return [Target(*row) for row in rows]
