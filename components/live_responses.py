"""The assistant's words, with Support Operations' settings as they are at this moment.

Every response can use {response_time} and {alternative_contact}, and be worded differently while
`support` is off, without a call to the action server and without retraining.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import SQLAlchemyError

from components import serving
from support import settings
from support.form import NAMES

logger = logging.getLogger(__name__)
NOT_GIVEN = "utter_not_given"


class LiveResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator, with slots that are always up to date."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        serving.prepare()
        super().__init__(domain.responses)

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """The response's variation for the tracker's slots and the settings, filled in."""
        slots = {**tracker.current_slot_values(), **await live_values()}
        known = {**slots, **self._not_given(slots)}
        response: dict[str, Any] | None = self.generate_from_slots(
            utter_action, known, output_channel, **kwargs
        )
        return response

    def _not_given(self, slots: Mapping[str, Any]) -> dict[str, str]:
        """The words for answers that the visitor left out."""
        variations: list[dict[str, Any]] = self.responses.get(NOT_GIVEN) or [{}]
        words = variations[0].get("text", "")
        return {name: words for name in NAMES if not slots.get(name)}


async def live_values() -> dict[str, str]:
    """The settings that words may need, by slot; next to none while they cannot be read."""
    try:
        current = await asyncio.to_thread(settings.current)
    except SQLAlchemyError as error:
        logger.error("Settings cannot be read: %s", type(error).__name__)
        return {"other_ways": "unknown"}
    return {
        "support": "on" if current.enabled else "off",
        "response_time": current.response_time,
        "alternative_contact": current.alternative_contact,
        "other_ways": "known" if current.alternative_contact else "unknown",
    }
