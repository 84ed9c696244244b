"""The fallback classifier: unsure means offer, and request_human needs more than the rest."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.exceptions import InvalidConfigException
    from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
    from rasa.shared.nlu.training_data.message import Message

    from components.fallback_classifier import CarefulFallbackClassifier


def build(tmp_path: Path, **options: Any) -> CarefulFallbackClassifier:
    """A classifier as Rasa makes it, with these options over the project's."""
    config = {
        **CarefulFallbackClassifier.get_default_config(),
        "threshold": 0.4,
        "ambiguity_threshold": 0.1,
        "thresholds": {"request_human": 0.7},
        **options,
    }
    context = ExecutionContext(GraphSchema({}), node_name="fallback")
    return CarefulFallbackClassifier.create(
        config, LocalModelStorage(tmp_path), Resource("fallback"), context
    )


def understood(*ranking: tuple[str, float]) -> Message:
    """A message with these intents and confidences."""
    named = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    return Message({TEXT: "text", INTENT: named[0], INTENT_RANKING_KEY: named})


@pytest.mark.parametrize(
    "ranking, expected",
    [
        ([("request_human", 0.9), ("greet", 0.1)], "request_human"),
        ([("request_human", 0.7), ("greet", 0.3)], "request_human"),
        ([("request_human", 0.69), ("greet", 0.1)], "nlu_fallback"),
        ([("greet", 0.69), ("request_human", 0.1)], "greet"),
        ([("greet", 0.39), ("request_human", 0.1)], "nlu_fallback"),
        ([("greet", 0.48), ("thank", 0.4)], "nlu_fallback"),
    ],
)
def test_it_falls_back_when_the_intent_is_not_certain_enough(
    tmp_path: Path, ranking: list[tuple[str, float]], expected: str
) -> None:
    (message,) = build(tmp_path).process([understood(*ranking)])
    assert message.get(INTENT)["name"] == expected
    assert message.get(INTENT_RANKING_KEY)[0]["name"] == expected


def test_it_is_rasas_own_without_thresholds_per_intent(tmp_path: Path) -> None:
    classifier = build(tmp_path, thresholds={})
    (message,) = classifier.process([understood(("request_human", 0.6), ("greet", 0.1))])
    assert message.get(INTENT)["name"] == "request_human"


@pytest.mark.parametrize(
    "thresholds", [0.5, None, {"request_human": 2}, {"greet": "high"}, {"greet": True}]
)
def test_it_refuses_thresholds_that_make_no_sense(tmp_path: Path, thresholds: object) -> None:
    with pytest.raises(InvalidConfigException, match="a number from 0 to 1 per intent"):
        build(tmp_path, thresholds=thresholds)
