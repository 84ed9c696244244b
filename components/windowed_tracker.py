"""Rasa's tracker of a conversation, read through a window, that knows what of it is stored."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

from components import played_states
from components.conversation_window import Row
from components.played_states import Moment, Play

Saying = dict[str, Any]
BEGINNING = {Restarted, SessionStarted}
TAKING_BACK = {ActionReverted, UserUtteranceReverted, ActiveLoop}


@dataclass
class Held:
    """What of a tracker is in the store.

    last: the newest row that was read. events: how many of the tracker's events are stored, or
    stand for what is. said_before: reads the newest sayings before the window, oldest first.
    """

    last: Row
    events: int
    said_before: Callable[[int], list[Saying]]


class WindowedTracker(DialogueStateTracker):
    """held: None in one that was not read from the store."""

    held: Held | None = None
    _play: Play | None = None
    _moments: tuple[Any, list[Moment]] | None = None

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """What policies look at, as Rasa's own says it."""
        asked = (id(domain), omit_unset_slots, len(self.events))
        if self._moments is None or self._moments[0] != asked:
            self._moments = asked, self._played(domain, omit_unset_slots)
        moments = self._moments[1]
        if ignore_rule_only_turns:
            return played_states.of_stories(moments, domain, rule_only_data)
        return played_states.of_all(moments)

    def applied_events(self) -> list[Event]:
        """The events without those that others take back, as Rasa's own says it.

        A form takes back its earlier steps; without one, and with nothing else that takes back,
        Rasa's way of asking each event for its kind is not needed.
        """
        events = list(self.events)
        if any(type(event) in TAKING_BACK for event in events):
            return super().applied_events()  # type: ignore[no-any-return]
        begun = next((n for n in range(len(events), 0, -1) if type(events[n - 1]) in BEGINNING), 0)
        return events[begun:]

    def _played(self, domain: Domain, omit_unset_slots: bool) -> list[Moment]:
        events = self.applied_events()
        if self._play is None or not self._play.goes_on(events, domain, omit_unset_slots):
            self._play = Play(self.init_copy(), domain, omit_unset_slots)
        return self._play.moments(events)

    def copy(self) -> WindowedTracker:
        """A duplicate. Rasa makes one for each action; its own way plays all events again."""
        twin = WindowedTracker(self.sender_id, (), self._max_event_history, self.sender_source)
        twin.events = copy.copy(self.events)
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin.is_rule_tracker = self.is_rule_tracker
        twin.active_loop = copy.copy(self.active_loop)
        twin._paused = self._paused
        twin.followup_action = self.followup_action
        twin.latest_action = copy.copy(self.latest_action)
        twin.latest_message = self.latest_message
        twin.latest_bot_utterance = self.latest_bot_utterance
        twin.held = self.held
        return twin
