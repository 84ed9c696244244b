"""Who delivers what: one sender for each channel's name, as the delivery loop and tests need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support import database
from support.config import Config
from support.delivery import Channel as Sender
from support.errors import DeliveryError
from support.guard import Guard
from support.models import Channel
from support.notifications.apprise import Apprise
from support.notifications.email import Email
from support.notifications.message import Message
from support.notifications.note import Note
from support.notifications.slack import Slack
from support.notifications.unset import Unset
from support.notifications.webhook import Webhook
from support.targets import EMAIL

# Each is called with the channel's address, the guard, and where request pages are, if anywhere.
KINDS: Mapping[str, Any] = {"slack": Slack, "webhook": Webhook, "apprise": Apprise}


class Stored:
    """Sends through the channel that the message names, as an admin has set it up by now."""

    def __init__(self, config: Config) -> None:
        self._guard = Guard(config.outgoing_allow)
        self._team_url = config.team_url

    def send(self, message: Message) -> str:
        """Raises DeliveryError, for good when the channel is deleted or switched off."""
        with database.read_scope() as session:
            channel = session.get(Channel, message.target)
            if channel is None:
                raise DeliveryError("This channel has been deleted.", permanent=True)
            # A test is for finding out whether switching it on is a good idea.
            if not channel.enabled and not message.test:
                raise DeliveryError("This channel has been switched off.", permanent=True)
            kind, address = channel.kind, dict(channel.address)
        sender: Sender = KINDS[kind](address, self._guard, self._team_url)
        return sender.send(message)


class Notes:
    """Sends notes to the owner through channels of one kind."""

    def __init__(self, config: Config, kind: str) -> None:
        self._guard = Guard(config.outgoing_allow)
        self._team_url = config.team_url
        self._kind = kind

    def send_note(self, target: Mapping[str, str], note: Note) -> str:
        """target: the channel's address. Raises DeliveryError."""
        said: str = KINDS[self._kind](target, self._guard, self._team_url).send_note(note)
        return said


def of_notes(config: Config) -> dict[str, Notes]:
    """How to tell the owner through each kind of channel."""
    return {kind: Notes(config, kind) for kind in KINDS}


def build(config: Config) -> dict[str, Sender]:
    """All senders of this deployment, by the name that deliveries call their channel."""
    stored = Stored(config)
    mail = Email(config.smtp, config.mail_from) if config.smtp else Unset("SMTP_URL")
    return {EMAIL: mail, **dict.fromkeys(KINDS, stored)}
