"""Events' classes are found as Rasa finds them."""

from __future__ import annotations

import warnings

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.shared.core.events import Event, SlotSet, UserUttered, deserialise_events

    from components import event_types

# As it was before anything was installed.
STOCK = event_types._look_up
KINDS = ["user", "bot", "slot", "action", "session_started", "active_loop", "rewind", "topic"]


@pytest.mark.parametrize("default", [None, UserUttered])
@pytest.mark.parametrize("kind", KINDS)
def test_finds_what_rasa_finds_each_time(kind: str, default: type[Event] | None) -> None:
    for _ in range(2):
        assert event_types.resolve_by_type(kind, default) is STOCK(kind, default)


def test_does_not_know_what_rasa_does_not_know() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="Unknown event name 'guess'"):
            event_types.resolve_by_type("guess")
    assert event_types.resolve_by_type("guess", UserUttered) is UserUttered


def test_rasa_reads_answers_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Event, "resolve_by_type", staticmethod(STOCK))
    event_types.install()
    assert Event.resolve_by_type is event_types.resolve_by_type
    (event,) = deserialise_events([{"event": "slot", "name": "offer", "value": "made"}])
    assert event == SlotSet("offer", "made")
