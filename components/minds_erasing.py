"""A conversation that is erased while Rasa has it in hand stays erased.

Rasa reads a conversation when a message comes, and writes back what is new when it has answered,
by the number of events that it finds. When all of them are gone by then, everything would be new,
and be written again: name, address and all.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rasa.shared.core.trackers import DialogueStateTracker

if TYPE_CHECKING:
    from rasa.core.tracker_store import SQLTrackerStore as Base
else:
    Base = object

logger = logging.getLogger(__name__)

READ = "_read_from_store"


class MindsErasing(Base):
    """Mixed into an SQL tracker store."""

    async def _retrieve(self, sender_id: str, *given: Any, **named: Any) -> Any:
        tracker = await super()._retrieve(sender_id, *given, **named)
        if tracker is not None:
            setattr(tracker, READ, True)
        return tracker

    def _additional_events(self, session: Any, tracker: DialogueStateTracker) -> Iterator[Any]:
        """The events to write: none when the conversation was erased after it was read."""
        theirs = session.query(self.SQLEvent.id).filter(
            self.SQLEvent.sender_id == tracker.sender_id
        )
        if getattr(tracker, READ, False) and theirs.first() is None:
            logger.info("A conversation was erased while it went on; nothing of it is written.")
            return itertools.islice((), 0)
        return iter(super()._additional_events(session, tracker))
