"""Training beside the visitors: what is left out of Rasa's own way changes no model."""

from __future__ import annotations

import copy
import warnings

import pytest
from rasa.shared.nlu.training_data import training_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from components import flow_training


def _example(text: str, intent: str) -> Message:
    return Message.build(text, intent=intent)


def test_merges_examples_as_rasa_does_and_changes_neither_part() -> None:
    ours = TrainingData([_example("Hi", "greet")], responses={"utter_a": [{"text": "A"}]})
    more = TrainingData([_example("Bye", "goodbye")], responses={"utter_b": [{"text": "B"}]})
    expected = ours.merge(more)
    with flow_training._without_copies():
        merged = ours.merge(more)
    assert merged.fingerprint() == expected.fingerprint()
    assert [each.get("text") for each in ours.training_examples] == ["Hi"]
    assert list(ours.responses) == ["utter_a"]


def test_leaves_rasa_as_it_was_also_when_the_training_fails() -> None:
    with pytest.raises(ValueError, match="planted"), flow_training._without_copies():
        raise ValueError("planted")
    assert training_data.copy is copy
