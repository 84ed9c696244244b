"""The words for a field that a designer added, made from domain.yml's words for any such field."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from support.flow.document import FlowField

ADDED = "added_field"
ASK, WHY = f"utter_ask_{ADDED}", f"utter_why_{ADDED}"
ERROR, SKIP = f"utter_error_{ADDED}", f"utter_skip_{ADDED}"
HINT = "utter_hint_"
Responses = Mapping[str, list[dict[str, Any]]]


def responses_of(field: FlowField, responses: Responses) -> dict[str, list[dict[str, Any]]]:
    """The field's question in all its wordings, and the answer to "why do you need that?"."""
    words = _words(field, responses)
    asked = [_filled(variation, field, words) for variation in responses[ASK]]
    for variation in asked:
        if field.type == "choice" and "buttons" not in variation:
            variation["buttons"] = [{"title": c, "payload": c} for c in field.choices]
            if not field.required:
                variation["buttons"] += skip_buttons(responses)
    why = [_filled(variation, field, words) for variation in responses[WHY]]
    return {f"utter_ask_{field.name}": asked, f"utter_why_{field.name}": why}


def skip_buttons(responses: Responses) -> list[dict[str, Any]]:
    """The button under a question that may be skipped."""
    return copy.deepcopy(responses[SKIP][0].get("buttons") or [])


def _words(field: FlowField, responses: Responses) -> dict[str, str]:
    words = {
        "field_label": field.label,
        "field_question": field.question,
        "field_choices": ", ".join(field.choices),
    }
    usual = responses.get(HINT + field.type) or [{"text": ""}]
    words["field_hint"] = field.hint or _put_in(usual[0].get("text", ""), words)
    words["field_error"] = field.error or _put_in(responses[ERROR][0].get("text", ""), words)
    return words


def _filled(
    variation: Mapping[str, Any], field: FlowField, words: Mapping[str, str]
) -> dict[str, Any]:
    filled = copy.deepcopy(dict(variation))
    filled["text"] = _put_in(filled["text"], words)
    for condition in filled.get("condition") or ():
        condition["value"] = str(condition["value"]).replace(ADDED, field.name)
    return filled


def _put_in(text: str, words: Mapping[str, str]) -> str:
    put = re.sub(r"\{(field_\w+)\}", lambda match: words.get(match[1], ""), text)
    return re.sub(r" {2,}", " ", put).strip()
