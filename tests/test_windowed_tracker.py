"""A tracker's copy and states: the same as Rasa's own, in less time."""

from __future__ import annotations

import random
import warnings

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import (
        ActionExecuted,
        ActionExecutionRejected,
        ActionReverted,
        ActiveLoop,
        BotUttered,
        ConversationPaused,
        DefinePrevUserUtteredFeaturization,
        Event,
        FollowupAction,
        LoopInterrupted,
        Restarted,
        SessionStarted,
        SlotSet,
        UserUtteranceReverted,
        UserUttered,
    )
    from rasa.shared.core.trackers import DialogueStateTracker

    from components.windowed_tracker import Held, WindowedTracker
    from support.config import PROJECT

# What it keeps beside what it knows.
KEPT = ("held", "_play", "_moments")
LISTEN = ActionExecuted("action_listen")
ASK = UserUttered("an agent please", {"name": "request_human", "confidence": 0.9})
TALKS: dict[str, list[Event]] = {
    "nothing": [],
    "small talk": [LISTEN, UserUttered("hello", {"name": "greet"}), BotUttered("Hello!"), LISTEN],
    "a form": [LISTEN, ASK, ActiveLoop("handoff_form"), SlotSet("requested_slot", "name")],
    "a rejected form": [
        *[LISTEN, ASK, ActionExecuted("handoff_form"), ActiveLoop("handoff_form"), LISTEN, ASK],
        ActionExecutionRejected("handoff_form"),
    ],
    "slots": [SlotSet("name", "Ann"), SlotSet("offer", "made"), SlotSet("name", None), LISTEN],
    "a new session": [LISTEN, ASK, SessionStarted(), SlotSet("name", "Ann"), LISTEN],
    "a restart": [LISTEN, ASK, SlotSet("name", "Ann"), Restarted()],
    "a follow-up": [LISTEN, ASK, FollowupAction("utter_greet")],
    "taken back": [LISTEN, ASK, LISTEN, UserUttered("stop"), UserUtteranceReverted()],
    "paused": [LISTEN, ASK, ConversationPaused()],
}

SELDOM = [
    SessionStarted(),
    Restarted(),
    ActionReverted(),
    UserUtteranceReverted(),
    FollowupAction("utter_greet"),
]


