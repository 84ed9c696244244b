"""Rasa's line to the action server: where it is, what proves who calls, how long a call may take.

Stock Rasa waits 300 seconds for an action, whatever endpoints.yml says, checks each answer against
a JSON schema that it checks and compiles anew each time, and sends the whole domain along. All of
that is mended by a subclass of its `RemoteAction`, put in its place.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar

import rasa
from rasa.core.actions import action, forms
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import SQLAlchemyError

from components import answers, rasa_version
from components.action_calls import ActionCalls
from components.windowed_tracker import Saying, WindowedTracker
from support.config import Config
from support.metrics import RasaMetrics
from support.requests import TRANSCRIPT_LINES

logger = logging.getLogger(__name__)

# A visitor's patience; the longest action (sending) answers within 4 seconds or gives up.
SECONDS_PER_CALL = 10
# A turn sees a window of its conversation; these get what was said before, too.
NEED_ALL_THAT_WAS_SAID = {"action_submit_handoff"}


class ActionServerCall(RemoteAction):
    """One call, to the configured action server. endpoint: put there by `install`."""

    endpoint: ClassVar[ActionCalls | None] = None

    def __init__(self, name: str, action_endpoint: EndpointConfig | None) -> None:
        super().__init__(name, self.endpoint)
        self._earlier: list[Saying] = []

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        if self.name() in NEED_ALL_THAT_WAS_SAID:
            self._earlier = await _said_before(tracker)
        events: list[Event] = await super().run(output_channel, nlg, tracker, domain)
        return events

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        state = tracker.current_state(EventVerbosity.ALL)
        state["events"][:0] = self._earlier
        call = {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": state,
            "version": rasa.__version__,
        }
        # Rasa's own `enable_selective_domain`, but for forms, too: it is half of what is sent.
        if _wants_domain(self.name(), domain):
            call["domain"] = domain.as_dict()
        return call

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        return answers.is_plainly_right(result) or bool(super()._validate_action_result(result))


def install(config: Config, metrics: RasaMetrics) -> None:
    """Make every call to the action server go where `config` says, with its token and our limit.

    Raises ConfigError on a Rasa whose code this was not made for.
    """
    rasa_version.require(__name__)
    ActionServerCall.endpoint = ActionCalls(
        url=f"{config.actions_url}/webhook",
        headers={"Authorization": f"Bearer {config.internal_token}"},
        metrics=metrics,
    )
    # Forms have a name of their own for it.
    action.RemoteAction = forms.RemoteAction = ActionServerCall
    action.DEFAULT_REQUEST_TIMEOUT = SECONDS_PER_CALL


def _wants_domain(name: str, domain: Domain) -> bool:
    """Whether domain.yml says `send_domain: true` of this action."""
    listed = domain.as_dict().get("actions", ())
    told = (each.get(name) or {} for each in listed if isinstance(each, dict))
    return any(options.get("send_domain") for options in told)


async def _said_before(tracker: DialogueStateTracker) -> list[Saying]:
    """What was said before the tracker's window; nothing when that cannot be read."""
    held = tracker.held if isinstance(tracker, WindowedTracker) else None
    if held is None:
        return []
    try:
        return await asyncio.to_thread(held.said_before, TRANSCRIPT_LINES)
    except SQLAlchemyError as error:
        # A request with half a transcript is better than none.
        logger.error("A transcript's beginning cannot be read: %s", type(error).__name__)
        return []
