"""What an action server is sent, and may answer: the same as with Rasa's own check, faster."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from jsonschema import ValidationError, validate
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.core.domain import Domain

    from components import action_server, answers

SLOT = {"event": "slot", "name": "email", "value": "ann@example.org", "timestamp": None}
USER = {"event": "user", "text": "hello", "parse_data": {"entities": [], "intent": {}}}

TAKEN: dict[str, Any] = {
    "nothing": {},
    "no events": {"events": [], "responses": []},
    "slots": {"events": [SLOT, {**SLOT, "value": None}], "responses": [{"text": "hello"}]},
    "a slot of anything": {"events": [{**SLOT, "value": {"a": [1]}}]},
    "what the visitor says": {"events": [USER]},
    "a follow-up": {"events": [{"event": "followup", "name": "handoff_form"}]},
    "a closed form": {"events": [{"event": "active_loop", "name": None}]},
    "what is more": {"events": [], "more": 1},
}
REFUSED: dict[str, Any] = {
    "a list": [],
    "no object": "events",
    "events that are none": {"events": "slot"},
    "an event that is none": {"events": ["slot"]},
    "an event of no kind": {"events": [{"name": "email"}]},
    "an unknown kind": {"events": [{"event": "party"}]},
    "a kind that is no word": {"events": [{"event": ["slot"]}]},
    "a slot without a value": {"events": [{"event": "slot", "name": "email"}]},
    "a slot whose name is none": {"events": [{**SLOT, "name": 7}]},
    "a time that is none": {"events": [{**SLOT, "timestamp": "now"}]},
    "a bad event among good ones": {"events": [SLOT, {"event": "slot"}, SLOT]},
    "a response that is none": {"events": [], "responses": ["hello"]},
    "a null": {"events": None},
}


@pytest.mark.parametrize("answer", TAKEN.values(), ids=TAKEN)
def test_takes_what_rasa_takes(answer: Any) -> None:
    validate(answer, RemoteAction.action_response_format_spec())
    assert answers.is_plainly_right(answer)


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_takes_nothing_that_rasa_refuses(answer: Any) -> None:
    with pytest.raises(ValidationError):
        validate(answer, RemoteAction.action_response_format_spec())
    assert not answers.is_plainly_right(answer)


@pytest.mark.parametrize(
    "name, sent", [("validate_a_form", False), ("action_asks", True), ("action_declines", False)]
)
def test_sends_the_domain_to_who_asks_for_it(name: str, sent: bool) -> None:
    domain = Domain.from_dict(
        {
            "actions": [
                "validate_a_form",
                {"action_asks": {"send_domain": True}},
                {"action_declines": {"send_domain": False}},
            ]
        }
    )
    assert action_server._wants_domain(name, domain) is sent
