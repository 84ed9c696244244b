"""A made-up request as templates see it, for checking and previewing them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from support.flow import samples
from support.flow.document import FlowField
from support.flow.template_environment import NOT_GIVEN


def values(fields: Iterable[FlowField], *, verified: bool = True) -> dict[str, Any]:
    """The values of a request that answers each of the fields.

    verified: whether the answers could be checked.
    """
    made = {"name": "Ann Lee", "email": "ann@example.org", "phone": "+12025550123"}
    answers = [
        {
            "name": field.name,
            "label": field.label,
            "value": made.get(field.name) or _made_up(field),
            "verified": verified,
        }
        for field in fields
        if field.name != "reason"
    ]
    given = {str(answer["name"]): answer["value"] for answer in answers}
    return {
        **dict.fromkeys(made, NOT_GIVEN),
        **given,
        "reason": "My order 4711 has not arrived, and the tracking page shows nothing.",
        "reference": "R-7KQ9M",
        "answers": answers,
        "unverified": [] if verified else list(given),
        "asked_at": "2026-12-24 12:00 UTC",
        "asked_from": "website chat, https://example.org/help",
        "can_reply": verified and "email" in given,
        "conversation": [
            {"time": "12:00:00", "who": "Visitor", "text": "I want to talk to a person"},
            {"time": "12:00:01", "who": "Assistant", "text": "First, what's your name?"},
            {"time": "12:00:09", "who": "Visitor", "text": "Ann Lee"},
        ],
    }


def _made_up(field: FlowField) -> str:
    if field.type == "choice":
        return str(field.choices[0])
    if field.type == "number":
        return field.min or "42"
    if field.type == "pattern":
        return samples.like(field.pattern) or "A1234567"
    made = {"date": "2026-12-24", "email": "bob@example.org", "phone": "+12025550188"}
    return made.get(field.type, "A1234567")
