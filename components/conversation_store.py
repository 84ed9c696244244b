"""Rasa's tracker store, where CONVERSATIONS_URL says: a file of its own by default.

Its own, because our tables have writers that Rasa knows nothing of. Rasa's SQL store is mended in
four ways: it reads a window of the conversation instead of all of it, it waits for the database in
a thread instead of making every visitor wait, what is erased while Rasa has it in hand stays
erased, and what cannot be read is an error, for which the visitor gets an apology, instead of a
conversation that begins anew. Made for Rasa 3.6.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from itertools import islice
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import sessionmaker

from components import conversation_engine, locks, serving
from components.conversation_window import Row, Window, Windows, moved_on
from components.event_types import resolve_by_type
from components.windowed_tracker import Held, Saying, WindowedTracker

logger = logging.getLogger(__name__)

# Without SQLAlchemy's mapping to objects, which takes as long as the database itself.
EVENTS = SQLTrackerStore.SQLEvent.__table__
KEPT = EVENTS.c
SAYINGS = (UserUttered.type_name, BotUttered.type_name)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store on the configured database."""

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        # Past the SQL store's own, which waits for ever for an engine that we do not use.
        super(SQLTrackerStore, self).__init__(domain, event_broker, **kwargs)
        self.engine = conversation_engine.connect(serving.prepare().conversations_url)
        conversation_engine.make_tables(self.engine, self.Base.metadata)
        self.sessionmaker = sessionmaker(bind=self.engine)
        self._windows = Windows()

    @property
    def domain(self) -> Domain:
        """The model's. With another one, what windows know of slots is out of date."""
        return self._domain

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        self._domain = domain or Domain.empty()
        self._windows = Windows()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as far as a turn needs it; None when there is none.

        Raises SQLAlchemyError when it cannot be read.
        """
        return await asyncio.to_thread(self._read, sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The whole conversation. Raises SQLAlchemyError when it cannot be read."""
        return await asyncio.to_thread(self._read_all, conversation_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new.

        Raises SQLAlchemyError when that fails, and LockError in a turn that has lost its lock; then
        nothing is stored.
        """
        locks.check(tracker.sender_id)
        new = await asyncio.to_thread(self._append, tracker)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """The tracker of a conversation that begins."""
        return WindowedTracker(sender_id, self.domain.slots)

    def sayings(self, conversation: str, count: int) -> list[Saying]:
        """The newest events in which visitor or assistant say something, oldest first.

        Of all sessions: Rasa itself looks at the latest only.
        """
        return self._sayings(conversation, count)

    def forget(self, conversation: str) -> None:
        """Delete all that is stored of a conversation. Rasa's own store has no way to."""
        with self.engine.begin() as connection:
            connection.execute(delete(EVENTS).where(KEPT.sender_id == conversation))
        self._windows.forget(conversation)

    def _sayings(self, conversation: str, count: int, *limits: Any) -> list[Saying]:
        newest = (
            select(KEPT.data)
            .where(KEPT.sender_id == conversation, KEPT.type_name.in_(SAYINGS), *limits)
            .order_by(KEPT.id.desc())
            .limit(count)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(newest).scalars().all()
        return [json.loads(row) for row in reversed(rows)]

    def _read(self, conversation: str) -> DialogueStateTracker | None:
        # Taken once: another model may put new ones in place meanwhile.
        windows, slots = self._windows, self.domain.slots
        window = windows.of(conversation)
        rows = self._rows(conversation, window.first.id if window else 0)
        if window and rows[:1] != [window.first]:
            # Deleted, perhaps by another process, and perhaps begun anew.
            windows.forget(conversation)
            window, rows = None, self._rows(conversation, 0)
        if not rows:
            return None
        window, rows, events = _latest_session(window, rows)
        tracker: WindowedTracker = WindowedTracker.from_events(
            conversation, [*window.before, *events], slots
        )
        tracker.held = self._held(tracker, window, rows)
        after = moved_on(window, list(zip(rows, events, strict=True)), slots)
        # A session's beginning is worth remembering when another session is before it.
        windows.remember(conversation, after or window)
        return tracker

    def _read_all(self, conversation: str) -> DialogueStateTracker | None:
        rows = self._rows(conversation, 0)
        if not rows:
            return None
        events = [_event(json.loads(row.data)) for row in rows]
        tracker: WindowedTracker = WindowedTracker.from_events(
            conversation, events, self.domain.slots
        )
        window = Window(rows[0], events[0].timestamp, rows[0].id)
        tracker.held = self._held(tracker, window, rows)
        return tracker

    def _held(self, tracker: DialogueStateTracker, window: Window, rows: Sequence[Row]) -> Held:
        earlier = (KEPT.id >= window.session, KEPT.id < window.first.id)

        def said_before(count: int) -> list[Saying]:
            return self._sayings(tracker.sender_id, count, *earlier)

        return Held(rows[-1], len(tracker.events), said_before)

    def _rows(self, conversation: str, first: int) -> list[Row]:
        query = (
            select(KEPT.id, KEPT.data)
            .where(KEPT.sender_id == conversation, KEPT.id >= first)
            .order_by(KEPT.id)
        )
        with self.engine.connect() as connection:
            return [Row(row.id, row.data) for row in connection.execute(query)]

    def _append(self, tracker: DialogueStateTracker) -> list[Event]:
        """Store what is new, and return it; nothing when the conversation was erased meanwhile."""
        held = tracker.held if isinstance(tracker, WindowedTracker) else None
        new = list(islice(tracker.events, held.events if held else self._stored(tracker), None))
        if not new:
            return []
        rows = [self._row(tracker.sender_id, each) for each in new]
        with self.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(EVENTS.insert(), rows)
            # Written first, so that nobody can erase between looking and writing.
            if held and not self._is_there(connection, tracker.sender_id, held.last):
                transaction.rollback()
                logger.info("A conversation was erased while it went on; nothing of it is written.")
                return []
        if held:
            held.events = len(tracker.events)
        return new

    def _stored(self, tracker: DialogueStateTracker) -> int:
        """How many events of the latest session there are, of a tracker that was not read here."""
        with self.session_scope() as session:
            return int(self._event_query(session, tracker.sender_id, False).count())

    def _is_there(self, connection: Connection, conversation: str, row: Row) -> bool:
        """Whether this row is still the conversation's, and stays so until the commit."""
        query = select(KEPT.data).where(KEPT.id == row.id, KEPT.sender_id == conversation)
        held = query.with_for_update(read=True, key_share=True)
        return bool(connection.execute(held).scalar() == row.data)

    @staticmethod
    def _row(conversation: str, said: Event) -> dict[str, Any]:
        data = said.as_dict()
        return {
            "sender_id": conversation,
            "type_name": said.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }


def _latest_session(
    window: Window | None, rows: list[Row]
) -> tuple[Window, list[Row], list[Event]]:
    """What of it belongs to the latest session: stock Rasa reads no further back, either."""
    dicts = [json.loads(row.data) for row in rows]
    starts = [n for n, data in enumerate(dicts) if data["event"] == SessionStarted.type_name]
    if starts and (starts[-1] > 0 or window is None):
        # It says itself what is still known.
        rows, dicts = rows[starts[-1] :], dicts[starts[-1] :]
        window = None
    events = [_event(data) for data in dicts]
    return window or Window(rows[0], events[0].timestamp, rows[0].id), rows, events


def _event(data: dict[str, Any]) -> Event:
    kind: Any = resolve_by_type(data["event"])
    found: Event = kind._from_parameters(data)
    return found
