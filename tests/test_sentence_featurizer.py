"""The sentence featurizer keeps Rasa's contract for dense featurizers."""

from __future__ import annotations

import shutil
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.exceptions import InvalidConfigException
    from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from components.sentence_encoder import WEIGHTS, SentenceModelMissing
    from components.sentence_featurizer import SentenceFeaturizer

TEXTS = ["hello", "I want to talk to an agent", "where is my order? it should be here by now"]


def build(tmp_path: Path, name: str = "featurizer", **options: Any) -> SentenceFeaturizer:
    """A featurizer as Rasa makes it, with these options over the defaults."""
    storage = tmp_path / f"storage-{uuid.uuid4().hex}"
    storage.mkdir()
    return SentenceFeaturizer.create(
        {**SentenceFeaturizer.get_default_config(), **options},
        LocalModelStorage(storage),
        Resource(name),
        ExecutionContext(GraphSchema({}), node_name=name),
    )


def messages() -> list[Message]:
    """One message per text, with an intent."""
    return [Message.build(text=text, intent="some") for text in TEXTS]


def vector(message: Message) -> np.ndarray:
    """The message's dense sentence feature."""
    _, sentence = message.get_dense_features(TEXT)
    assert sentence is not None
    return np.asarray(sentence.features)


def test_it_is_registered_as_a_featurizer_that_is_not_trained() -> None:
    registered = DefaultV1Recipe._registered_components["SentenceFeaturizer"]
    assert registered.clazz is SentenceFeaturizer
    assert registered.types == {DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER}
    assert not registered.is_trainable


def test_it_adds_one_sentence_feature_and_no_sequence_feature(tmp_path: Path) -> None:
    for message in build(tmp_path).process(messages()):
        sequence, _ = message.get_dense_features(TEXT)
        assert sequence is None
        assert vector(message).shape == (1, 384)
        assert vector(message).dtype == np.float32


def test_it_labels_its_features(tmp_path: Path) -> None:
    (message,) = build(tmp_path, "run_SentenceFeaturizer0").process(messages()[:1])
    (feature,) = message.features
    assert (feature.origin, feature.attribute) == ("run_SentenceFeaturizer0", TEXT)
    assert feature.type == FEATURE_TYPE_SENTENCE


def test_it_takes_its_label_from_the_alias(tmp_path: Path) -> None:
    (message,) = build(tmp_path, alias="meaning").process(messages()[:1])
    assert message.features[0].origin == "meaning"


def test_it_treats_training_data_and_messages_alike(tmp_path: Path) -> None:
    featurizer = build(tmp_path)
    trained = featurizer.process_training_data(TrainingData(messages())).training_examples
    for example, message in zip(trained, featurizer.process(messages()), strict=True):
        np.testing.assert_array_equal(vector(example), vector(message))


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_it_keeps_each_vector_with_its_message(tmp_path: Path, batch_size: int) -> None:
    together = build(tmp_path, batch_size=batch_size).process(messages())
    assert [message.get(TEXT) for message in together] == TEXTS
    for message, alone in zip(together, messages(), strict=True):
        build(tmp_path).process([alone])
        assert float(vector(message)[0] @ vector(alone)[0]) > 0.95


def test_it_leaves_everything_else_in_the_message_alone(tmp_path: Path) -> None:
    (message,) = build(tmp_path).process([Message.build(text=TEXTS[0], intent="greet")])
    assert message.data == {TEXT: TEXTS[0], INTENT: "greet"}


@pytest.mark.parametrize("data", [{TEXT: ""}, {TEXT: None}, {}, {"action_name": "action_x"}])
def test_it_passes_over_messages_without_text(tmp_path: Path, data: dict[str, Any]) -> None:
    (message,) = build(tmp_path).process([Message(data)])
    assert message.features == []


def test_it_bears_no_messages_at_all(tmp_path: Path) -> None:
    assert build(tmp_path).process([]) == []
    assert build(tmp_path).process_training_data(TrainingData()).training_examples == []


def test_it_scales_the_vectors(tmp_path: Path) -> None:
    (message,) = build(tmp_path, scale=3).process(messages()[:1])
    assert np.linalg.norm(vector(message)) == pytest.approx(3, abs=1e-4)


@pytest.mark.parametrize(
    "option, value, expected",
    [
        ("model", 5, "a folder"),
        ("model", " ", "a folder"),
        ("max_tokens", 2, "at least 8"),
        ("max_tokens", "many", "at least 8"),
        ("batch_size", 0, "at least 1"),
        ("batch_size", True, "at least 1"),
        ("threads", 1.5, "at least 1"),
        ("scale", 0, "above 0"),
        ("scale", "large", "above 0"),
    ],
)
def test_it_refuses_an_option_that_makes_no_sense(
    tmp_path: Path, option: str, value: object, expected: str
) -> None:
    with pytest.raises(InvalidConfigException, match=expected) as caught:
        build(tmp_path, **{option: value})
    assert f"'{option}' is {value!r}" in str(caught.value)


def test_it_refuses_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(SentenceModelMissing, match=r"model\.onnx"):
        build(tmp_path, model=str(tmp_path))


def test_its_fingerprint_changes_with_the_model(tmp_path: Path) -> None:
    packaged = SentenceFeaturizer.fingerprint_addon({})
    assert packaged == SentenceFeaturizer.fingerprint_addon({"model": None})
    shutil.copy(WEIGHTS, tmp_path / "model.onnx")
    (tmp_path / "tokenizer.json").write_text("{}")
    first = SentenceFeaturizer.fingerprint_addon({"model": str(tmp_path)})
    (tmp_path / "tokenizer.json").write_text('{"changed": true}')
    assert (
        len({packaged, first, SentenceFeaturizer.fingerprint_addon({"model": str(tmp_path)})}) == 3
    )
