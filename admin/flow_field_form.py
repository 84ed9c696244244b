"""The form of one field: what stands in it, what it asks for, and errors at their place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from support.errors import FlowError
from support.flow.document import FlowField
from support.flow.field_checks import NAME_LENGTH
from support.form_fields import STANDARD_TYPES

PARTS = (
    "label", "name", "type", "required", "question", "hint", "error", "choices", "pattern",
    "min", "max",
)  # fmt: skip
EMPTY = dict.fromkeys(PARTS, "") | {"type": "text", "required": "off"}
PLACE = re.compile(r"fields\[(\d+)\](?:\.(\w+))?")


def typed(field: FlowField) -> dict[str, str]:
    """A field as it stands in the form."""
    return {
        "label": field.label,
        "name": field.name,
        "type": field.type,
        "required": "on" if field.required else "off",
        "question": field.question,
        "hint": field.hint,
        "error": field.error,
        "choices": "\n".join(field.choices),
        "pattern": field.pattern,
        "min": field.min or "",
        "max": field.max or "",
    }


def given(posted: Mapping[str, str], name: str | None = None) -> dict[str, str]:
    """What was typed, in the form's parts. name: of the field that is changed."""
    found = {part: posted.get(part, EMPTY[part]).replace("\r\n", "\n") for part in PARTS}
    found["name"] = name or found["name"].strip() or made_of(found["label"])
    if found["name"] in STANDARD_TYPES:
        found["type"] = STANDARD_TYPES[found["name"]]
    return found


def row(parts: Mapping[str, str]) -> dict[str, Any]:
    """The field of a document that these parts ask for; options of other types are left out."""
    kind = parts["type"]
    wanted: dict[str, Any] = {
        part: parts[part].strip() for part in ("name", "label", "type", "question", "hint", "error")
    }
    wanted["required"] = parts["required"] == "on"
    if kind == "choice":
        wanted["choices"] = [line.strip() for line in parts["choices"].splitlines() if line.strip()]
    if kind == "pattern":
        wanted["pattern"] = parts["pattern"].strip()
    if kind in ("number", "date", "text") and parts["name"] not in STANDARD_TYPES:
        wanted |= {part: parts[part].strip() or None for part in ("min", "max")}
    return wanted


def made_of(label: str) -> str:
    """A name for a field with this label: “Order number” is order_number."""
    words = re.findall("[a-z0-9]+", label.lower())
    return re.sub("^[0-9_]+", "", "_".join(words))[:NAME_LENGTH].strip("_")


def sorted_problems(why: FlowError, index: int) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What is wrong at the parts of the field with this index, and what is wrong elsewhere."""
    here: dict[str, str] = {}
    elsewhere = []
    for place, text in why.problems:
        found = PLACE.fullmatch(place)
        if found and int(found[1]) == index and (found[2] or "") in PARTS:
            here.setdefault(found[2], text)
        else:
            elsewhere.append((place, text))
    return here, elsewhere


def same_but_for(
    was: Mapping[str, str], now: Mapping[str, str], parts: Sequence[str] = PARTS
) -> list[str]:
    """The parts in which two forms differ."""
    return [part for part in parts if was[part] != now[part]]
