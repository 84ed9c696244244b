"""Stands in for a channel that this deployment has not configured."""

from __future__ import annotations

from support.errors import DeliveryError
from support.notifications.message import Message


class Unset:
    """Refuses every message, naming the variable that is missing; nothing is lost meanwhile."""

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def send(self, message: Message) -> str:
        """Raises DeliveryError, always."""
        raise DeliveryError(f"{self._variable} is not set, so no {message.channel} can be sent.")
