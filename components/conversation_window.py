"""How much of a long conversation a turn looks at: its newest turns, and what was known before.

Stock Rasa reads, rebuilds and featurises the whole conversation for each message, so that the
600th costs twenty times the tenth. Nothing asks about more than the last turns; what must last is
in slots. A window begins where the assistant was waiting for the visitor and no form was open.
Nothing is deleted: the whole conversation stays in the store.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

# More than config.yml's max_history and the longest story ask for.
KEPT_TURNS = 8
# Moved on only so often, because finding where costs as much as a turn.
TURNS_BEFORE_MOVING = 2 * KEPT_TURNS
# Windows remembered, in memory, and for how long; one that is forgotten is found again.
REMEMBERED = 2000
REMEMBERED_SECONDS = 3600.0


@dataclass(frozen=True)
class Row:
    """An event as the store has it. Ids are used again after a deletion: the text counts, too."""

    id: int
    data: str


@dataclass(frozen=True)
class Window:
    """Where a conversation's window begins.

    first: the store's row of its first event, said at `at`. session: the id of the row that the
    session began with. slots: what was known by then; None when it is the session's beginning.
    """

    first: Row
    at: float
    session: int
    slots: tuple[tuple[str, Any], ...] | None = None

    @property
    def before(self) -> tuple[Event, ...]:
        """Events that stand for all of the session's earlier ones."""
        if self.slots is None:
            return ()
        return (
            ActionExecuted(ACTION_SESSION_START_NAME, timestamp=self.at),
            SessionStarted(timestamp=self.at),
            *(SlotSet(name, value, timestamp=self.at) for name, value in self.slots),
            ActionExecuted(ACTION_LISTEN_NAME, timestamp=self.at),
        )


class Windows:
    """The windows of the conversations that this process talked in last. Used by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # The one that has been idle longest is first.
        self._known: OrderedDict[str, tuple[Window, float]] = OrderedDict()

    def of(self, conversation: str) -> Window | None:
        """Where this conversation's window begins; None when that is not remembered."""
        with self._lock:
            known = self._known.get(conversation)
        return known[0] if known else None

    def remember(self, conversation: str, window: Window) -> None:
        """From now on the window begins here."""
        now = self._clock()
        with self._lock:
            self._known.pop(conversation, None)
            self._known[conversation] = window, now
            while len(self._known) > REMEMBERED or self._oldest() < now - REMEMBERED_SECONDS:
                self._known.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """The conversation has been deleted."""
        with self._lock:
            self._known.pop(conversation, None)

    def _oldest(self) -> float:
        _, since = next(iter(self._known.values()))
        return since


def moved_on(
    window: Window, held: Sequence[tuple[Row, Event]], slots: Sequence[Slot]
) -> Window | None:
    """The window to go on with when this one has grown too long, else None.

    held: the store's rows and events in the window, oldest first.
    """
    turns = [n for n, (_, event) in enumerate(held) if isinstance(event, UserUttered)]
    if len(turns) < TURNS_BEFORE_MOVING:
        return None
    latest = turns[-KEPT_TURNS]
    tracker = DialogueStateTracker("", slots)
    for event in window.before:
        tracker.update(event)
    found = None
    for number, (row, event) in enumerate(held[: latest + 1]):
        if number and isinstance(event, UserUttered) and _is_quiet(tracker):
            found = Window(row, event.timestamp, window.session, _known(tracker))
        tracker.update(event)
    return found


def _is_quiet(tracker: DialogueStateTracker) -> bool:
    """Whether slots alone tell where the conversation stands."""
    waiting = tracker.latest_action_name == ACTION_LISTEN_NAME
    return waiting and not (tracker.active_loop or tracker.is_paused() or tracker.followup_action)


def _known(tracker: DialogueStateTracker) -> tuple[tuple[str, Any], ...]:
    """The slots that have been set, also those set to what they were at first."""
    return tuple(
        (name, copy.deepcopy(slot.value))
        for name, slot in tracker.slots.items()
        if slot.has_been_set
    )
