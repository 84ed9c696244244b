"""Rasa's line to the action server: where it is, what proves who calls, how long a call may take.

Stock Rasa waits 300 seconds for an action, whatever endpoints.yml says, and checks each answer
against a JSON schema that it compiles anew each time: 70 % of a form turn. Both are mended by a
subclass of its `RemoteAction`, put in its place. Made for Rasa 3.6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa
from jsonschema import Draft202012Validator
from rasa.core.actions import action
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

from components.action_calls import ActionCalls
from support.config import Config
from support.errors import ConfigError
from support.metrics import RasaMetrics

MADE_FOR = "3.6."
# A visitor's patience; the longest action (sending) answers within 4 seconds or gives up.
SECONDS_PER_CALL = 10


def install(config: Config, metrics: RasaMetrics) -> None:
    """Make every call to the action server go where `config` says, with its token and our limit.

    Raises ConfigError on a Rasa whose code this was not made for.
    """
    if not rasa.__version__.startswith(MADE_FOR):
        raise ConfigError(
            f"Rasa {rasa.__version__} is installed; components/action_server.py was made for "
            f"{MADE_FOR}x. Install the locked requirements, or check it against the new version."
        )
    endpoint = ActionCalls(
        url=f"{config.actions_url}/webhook",
        headers={"Authorization": f"Bearer {config.internal_token}"},
        metrics=metrics,
    )

    class ActionServerCall(RemoteAction):
        """One call, to the configured action server."""

        def __init__(self, name: str, action_endpoint: EndpointConfig | None) -> None:
            super().__init__(name, endpoint)

        def _validate_action_result(self, result: dict[str, Any]) -> bool:
            _validator().validate(result)
            return True

    action.RemoteAction = ActionServerCall
    action.DEFAULT_REQUEST_TIMEOUT = SECONDS_PER_CALL


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(RemoteAction.action_response_format_spec())
