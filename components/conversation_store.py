"""Rasa's tracker store, where CONVERSATIONS_URL says: a file of its own by default.

Its own, because Rasa's SQL store blocks its event loop while the database is locked, and our
tables have writers that Rasa knows nothing of.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import delete, event, func, select
from sqlalchemy.engine import make_url

from components import locks, serving
from components.minds_erasing import MindsErasing

# While one visitor's message waits for the database, so does everybody's.
BUSY_SECONDS = 2
SAYINGS = (UserUttered.type_name, BotUttered.type_name)


class ConversationStore(MindsErasing, SQLTrackerStore):
    """Rasa's SQL store on the configured database."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        url = make_url(serving.prepare().conversations_url)
        sqlite = url.get_backend_name() == "sqlite"
        if sqlite and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            url = url.update_query_dict({"timeout": str(BUSY_SECONDS)})
        kwargs["host"] = url.render_as_string(hide_password=False)
        super().__init__(domain=domain, event_broker=event_broker, **kwargs)
        # An error's text goes to the log, and parameters are what visitors said.
        self.engine.hide_parameters = True
        if sqlite:
            event.listen(self.engine, "connect", _prepare)
            self.engine.dispose()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new. Raises LockError in a turn that has lost its lock."""
        locks.check(tracker.sender_id)
        await super().save(tracker)

    def sayings(self, conversation: str, count: int) -> list[dict[str, Any]]:
        """The newest events in which visitor or assistant say something, oldest first.

        Of all sessions: Rasa itself looks at the latest only.
        """
        kept = self.SQLEvent
        newest = (
            select(kept.data)
            .where(kept.sender_id == conversation, kept.type_name.in_(SAYINGS))
            .order_by(kept.id.desc())
            .limit(count)
        )
        with self.session_scope() as session:
            rows = session.execute(newest).scalars().all()
        return [json.loads(row) for row in reversed(rows)]

    def check(self) -> None:
        """Raise SQLAlchemyError when conversations cannot be read.

        Rasa would take each for a new one then, and answer whoever is in the middle of a form so.
        """
        with self.engine.connect() as connection:
            connection.execute(select(self.SQLEvent.id).limit(1))

    def _event_query(
        self, session: Any, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> Any:
        """Rasa's, but the latest session begins at a row and not at a time: clocks are set back."""
        kept = self.SQLEvent
        events = session.query(kept).filter(kept.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            begun = select(func.max(kept.id)).where(
                kept.sender_id == sender_id, kept.type_name == SessionStarted.type_name
            )
            events = events.filter(kept.id >= func.coalesce(begun.scalar_subquery(), 0))
        return events.order_by(kept.id)

    def forget(self, conversation: str) -> None:
        """Delete all that is stored of a conversation. Rasa's own store has no way to."""
        with self.session_scope() as session:
            session.execute(delete(self.SQLEvent).where(self.SQLEvent.sender_id == conversation))
            session.commit()


def _prepare(connection: Any, _record: Any) -> None:
    # Readers do not block the writer, and a commit need not wait for the disk twice.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    # What a visitor has deleted is overwritten, not just marked as free.
    connection.execute("PRAGMA secure_delete=ON")
