"""The assistant's words, with Support Operations' settings as they are at this moment.

Every response can use {response_time} and {alternative_contact}, and be worded differently while
`support` is off, without a call to the action server and without retraining.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components import first_look, serving
from support import words
from support.form import NAMES

NOT_GIVEN = "utter_not_given"
OFFER = "utter_offer"
Responses = dict[str, list[dict[str, Any]]]


class LiveResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator, with slots that are always up to date."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        serving.prepare()
        self._own: Responses = {}
        self._responses: Responses = {}
        super().__init__(domain.responses)

    @property
    def responses(self) -> Responses:
        """Every response by name: those of the model that answers, and what only the last one had.

        Models are swapped while messages are under way, and each of those ends as it began.
        """
        return self._responses

    @responses.setter
    def responses(self, responses: Responses) -> None:
        self._responses = {**self._own, **responses}
        self._own = responses

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """The response's variation for the tracker's slots and the settings, filled in."""
        slots = {**tracker.current_slot_values(), **await self._live_values()}
        known = {**slots, **self._not_given(slots), "misunderstood": _misunderstood(tracker)}
        response: dict[str, Any] | None = self.generate_from_slots(
            utter_action, known, output_channel, **kwargs
        )
        return response

    async def _live_values(self) -> dict[str, str]:
        return await live_values()

    def _not_given(self, slots: Mapping[str, Any]) -> dict[str, str]:
        """The words for answers that the visitor left out."""
        names = [row["name"] for row in slots.get("handoff_fields") or ()] or NAMES
        variations = self.responses.get(NOT_GIVEN) or [{}]
        words = variations[0].get("text", "")
        return {name: words for name in names if not slots.get(name)}


async def live_values() -> dict[str, str]:
    """The settings that words may need, by slot, as this turn found them, or as they are."""
    current = await first_look.settings_now()
    return words.values(current, serving.prepare().public_url)


def _misunderstood(tracker: DialogueStateTracker) -> str:
    """'twice' when the visitor's message before this one got the offer for an answer, too."""
    messages = 0
    for event in reversed(tracker.events):
        messages += isinstance(event, UserUttered)
        if messages == 2:
            break
        if messages == 1 and isinstance(event, BotUttered):
            return "twice" if event.metadata.get("utter_action") == OFFER else "once"
    return "once"
