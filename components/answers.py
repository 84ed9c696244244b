"""Whether an action server's answer has the form that Rasa wants.

Stock Rasa compares each event with the schemas of all two dozen kinds, and checks the schemas
themselves each time. Here an event is compared with its own kind's. Whatever that does not accept
is left to Rasa's whole schema, so what is refused, and in which words, is Rasa's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from rasa.shared.utils.schemas.events import EVENT_SCHEMA


def is_plainly_right(answer: Any) -> bool:
    """Whether Rasa takes this answer. When this says no, Rasa's own check has the last word."""
    if not isinstance(answer, dict):
        return False
    events, responses = answer.get("events", []), answer.get("responses", [])
    if not (isinstance(events, list) and isinstance(responses, list)):
        return False
    return all(map(_is_right_event, events)) and all(isinstance(each, dict) for each in responses)


def _is_right_event(event: Any) -> bool:
    kind = event.get("event") if isinstance(event, dict) else None
    schema = _kinds().get(kind) if isinstance(kind, str) else None
    return schema is not None and schema.is_valid(event)


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, Draft202012Validator]:
    """A schema for each kind of event: what holds for all, and what holds for it."""
    common = {key: value for key, value in EVENT_SCHEMA.items() if key != "oneOf"}
    own: dict[str, list[dict[str, Any]]] = {}
    for schema in EVENT_SCHEMA["oneOf"]:
        own.setdefault(schema["properties"]["event"]["const"], []).append(schema)
    # Of two schemas for one kind exactly one must accept, which the whole schema finds out.
    return {
        kind: Draft202012Validator({**common, "allOf": schemas})
        for kind, schemas in own.items()
        if len(schemas) == 1
    }
