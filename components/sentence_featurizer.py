"""Rasa featurizer: one dense vector per message, from a sentence model.

The vectors of sentences that mean the same lie close together, so that a classifier trained on a
few hundred phrases understands phrases that nobody wrote down.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import vector_cache
from components.sentence_encoder import (
    ModelFiles,
    SentenceEncoder,
    folder_model,
    load_encoder,
    own_model,
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Sets the sentence vector of each message's text as a dense sentence feature."""

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that Rasa looks for before training."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The options with their defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            # A folder with a sentence-transformers model in ONNX format; None is our own.
            "model": None,
            # Longer messages are cut there: a visitor asks within the first hundred words.
            "max_tokens": 128,
            # How many messages are encoded at once; in training several such batches are.
            "batch_size": 32,
            # Threads of one call.
            "threads": 1,
            # The vectors' length. A regularised classifier follows longer vectors more closely.
            "scale": 1.0,
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuses options that make no sense.

        Raises:
            InvalidConfigException: names the option, its value and what was expected.
        """
        model = config["model"]
        if model is not None and not (isinstance(model, str) and model.strip()):
            raise _invalid("model", model, "the path of a folder, or nothing")
        for option, least in (("max_tokens", 8), ("batch_size", 1), ("threads", 1)):
            value = config[option]
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise _invalid(option, value, f"a whole number of at least {least}")
        scale = config["scale"]
        if not isinstance(scale, (int, float)) or isinstance(scale, bool) or scale <= 0:
            raise _invalid("scale", scale, "a number above 0")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The model files' checksum, so that Rasa trains again when a file was replaced."""
        return _files({**cls.get_default_config(), **config}).checksum()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Loads the sentence model; an error of it stops training or loading."""
        cls.validate_config(config)
        files = _files(config)
        checksum = files.checksum()
        encoder = load_encoder(files, checksum, config["max_tokens"], config["threads"])
        kept = vector_cache.of_encoder(checksum, config["max_tokens"])
        return cls(config, execution_context.node_name, encoder, kept)

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        encoder: SentenceEncoder,
        kept: vector_cache.VectorCache | None = None,
    ) -> None:
        """Keeps the encoder; see `get_default_config` for the options.

        kept: vectors that it made before.
        """
        super().__init__(name, config)
        self._encoder = encoder
        # In a batch of several a text's vector depends on the others, so it is nobody else's.
        self._kept = kept if config["batch_size"] == 1 else None

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds a sentence feature of shape (1, dimensions), float32, to messages with a text."""
        for batch in self._batches(messages):
            self._add_features(batch, keep=vector_cache.is_learning())
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Does the same to all training examples, on several cores."""
        # Threads suffice: the model computes without holding Python's lock.
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            batches = self._batches(training_data.training_examples)
            list(pool.map(partial(self._add_features, keep=True), batches))
        if self._kept is not None:
            self._kept.save()
        return training_data

    def _batches(self, messages: list[Message]) -> list[list[Message]]:
        with_text = [message for message in messages if message.get(TEXT)]
        # Neighbours in length share a batch: padding to the longest is what costs.
        with_text.sort(key=lambda message: len(message.get(TEXT)))
        size = self._config["batch_size"]
        return [with_text[start : start + size] for start in range(0, len(with_text), size)]

    def _add_features(self, messages: list[Message], keep: bool) -> None:
        texts = [message.get(TEXT) for message in messages]
        known = self._kept.get(texts[0]) if self._kept is not None else None
        vectors = self._encoder.encode(texts) if known is None else known[None, :]
        if keep and known is None and self._kept is not None:
            self._kept.put(texts[0], vectors[0])
        scaled = np.asarray(vectors * self._config["scale"], dtype=np.float32)
        for message, vector in zip(messages, scaled, strict=True):
            self.add_features_to_message(None, vector[None, :], TEXT, message)


def _files(config: dict[str, Any]) -> ModelFiles:
    return own_model() if config["model"] is None else folder_model(Path(config["model"]))


def _invalid(option: str, value: object, expected: str) -> InvalidConfigException:
    return InvalidConfigException(
        f"SentenceFeaturizer: '{option}' is {value!r} in config.yml; expected is {expected}."
    )
