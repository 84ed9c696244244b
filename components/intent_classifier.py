"""Rasa classifier over dense sentence vectors: a linear one that also asks "have I seen the like?".

A linear classifier is sure of itself far from everything it learned: a town's name came out as
asking for a person. So an intent's confidence falls when the message resembles none of its
examples. Beside that it has the regularisation as an option, needs no import of skops (five seconds
of a cold training), and refuses to load when it was never trained, unlike Rasa's own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

Matrix = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
WEIGHTS_FILE = "weights.npz"
# An intent with a smaller share is not looked at twice.
NEGLIGIBLE = 0.01
INTENTS_FILE = "intents.json"


class ClassifierNotTrained(RasaException):
    """The intent classifier has nothing to decide with."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class VectorIntentClassifier(IntentClassifier, GraphComponent):
    """Multinomial logistic regression on each message's dense sentence feature."""

    @classmethod
    def required_components(cls) -> list[type]:
        """It classifies what a dense featurizer found."""
        return [DenseFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that Rasa looks for before training."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The options with their defaults."""
        return {
            # How closely the examples are followed (inverse regularisation).
            "C": 10.0,
            "max_iter": 1000,
            # The cosine to the nearest example of an intent below which its confidence falls in
            # proportion; 0 leaves all confidences as they are.
            "familiar": 0.7,
            # The intent for everything else, which is never expected to look familiar.
            "background": "out_of_scope",
            # How many intents `intent_ranking` names.
            "ranking_length": 5,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VectorIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Checks the options.

        Raises:
            InvalidConfigException: names the option, its value and what was expected.
        """
        for option in ("C", "max_iter", "ranking_length"):
            value = config[option]
            if not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
                raise InvalidConfigException(
                    f"VectorIntentClassifier: '{option}' is {value!r} in config.yml; "
                    "expected is a number above 0."
                )
        if not isinstance(config["familiar"], (int, float)) or not 0 <= config["familiar"] <= 1:
            raise InvalidConfigException(
                f"VectorIntentClassifier: 'familiar' is {config['familiar']!r} in config.yml; "
                "expected is a number from 0 to 1."
            )
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._weights: Matrix = np.zeros((0, 0), dtype=np.float32)
        self._bias: Matrix = np.zeros(0, dtype=np.float32)
        # Unit vectors of the examples, those of one intent together, and where each intent begins;
        # after the last one's begin stands the end.
        self._examples: Matrix = np.zeros((0, 0), dtype=np.float32)
        self._begins: Integers = np.zeros(0, dtype=np.int64)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from all examples that have an intent and a dense sentence feature.

        Raises:
            ClassifierNotTrained: the examples hold fewer than two intents.
        """
        # scikit-learn is needed for training alone; the server starts without it.
        from sklearn.linear_model import LogisticRegression

        examples = [item for item in training_data.intent_examples if item.get(TEXT)]
        intents = [item.get(INTENT) for item in examples]
        if len(set(intents)) < 2:
            raise ClassifierNotTrained(
                f"The training data has {len(set(intents))} intent(s); at least 2 are needed. "
                "Add examples of another intent to data/nlu.yml."
            )
        model = LogisticRegression(
            C=self._config["C"],
            max_iter=int(self._config["max_iter"]),
            multi_class="multinomial",
        )
        vectors = _vectors(examples)
        model.fit(vectors, intents)
        self._set_model(model.classes_.tolist(), model.coef_, model.intercept_)
        self._set_examples(vectors, np.searchsorted(model.classes_, intents))
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent` and `intent_ranking`; a message without text gets no intent."""
        for message in messages:
            ranking = self._ranking(message) if message.get(TEXT) else []
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, best, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> VectorIntentClassifier:
        """The trained classifier.

        Raises:
            ClassifierNotTrained: the stored model has no classifier in it.
        """
        classifier = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                classifier._read(folder)
        except ValueError as error:
            raise ClassifierNotTrained(
                f"The model holds no trained intent classifier ('{resource.name}'). "
                "Train it again with 'rasa train'."
            ) from error
        return classifier

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        vector = _vectors([message])[0]
        scores = self._weights @ vector + self._bias
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        for intent in np.flatnonzero(shares > NEGLIGIBLE):
            shares[intent] *= self._familiarity(int(intent), vector)
        best = np.argsort(-shares)[: int(self._config["ranking_length"])]
        return [{"name": self._intents[i], "confidence": float(shares[i])} for i in best]

    def _familiarity(self, intent: int, vector: Matrix) -> float:
        """From 0 to 1: whether one of the intent's examples is near the vector."""
        expected = float(self._config["familiar"])
        if not expected or self._intents[intent] == self._config["background"]:
            return 1.0
        examples = self._examples[self._begins[intent] : self._begins[intent + 1]]
        cosine = float((examples @ _unit_length(vector[None])[0]).max())
        return min(max(cosine / expected, 0.0), 1.0)

    def _set_examples(self, vectors: Matrix, intents: Integers) -> None:
        order = np.argsort(intents, kind="stable")
        self._examples = _unit_length(vectors[order])
        self._begins = np.searchsorted(intents[order], np.arange(len(self._intents) + 1))

    def _set_model(self, intents: list[str], weights: Matrix, bias: Matrix) -> None:
        if len(intents) == 2:
            # scikit-learn keeps one row for two classes: the second's score; the first's is its
            # negative, which gives the same shares.
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        self._intents = intents
        self._weights = np.asarray(weights, dtype=np.float32)
        self._bias = np.asarray(bias, dtype=np.float32)

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / WEIGHTS_FILE,
                weights=self._weights,
                bias=self._bias,
                examples=self._examples,
                begins=self._begins,
            )
            (folder / INTENTS_FILE).write_text(json.dumps(self._intents), encoding="utf-8")

    def _read(self, folder: Path) -> None:
        with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as stored:
            self._weights, self._bias = stored["weights"], stored["bias"]
            self._examples, self._begins = stored["examples"], stored["begins"]
        self._intents = json.loads((folder / INTENTS_FILE).read_text(encoding="utf-8"))


def _vectors(messages: list[Message]) -> Matrix:
    rows = []
    for message in messages:
        _, sentence = message.get_dense_features(TEXT)
        if sentence is None:
            raise ClassifierNotTrained(
                f"The message {message.get(TEXT)!r} has no dense sentence feature. Put a dense "
                "featurizer before VectorIntentClassifier in config.yml."
            )
        rows.append(sentence.features[0])
    return np.array(rows, dtype=np.float32)


def _unit_length(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
