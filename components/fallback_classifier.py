"""Rasa's FallbackClassifier, with a threshold of its own for intents that cost most when wrong.

A visitor who did not ask for a person and lands in the contact form is lost; one who asked and is
offered the form loses one turn. So request_human needs more confidence than a greeting.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CarefulFallbackClassifier(FallbackClassifier):
    """Makes a message nlu_fallback when its intent is not certain enough."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's `threshold` and `ambiguity_threshold`, and `thresholds` per intent."""
        return {**FallbackClassifier.get_default_config(), "thresholds": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CarefulFallbackClassifier:
        """Checks the options.

        Raises:
            InvalidConfigException: `thresholds` does not give a number from 0 to 1 per intent.
        """
        thresholds = config["thresholds"]
        if not isinstance(thresholds, dict) or not all(map(_is_share, thresholds.values())):
            raise InvalidConfigException(
                f"CarefulFallbackClassifier: 'thresholds' is {thresholds!r} in config.yml; "
                "expected is a number from 0 to 1 per intent, such as 'request_human: 0.6'."
            )
        return cls(config)

    def _should_fallback(self, message: Message) -> bool:
        intent = message.get(INTENT) or {}
        needed = self.component_config["thresholds"].get(intent.get("name"), 0.0)
        return bool(intent.get("confidence", 0.0) < needed or super()._should_fallback(message))


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
