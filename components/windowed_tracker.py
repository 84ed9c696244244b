"""Rasa's tracker of a conversation, read through a window, that knows what of it is stored."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker

from components.conversation_window import Row

Saying = dict[str, Any]


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
    _states: tuple[Any, list[State]] | None = None

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """What policies look at. Rules ask for it twice, and all events are played again for it."""
        hidden = json.dumps(rule_only_data, default=sorted) if ignore_rule_only_turns else ""
        asked = (id(domain), len(self.events), omit_unset_slots, ignore_rule_only_turns, hidden)
        if self._states is None or self._states[0] != asked:
            states: list[State] = super().past_states(
                domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data
            )
            self._states = asked, states
        # Policies change what they get.
        return [{key: copy.copy(part) for key, part in state.items()} for state in self._states[1]]

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