@pytest.fixture(scope="module")
def domain() -> Domain:
    """The project's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Domain.load(str(PROJECT / "domain.yml"))


def state_of(tracker: DialogueStateTracker) -> dict[str, object]:
    """Everything that a tracker knows, but for what it keeps in store."""
    kept = {name: value for name, value in vars(tracker).items() if name not in KEPT}
    slots = {name: (slot.value, slot.has_been_set) for name, slot in tracker.slots.items()}
    return {**kept, "slots": slots}


@pytest.mark.parametrize("events", TALKS.values(), ids=TALKS)
def test_copies_to_what_playing_all_events_again_comes_to(
    domain: Domain, events: list[Event]
) -> None:
    tracker = WindowedTracker.from_events("ann", events, domain.slots)
    assert state_of(tracker.copy()) == state_of(DialogueStateTracker.copy(tracker))


def test_is_not_touched_by_what_happens_to_its_copy(domain: Domain) -> None:
    events = TALKS["a rejected form"]
    tracker = WindowedTracker.from_events("ann", events, domain.slots)
    before = state_of(tracker.copy())
    twin = tracker.copy()
    for event in (SlotSet("name", "Bob"), ActionExecuted("handoff_form"), ActiveLoop(None), LISTEN):
        twin.update(event)
    assert state_of(tracker) == before
    assert twin.get_slot("name") == "Bob"


def test_knows_in_its_copy_what_is_stored(domain: Domain) -> None:
    tracker = WindowedTracker("ann", domain.slots)
    tracker.held = Held(None, 0, lambda _: [])  # type: ignore[arg-type]
    assert tracker.copy().held is tracker.held


@pytest.mark.parametrize("events", TALKS.values(), ids=TALKS)
def test_applies_the_events_that_rasa_applies(domain: Domain, events: list[Event]) -> None:
    ours = WindowedTracker.from_events("ann", events, domain.slots)
    assert ours.applied_events() == DialogueStateTracker.applied_events(ours)


@pytest.mark.parametrize("events", TALKS.values(), ids=TALKS)
@pytest.mark.parametrize("ignore", [True, False])
def test_sees_the_states_that_rasa_sees(domain: Domain, events: list[Event], ignore: bool) -> None:
    only = {"rule_only_slots": ["offer"], "rule_only_loops": []}
    ours = WindowedTracker("ann", domain.slots)
    theirs = DialogueStateTracker("ann", domain.slots)
    for event in events:
        ours.update(event)
        theirs.update(event)
        expected = theirs.past_states(domain, False, ignore, only)
        first = ours.past_states(domain, False, ignore, only)
        assert first == expected
        for state in first:
            state.clear()
        assert ours.past_states(domain, False, ignore, only) == expected


def happenings(chance: random.Random) -> list[Event]:
    """What may happen next in a conversation, probable or not."""
    hidden = chance.random() < 0.5
    name, intent = chance.choice(["Ann", None]), chance.choice(["greet", "request_human"])
    return [
        ActionExecuted("action_listen", hide_rule_turn=hidden),
        ActionExecuted("utter_greet", hide_rule_turn=hidden),
        ActionExecuted("handoff_form", hide_rule_turn=hidden),
        UserUttered("hello", {"name": intent, "confidence": 0.9}),
        BotUttered("Hello!"),
        SlotSet("name", name),
        SlotSet("offer", chance.choice(["made", "none"])),
        ActiveLoop(chance.choice(["handoff_form", None])),
        LoopInterrupted(hidden),
        ActionExecutionRejected("handoff_form"),
        DefinePrevUserUtteredFeaturization(hidden),
        *chance.sample(SELDOM, chance.choice([0, 0, 0, 1])),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_sees_the_states_that_rasa_sees_whatever_happens(domain: Domain, seed: int) -> None:
    chance = random.Random(seed)
    only = {"rule_only_slots": ["offer"], "rule_only_loops": chance.choice([[], ["handoff_form"]])}
    ours = WindowedTracker("ann", domain.slots)
    theirs = DialogueStateTracker("ann", domain.slots)
    for _ in range(60):
        event = chance.choice(happenings(chance))
        ours.update(event)
        theirs.update(event)
        # Playing may mark messages, which the next play sees.
        theirs.past_states(domain)
        for ignore in (False, True):
            omit = chance.random() < 0.1
            expected = theirs.past_states(domain, omit, ignore, only)
            assert ours.past_states(domain, omit, ignore, only) == expected


def test_plays_what_it_has_played_no_more(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = WindowedTracker.from_events("ann", TALKS["small talk"], domain.slots)
    tracker.past_states(domain)
    monkeypatch.setattr(tracker, "init_copy", lambda: pytest.fail("It begins anew."))
    tracker.update(ActionExecuted("utter_greet"))
    assert len(tracker.past_states(domain)) == len(tracker.past_states(domain, False, True)) == 4


def test_sees_what_another_domain_sees(domain: Domain) -> None:
    city = {"entity": "city", "value": "Rome", "start": 0, "end": 4}
    events = [LISTEN, UserUttered("Rome", {"name": "greet"}, [city]), LISTEN]
    other = Domain.from_dict({"intents": ["greet"], "entities": ["city"]})
    ours = WindowedTracker.from_events("ann", events, domain.slots)
    theirs = DialogueStateTracker.from_events("ann", events, domain.slots)
    assert ours.past_states(domain) == theirs.past_states(domain)
    assert ours.past_states(other) == theirs.past_states(other) != theirs.past_states(domain)
