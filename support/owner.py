"""The ways to tell the owner, so that the one that fails is not the one that tells of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from support import logs, settings
from support.config import Config
from support.errors import DeliveryError
from support.models import Channel
from support.notifications.note import Note, NoteSender

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Owner:
    """Whom to tell, as it is now: addresses, and the channels for alerts."""

    addresses: tuple[str, ...]
    channels: tuple[Channel, ...]

    @property
    def can_be_told(self) -> bool:
        """Whether there is anybody at all."""
        return bool(self.addresses or self.channels)


@dataclass(frozen=True)
class Answer:
    """What one way answered. way: such as 'e-mail to owner@example.org'."""

    way: str
    accepted: bool
    answer: str


def read(session: Session) -> Owner:
    """The owner by the settings."""
    channels = select(Channel).where(Channel.enabled, Channel.for_alerts).order_by(Channel.name)
    return Owner(settings.read(session).alert_emails, tuple(session.scalars(channels)))


def second_path_missing(session: Session, config: Config) -> bool:
    """Whether nobody could be told if mail failed."""
    owner = read(session)
    return not owner.channels and not (owner.addresses and config.alert_smtp)


class Ways:
    """Tells the owner. mail: the usual server; second_mail: another one; by_kind: of channels."""

    def __init__(
        self,
        mail: NoteSender | None,
        second_mail: NoteSender | None,
        by_kind: Mapping[str, NoteSender],
    ) -> None:
        self._mail = mail
        self._second_mail = second_mail
        self._by_kind = by_kind

    def tell(self, owner: Owner, note: Note, *, mail_fails: bool) -> list[Answer]:
        """Through every channel for alerts, and to each address by the first server that takes it.

        mail_fails: the second server is asked first.
        """
        answers = [self._through(channel, note) for channel in owner.channels]
        servers = [("the mail server", self._mail), ("the second mail server", self._second_mail)]
        if mail_fails:
            servers.reverse()
        for address in owner.addresses:
            for name, server in servers:
                if server is None:
                    continue
                answers.append(_send(f"{address} by {name}", server, address, note))
                if answers[-1].accepted:
                    break
        return answers

    def mail(self, address: str, note: Note) -> Answer:
        """By the usual mail server alone."""
        if self._mail is None:
            return Answer(address, False, "SMTP_URL is not set, so no mail can be sent.")
        return _send(address, self._mail, address, note)

    def _through(self, channel: Channel, note: Note) -> Answer:
        sender = self._by_kind.get(channel.kind)
        if sender is None:
            return Answer(channel.name, False, f"Nothing here sends by {channel.kind}.")
        return _send(channel.name, sender, channel.address, note)


def accepted_by_all(answers: Sequence[Answer]) -> bool:
    """Whether there were any, and all said yes."""
    return bool(answers) and all(answer.accepted for answer in answers)


def _send(way: str, sender: NoteSender, target: Any, note: Note) -> Answer:
    try:
        return Answer(way, True, sender.send_note(target, note))
    except DeliveryError as error:
        return Answer(way, False, str(error))
    except Exception as error:
        # A fault of ours in one way must not keep the owner from hearing by the next.
        logger.error("Telling the owner broke", exc_info=logs.place_of(error))
        return Answer(way, False, f"Sending broke with {type(error).__name__}.")
