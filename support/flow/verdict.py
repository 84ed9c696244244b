"""Whether a flow may go live: what it does to understanding, and what its designer should know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from support.flow import messages, templates
from support.flow.document import Flow
from support.flow.labelled import Labelled, Outcome, is_right
from support.form_fields import STANDARD_TYPES

# In percentage points: what a version may cost, and still go live without an admin insisting.
ASKS_LOST = 1.0
FALSE_STARTS_GAINED = 0.25
WITH_REFERENCE = ("utter_request_sent", "utter_request_saved", "utter_request_undelivered")


def asks_lost(now: Mapping[str, float], then: Mapping[str, float]) -> list[str]:
    """What the candidate finds too little of; none when it may go live. Figures of `labelled`."""
    found = []
    for name, called in (
        ("found_at_once", "asks for a person found at once"),
        ("found_with_offer", "asks for a person found, at once or by the offer"),
    ):
        lost = round(now[name] - then[name], 2)
        if lost > ASKS_LOST:
            found.append(
                f"It understands less: {called} fall from {now[name]} % to {then[name]} %; "
                f"at most {ASKS_LOST} points may be lost."
            )
    return found


def false_starts_gained(now: Mapping[str, float], then: Mapping[str, float]) -> list[str]:
    """Whether it takes too many others for asks; none when it may go live."""
    gained = round(then["false_starts"] - now["false_starts"], 2)
    if gained <= FALSE_STARTS_GAINED:
        return []
    return [
        f"It starts the form for visitors who did not ask: {now['false_starts']} % become "
        f"{then['false_starts']} %; at most {FALSE_STARTS_GAINED} points more are possible."
    ]


def flips(
    labelled: Sequence[Labelled],
    now: Sequence[tuple[str, Outcome]],
    then: Sequence[tuple[str, Outcome]],
) -> list[dict[str, Any]]:
    """The messages that are understood otherwise; now, then: intent and outcome of each."""
    return [
        {
            "text": item.text,
            "label": item.label,
            "now": was,
            "then": will_be,
            "right_now": is_right(item, before),
            "right_then": is_right(item, after),
        }
        for item, (was, before), (will_be, after) in zip(labelled, now, then, strict=True)
        if before is not after
    ]


def warnings(flow: Flow, added: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is allowed, and may not be meant. added: the phrases as `review` measured them."""
    found = []
    for phrase in added:
        if not phrase["understood"]:
            found.append(
                f"“{phrase['text']}” is not understood as asking for a person even so: "
                f"{phrase['intent']}, {phrase['confidence']:.0%}."
            )
        for near in phrase["also_fits"]:
            found.append(
                f"“{phrase['text']}” also fits {near['intent']}: it is like “{near['text']}”."
            )
    for field in flow.fields:
        if field.required and field.name not in STANDARD_TYPES:
            found.append(f"Nobody can skip the field “{field.label}”; some may not have it.")
    for key, text in flow.messages.items():
        if key.split("[")[0] in WITH_REFERENCE and "reference" not in messages.variables(text):
            found.append(f"The message {key} does not say the reference.")
    # Chat channels get it with the mark that makes a repeat recognisable.
    if "reference" not in templates.variables(flow.notification):
        found.append("The mail does not say the reference.")
    return [*found, *_left_out(flow)]


def _left_out(flow: Flow) -> list[str]:
    """Questions that speak of an answer which need not be there when they are asked."""
    names = {field.name for field in flow.fields} | set(STANDARD_TYPES)
    given: set[str] = set()
    found = []
    for field in flow.fields:
        for variable in messages.variables(field.question):
            if variable in names and variable not in given:
                found.append(
                    f"The question for “{field.label}” says {{{variable}}}, which need not be "
                    "answered by then; that sentence is left out."
                )
        given |= {field.name} if field.required else set()
    return found
