"""The intent classifier: learns, remembers, ranks, and refuses what it cannot work with."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.exceptions import InvalidConfigException
    from rasa.shared.nlu.constants import (
        FEATURE_TYPE_SENTENCE,
        INTENT,
        INTENT_RANKING_KEY,
        TEXT,
    )
    from rasa.shared.nlu.training_data.features import Features
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from components.intent_classifier import ClassifierNotTrained, VectorIntentClassifier

CONTEXT = ExecutionContext(GraphSchema({}), node_name="classifier")
RESOURCE = Resource("classifier")
CENTRES = {"greet": (1.0, 0.0, 0.0), "request_human": (0.0, 1.0, 0.0), "thank": (0.0, 0.0, 1.0)}


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    """An empty model."""
    return LocalModelStorage(tmp_path)


def build(storage: LocalModelStorage, **options: Any) -> VectorIntentClassifier:
    """A classifier as Rasa makes it, with these options over the defaults."""
    config = {**VectorIntentClassifier.get_default_config(), **options}
    return VectorIntentClassifier.create(config, storage, RESOURCE, CONTEXT)


def reload(storage: LocalModelStorage, **options: Any) -> VectorIntentClassifier:
    """The classifier as the server loads it from the model."""
    config = {**VectorIntentClassifier.get_default_config(), **options}
    return VectorIntentClassifier.load(config, storage, RESOURCE, CONTEXT)


def message(vector: tuple[float, ...], intent: str | None = None) -> Message:
    """A message with this sentence vector."""
    built = Message.build(text="some text", intent=intent)
    row = np.array([vector], dtype=np.float32)
    built.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, "featurizer"))
    return built


def examples(intents: list[str]) -> TrainingData:
    """Twenty examples of each intent, scattered about its centre."""
    rng = np.random.default_rng(0)
    return TrainingData(
        [
            message(tuple(np.array(CENTRES[intent]) + rng.normal(0, 0.1, 3)), intent)
            for intent in intents
            for _ in range(20)
        ]
    )


@pytest.mark.parametrize("intents", [list(CENTRES), ["greet", "thank"]])
def test_it_finds_the_intent_of_a_near_vector(
    storage: LocalModelStorage, intents: list[str]
) -> None:
    classifier = build(storage)
    classifier.train(examples(intents))
    for intent in intents:
        (found,) = classifier.process([message(CENTRES[intent])])
        assert found.get(INTENT)["name"] == intent
        assert found.get(INTENT)["confidence"] > 0.8


def test_it_ranks_all_intents_by_confidence(storage: LocalModelStorage) -> None:
    classifier = build(storage, familiar=0)
    classifier.train(examples(list(CENTRES)))
    (found,) = classifier.process([message((0.9, 0.5, 0.0))])
    ranking = found.get(INTENT_RANKING_KEY)
    assert [each["name"] for each in ranking] == ["greet", "request_human", "thank"]
    assert sum(each["confidence"] for each in ranking) == pytest.approx(1)
    assert found.get(INTENT) == ranking[0]


def test_it_is_less_sure_of_what_resembles_no_example(storage: LocalModelStorage) -> None:
    build(storage).train(examples(list(CENTRES)))
    strange = (5.0, -5.0, -5.0)
    found = [reload(storage, familiar=f).process([message(strange)])[0] for f in (0, 0.7)]
    sure, unsure = (each.get(INTENT) for each in found)
    assert (sure["name"], unsure["name"]) == ("greet", "greet")
    assert sure["confidence"] > 0.99
    assert unsure["confidence"] == pytest.approx(3**-0.5 / 0.7, abs=0.15)


def test_it_does_not_expect_the_background_to_look_familiar(storage: LocalModelStorage) -> None:
    build(storage).train(examples(list(CENTRES)))
    classifier = reload(storage, background="greet")
    (found,) = classifier.process([message((5.0, -5.0, -5.0))])
    assert found.get(INTENT)["confidence"] > 0.99


@pytest.mark.parametrize("familiar", [-0.1, 1.1, "high", None])
def test_it_refuses_a_cosine_that_is_none(storage: LocalModelStorage, familiar: object) -> None:
    with pytest.raises(InvalidConfigException, match=f"'familiar' is {familiar!r}"):
        build(storage, familiar=familiar)


def test_it_names_no_more_intents_than_asked_for(storage: LocalModelStorage) -> None:
    classifier = build(storage, ranking_length=2)
    classifier.train(examples(list(CENTRES)))
    (found,) = classifier.process([message(CENTRES["thank"])])
    assert len(found.get(INTENT_RANKING_KEY)) == 2


@pytest.mark.parametrize("intents", [list(CENTRES), ["greet", "thank"]])
def test_it_decides_the_same_after_loading(storage: LocalModelStorage, intents: list[str]) -> None:
    trained = build(storage)
    trained.train(examples(intents))
    vector = (0.4, 0.1, 0.5)
    (before,) = trained.process([message(vector)])
    (after,) = reload(storage).process([message(vector)])
    assert before.get(INTENT_RANKING_KEY) == after.get(INTENT_RANKING_KEY)


def test_it_gives_a_message_without_text_no_intent(storage: LocalModelStorage) -> None:
    classifier = build(storage)
    classifier.train(examples(list(CENTRES)))
    (found,) = classifier.process([Message({TEXT: ""})])
    assert found.get(INTENT) == {"name": None, "confidence": 0.0}
    assert found.get(INTENT_RANKING_KEY) == []


def test_it_follows_its_examples_more_closely_with_a_larger_c(storage: LocalModelStorage) -> None:
    sure = []
    for strength in (0.01, 100.0):
        classifier = build(storage, C=strength)
        classifier.train(examples(list(CENTRES)))
        (found,) = classifier.process([message(CENTRES["greet"])])
        sure.append(found.get(INTENT)["confidence"])
    assert sure[0] < 0.7 < sure[1]


@pytest.mark.parametrize("intents", [[], ["greet"]])
def test_it_does_not_learn_from_fewer_than_two_intents(
    storage: LocalModelStorage, intents: list[str]
) -> None:
    with pytest.raises(ClassifierNotTrained, match=rf"{len(intents)} intent\(s\)"):
        build(storage).train(examples(intents))


def test_it_refuses_to_load_when_it_was_never_trained(storage: LocalModelStorage) -> None:
    with pytest.raises(ClassifierNotTrained, match="rasa train"):
        reload(storage)


def test_it_says_when_no_featurizer_came_before_it(storage: LocalModelStorage) -> None:
    classifier = build(storage)
    classifier.train(examples(list(CENTRES)))
    with pytest.raises(ClassifierNotTrained, match="no dense sentence feature"):
        classifier.process([Message({TEXT: "hello"})])


@pytest.mark.parametrize("option", ["C", "max_iter", "ranking_length"])
@pytest.mark.parametrize("value", [0, -1, "ten", True, None])
def test_it_refuses_an_option_that_makes_no_sense(
    storage: LocalModelStorage, option: str, value: object
) -> None:
    with pytest.raises(InvalidConfigException, match=f"'{option}' is {value!r}"):
        build(storage, **{option: value})
