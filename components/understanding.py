"""What a loaded model understands: of many messages at once, and which examples one is close to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from components import vector_cache
from support.flow.project import TRIGGER

# Messages between which other threads get their turn.
PORTION = 20
CLOSEST = 3
# Below the first, two texts have nothing in common; within the second, they are equally like.
UNLIKE = 0.6
AS_LIKE = 0.02


@dataclass(frozen=True)
class Understood:
    """What a model makes of a text. ranking: its intents by confidence, the best first."""

    text: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    vector: npt.NDArray[np.float32]

    @property
    def asks(self) -> bool:
        """Whether it starts the contact form."""
        return self.intent == TRIGGER

    def to_json(self) -> dict[str, Any]:
        """For people."""
        return {
            "text": self.text,
            "understood": self.asks,
            "intent": self.intent,
            "confidence": round(self.confidence, 3),
            "ranking": [
                {"intent": intent, "confidence": round(confidence, 3)}
                for intent, confidence in self.ranking[:CLOSEST]
            ],
        }


def read(processor: MessageProcessor, texts: Sequence[str]) -> list[Understood]:
    """Understand texts as messages; their vectors are kept, so none may be a visitor's."""
    found: list[Understood] = []
    with vector_cache.learning():
        for start in range(0, len(texts), PORTION):
            messages = [UserMessage(text) for text in texts[start : start + PORTION]]
            results = processor.graph_runner.run(
                inputs={PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: None},
                targets=[processor.model_metadata.nlu_target],
            )
            found += map(_understood, results[processor.model_metadata.nlu_target])
    return found


class Examples:
    """The examples that a model was trained with, to find the closest to a text."""

    def __init__(self, processor: MessageProcessor, intents: Mapping[str, str]) -> None:
        """intents: of each example, by its text."""
        known = read(processor, list(intents))
        self._texts = [each.text for each in known]
        self._intents = [intents[text] for text in self._texts]
        self._vectors = np.stack([each.vector for each in known])

    def closest(self, understood: Understood) -> list[dict[str, Any]]:
        """The nearest examples with their intent and likeness (1: the same)."""
        return list(islice(self._by_likeness(understood), CLOSEST))

    def also_fits(self, understood: Understood) -> list[dict[str, Any]]:
        """Examples of other intents that are as like the text as those of asking for a person."""
        nearest: dict[bool, dict[str, Any]] = {}
        for each in self._by_likeness(understood):
            nearest.setdefault(each["intent"] == TRIGGER, each)
            if len(nearest) == 2:
                break
        other = nearest.get(False)
        if other is None or other["likeness"] < UNLIKE:
            return []
        own = nearest[True]["likeness"] if True in nearest else 0.0
        return [other] if other["likeness"] > own - AS_LIKE else []

    def _by_likeness(self, understood: Understood) -> Iterator[dict[str, Any]]:
        likeness = self._vectors @ understood.vector
        for index in np.argsort(-likeness):
            if self._texts[index] != understood.text:
                yield {
                    "text": self._texts[index],
                    "intent": self._intents[index],
                    "likeness": round(float(likeness[index]), 3),
                }


def _understood(message: Message) -> Understood:
    intent = message.get(INTENT) or {}
    ranking = message.get(INTENT_RANKING_KEY) or []
    _, sentence = message.get_dense_features(TEXT)
    vector = sentence.features[0]
    return Understood(
        message.get(TEXT),
        str(intent.get("name")),
        float(intent.get("confidence") or 0.0),
        tuple((str(each["name"]), float(each["confidence"])) for each in ranking),
        np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32),
    )
