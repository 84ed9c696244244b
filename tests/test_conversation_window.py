"""A turn looks at a window of its conversation; what is before it still counts."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.shared.core.events import (
        ActionExecuted,
        ActiveLoop,
        ConversationPaused,
        Event,
        SlotSet,
        UserUttered,
    )
    from rasa.shared.core.slots import AnySlot, Slot, TextSlot
    from rasa.shared.core.trackers import DialogueStateTracker

    from components import conversation_window
    from components.conversation_window import (
        KEPT_TURNS,
        REMEMBERED_SECONDS,
        TURNS_BEFORE_MOVING,
        Row,
        Window,
        Windows,
        moved_on,
    )

SLOTS: list[Slot] = [
    TextSlot("name", []),
    TextSlot("email", [], initial_value="none"),
    AnySlot("state", []),
]
Held = list[tuple[Row, Event]]


def turn(number: int, *more: Event) -> list[Event]:
    """The visitor says something, the assistant answers."""
    said = UserUttered(f"message {number}", timestamp=1000.0 + number)
    return [said, *more, ActionExecuted("utter_greet"), ActionExecuted("action_listen")]


def conversation(turns: int, *more: tuple[int, Sequence[Event]]) -> Held:
    """So many turns with rows as in a store. more: further events in a turn, by its number."""
    extra = dict(more)
    events: list[Event] = [ActionExecuted("action_listen")]
    for number in range(turns):
        events += turn(number, *extra.get(number, ()))
    return [(Row(n, str(n)), event) for n, event in enumerate(events, start=100)]


def beginning(held: Held, slots: tuple[tuple[str, str], ...] | None = None) -> Window:
    """The window that begins where these rows do."""
    return Window(held[0][0], 999.0, 50, slots)


def rebuilt(before: Sequence[Event]) -> DialogueStateTracker:
    """The tracker that a window's first turn meets."""
    return DialogueStateTracker.from_events("", list(before), SLOTS)


def test_begins_so_many_turns_before_the_end() -> None:
    held = conversation(TURNS_BEFORE_MOVING)
    window = moved_on(beginning(held), held, SLOTS)
    assert window is not None
    left = [event for row, event in held if row.id >= window.first.id]
    assert isinstance(left[0], UserUttered)
    assert sum(isinstance(event, UserUttered) for event in left) == KEPT_TURNS
    assert window.at == left[0].timestamp


def test_stays_while_the_conversation_is_short() -> None:
    held = conversation(TURNS_BEFORE_MOVING - 1)
    assert moved_on(beginning(held), held, SLOTS) is None


def test_knows_the_slots_as_they_were_where_it_begins() -> None:
    held = conversation(
        TURNS_BEFORE_MOVING,
        (0, [SlotSet("name", "Ann"), SlotSet("email", "ann@example.org")]),
        (1, [SlotSet("name", "Anna"), SlotSet("email", None)]),
        (TURNS_BEFORE_MOVING - 2, [SlotSet("name", "Bob")]),
    )
    window = moved_on(beginning(held), held, SLOTS)
    assert window is not None
    tracker = rebuilt(window.before)
    assert tracker.current_slot_values() == {"name": "Anna", "email": None, "state": None}
    assert tracker.latest_action_name == "action_listen"
    assert [slot.has_been_set for slot in tracker.slots.values()] == [True, True, False]


def test_is_not_touched_by_what_a_later_turn_does_to_a_slots_value() -> None:
    state = {"asked": 1}
    held = conversation(TURNS_BEFORE_MOVING, (0, [SlotSet("state", state)]))
    window = moved_on(beginning(held), held, SLOTS)
    assert window is not None
    state["asked"] = 2
    assert rebuilt(window.before).get_slot("state") == {"asked": 1}


def test_moves_on_from_an_earlier_window() -> None:
    held = conversation(TURNS_BEFORE_MOVING)
    window = moved_on(beginning(held[1:], (("name", "Ann"),)), held[1:], SLOTS)
    assert window is not None
    assert window.session == 50
    assert rebuilt(window.before).get_slot("name") == "Ann"


@pytest.mark.parametrize(
    "opened, closed",
    [
        pytest.param(ActiveLoop("handoff_form"), ActiveLoop(None), id="in a form"),
        pytest.param(ConversationPaused(), None, id="paused"),
    ],
)
def test_never_begins_where_slots_do_not_tell_all(opened: Event, closed: Event | None) -> None:
    middle = TURNS_BEFORE_MOVING - KEPT_TURNS - 2
    ended = [(TURNS_BEFORE_MOVING - 1, [closed])] if closed else []
    held = conversation(TURNS_BEFORE_MOVING, (middle, [opened]), *ended)
    window = moved_on(beginning(held), held, SLOTS)
    assert window is not None
    assert opened not in [event for row, event in held if row.id < window.first.id]


def test_stays_where_it_is_when_there_is_no_such_place() -> None:
    held = conversation(TURNS_BEFORE_MOVING)[1:]
    held.insert(1, (Row(99, "99"), ActiveLoop("handoff_form")))
    assert moved_on(beginning(held), held, SLOTS) is None


def test_remembers_the_latest_conversations_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_window, "REMEMBERED", 2)
    window = beginning(conversation(1))
    windows = Windows()
    for name in ("first", "second", "first", "third"):
        windows.remember(name, window)
    assert windows.of("second") is None
    assert windows.of("first") == windows.of("third") == window
    windows.forget("third")
    assert windows.of("third") is None


def test_forgets_a_conversation_in_which_nothing_is_said_any_more() -> None:
    now = [0.0]
    window = beginning(conversation(1))
    windows = Windows(clock=lambda: now[0])
    windows.remember("first", window)
    windows.remember("second", window)
    now[0] += REMEMBERED_SECONDS / 2
    windows.remember("second", window)
    now[0] += REMEMBERED_SECONDS / 2 + 1
    windows.remember("third", window)
    assert windows.of("first") is None
    assert windows.of("second") == window
