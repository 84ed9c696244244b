"""What is said to the owner about the product itself. Never anything about a visitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Note:
    """One message to the owner. id: stays the same when it is repeated; link: where to look."""

    id: str
    subject: str
    text: str
    link: str


class NoteSender(Protocol):
    """A way to tell the owner."""

    def send_note(self, target: Any, note: Note) -> str:
        """Hand the note over; return what the other side answered.

        target: an e-mail address, or what `Channel.address` holds. Raises DeliveryError when it was
        not accepted.
        """
