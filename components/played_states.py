"""The states that policies look at, found by playing a conversation's events once.

Stock Rasa plays all of them again, from the beginning, for each policy and for each action of a
turn. Here a play goes on from where it stood, and both kinds of policies get their states from it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker


@dataclass(frozen=True)
class Moment:
    """How a conversation stood just before an action, or stands now.

    state: all that Rasa's domain sees in it. action: what was done last. decides: whether the
    action says if the turn is hidden from stories; else it is hidden if the one before was. hidden:
    what the action says.
    """

    state: State
    action: dict[str, str] | None
    decides: bool
    hidden: bool


class Play:
    """One conversation, played as far as it has gone. `begun`: its tracker before all events."""

    def __init__(self, begun: DialogueStateTracker, domain: Domain, omit_unset_slots: bool) -> None:
        self._tracker = begun
        self._domain, self._omit = domain, omit_unset_slots
        self._played: list[Event] = []
        self._moments: list[Moment] = []
        # Later events change what earlier messages are seen by: their text or their intent.
        self._seen_by: list[tuple[UserUttered, bool | None]] = []

    def goes_on(self, events: Sequence[Event], domain: Domain, omit_unset_slots: bool) -> bool:
        """Whether these events begin with those that have been played, and all looks the same."""
        if domain is not self._domain or omit_unset_slots != self._omit:
            return False
        begin = events[: len(self._played)]
        if len(begin) < len(self._played) or not all(map(is_, begin, self._played)):
            return False
        return all(said.use_text_for_featurization is how for said, how in self._seen_by)

    def moments(self, events: Sequence[Event]) -> list[Moment]:
        """The moments of these events, which have to go on from those played before."""
        for event in events[len(self._played) :]:
            if isinstance(event, ActionExecuted):
                self._moments.append(self._moment(event.hide_rule_turn))
                said = self._tracker.latest_message
                self._seen_by.append((said, said.use_text_for_featurization))
            self._tracker.update(event)
            self._played.append(event)
        return [*self._moments, self._moment(hidden=False)]

    def _moment(self, hidden: bool) -> Moment:
        tracker = self._tracker
        in_loop = tracker.latest_action_name == tracker.active_loop_name
        return Moment(
            self._domain.get_active_state(tracker, omit_unset_slots=self._omit),
            tracker.latest_action,
            not (tracker.followup_action or in_loop),
            hidden,
        )


def of_all(moments: Sequence[Moment]) -> list[State]:
    """What rules look at. The states may be changed."""
    return [_own(moment.state) for moment in moments]


def of_stories(
    moments: Sequence[Moment], domain: Domain, rule_only: dict[str, Any] | None
) -> list[State]:
    """What stories look at: without the turns and features that only rules have.

    As Rasa's `Domain.states_for_tracker_history`. The states may be changed.
    """
    states: list[State] = []
    for moment, action in _not_hidden(moments):
        state = _own(moment.state)
        domain._remove_rule_only_features(state, rule_only)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if action:
            state[PREVIOUS_ACTION] = dict(action)
        states.append(domain._clean_state(state))
    return states


def _not_hidden(moments: Sequence[Moment]) -> Iterator[tuple[Moment, dict[str, str] | None]]:
    """The moments that stories know, each with the last action that they know."""
    hidden, action = False, None
    for moment in moments:
        if not hidden:
            action = moment.action
        if moment.decides:
            hidden = moment.hidden
        if not hidden:
            yield moment, action


def _own(state: State) -> State:
    return {key: copy.copy(part) for key, part in state.items()}
