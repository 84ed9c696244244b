"""Checking the fields of a flow: what is wrong with each, and with all of them together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from support.flow import messages, patterns, templates
from support.flow.document import FlowField
from support.form_fields import STANDARD_TYPES, WAYS_TO_REACH, plain_label

TYPES = ("text", "email", "phone", "number", "choice", "date", "pattern")
MAX_FIELDS = 20
MAX_CHOICES = 20
MAX_LABEL = 60
NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
NAME_LENGTH = 40
# Rasa's own, and what the parts of the form's own slots begin with.
RESERVED = frozenset({"requested_slot", "session_started_metadata", "text", "intent", "sender"})
RESERVED_BEGINNINGS = ("handoff_", "followup_", "lookup_", "field_")
KEYS = set(FlowField.__dataclass_fields__)
Problems = list[tuple[str, str]]


def read(rows: Any, reserved: Iterable[str], problems: Problems) -> tuple[FlowField, ...]:
    """The fields that `rows` describe; what is wrong goes into `problems`.

    reserved: names that no field may have.
    """
    if not isinstance(rows, list) or not rows:
        problems.append(("fields", "It must be a list of fields."))
        return ()
    if len(rows) > MAX_FIELDS:
        problems.append(("fields", f"There are {len(rows)} fields; at most {MAX_FIELDS}."))
        return ()
    taken = {*reserved, *RESERVED, *messages.VARIABLES, *templates.VARIABLES} - set(STANDARD_TYPES)
    read_ones = [_read(row, f"fields[{n}]", taken, problems) for n, row in enumerate(rows)]
    found = tuple(each for each in read_ones if each)
    if len(found) == len(rows):
        _check_together(found, problems)
    return found


def _read(row: Any, place: str, taken: set[str], problems: Problems) -> FlowField | None:
    if not isinstance(row, dict):
        problems.append((place, "It must be an object with name, type and question."))
        return None
    unknown = sorted(map(str, set(row) - KEYS))
    if unknown:
        problems.append((f"{place}.{unknown[0]}", f"A field has only {', '.join(sorted(KEYS))}."))
        return None
    before = len(problems)
    name, kind = row.get("name"), row.get("type", "text")
    _check_name(name, place, taken, problems)
    if kind not in TYPES:
        problems.append((f"{place}.type", f"{kind!r} is none of {', '.join(TYPES)}."))
    elif STANDARD_TYPES.get(str(name), kind) != kind:
        problems.append((f"{place}.type", f"{name} is always {STANDARD_TYPES[str(name)]}."))
    if not isinstance(row.get("required", False), bool):
        problems.append((f"{place}.required", "It must be true or false."))
    texts = {
        key: _text(row, key, place, problems) for key in ("label", "question", "hint", "error")
    }
    if len(problems) > before:
        return None
    options = _options(str(kind), row, place, problems)
    if len(problems) > before:
        return None
    texts["label"] = texts["label"] or str(name).replace("_", " ").capitalize()
    texts_and_options: dict[str, Any] = {**texts, **options}
    return FlowField(str(name), str(kind), row.get("required", False), **texts_and_options)


def _check_name(name: Any, place: str, taken: set[str], problems: Problems) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > NAME_LENGTH:
        why = (
            f"{name!r} is no name: use lower case letters, digits and single underscores, a letter "
            f"first, such as order_number; at most {NAME_LENGTH} characters."
        )
    elif name in taken or name.startswith(RESERVED_BEGINNINGS):
        why = f"{name} is used by the assistant itself; choose another name."
    else:
        return
    problems.append((f"{place}.name", why))


def _text(row: Mapping[str, Any], key: str, place: str, problems: Problems) -> str:
    value = row.get(key) or ""
    if not isinstance(value, str):
        problems.append((f"{place}.{key}", "It must be text."))
        return ""
    if key == "question" and not value.strip():
        problems.append((f"{place}.{key}", "It is empty; write what the visitor is asked."))
    most = MAX_LABEL if key == "label" else messages.MAX_TEXT
    if len(value) > most:
        why = f"It has {len(value)} characters; at most {most} are possible."
        problems.append((f"{place}.{key}", why))
    elif key == "label" and value.strip() and (set("{}\n") & set(value) or not plain_label(value)):
        problems.append((f"{place}.{key}", "It must be words on one line, without braces."))
    return value.strip()


def _options(kind: str, row: Mapping[str, Any], place: str, problems: Problems) -> dict[str, Any]:
    """choices, pattern, min and max, as far as the type has them."""
    options: dict[str, Any] = {}
    if kind == "choice":
        options["choices"] = _choices(row.get("choices"), f"{place}.choices", problems)
    if kind == "pattern":
        why = patterns.problem(row.get("pattern"))
        if why:
            problems.append((f"{place}.pattern", why))
        options["pattern"] = row.get("pattern")
    if kind in ("number", "date", "text") and row.get("name") not in STANDARD_TYPES:
        for bound in ("min", "max"):
            options[bound] = _bound(kind, row.get(bound), f"{place}.{bound}", problems)
        least, most = (_order(kind, options[bound]) for bound in ("min", "max"))
        if least is not None and most is not None and least > most:
            problems.append((f"{place}.max", "It is below min."))
    return options


def _choices(value: Any, place: str, problems: Problems) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else []
    texts = tuple(" ".join(each.split()) for each in rows if isinstance(each, str))
    if len(texts) != len(rows) or not 2 <= len(texts) <= MAX_CHOICES or not all(texts):
        problems.append((place, f"It must be a list of 2 to {MAX_CHOICES} texts."))
    elif len({text.casefold() for text in texts}) < len(texts):
        problems.append((place, "A choice is there twice."))
    elif any(len(text) > MAX_LABEL or set("{}/") & set(text[:1]) for text in texts):
        problems.append(
            (place, f"A choice is over {MAX_LABEL} characters, or begins with / or {{.")
        )
    return texts


def _bound(kind: str, value: Any, place: str, problems: Problems) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    if isinstance(value, bool) or _order(kind, text) is None:
        expected = {
            "number": "a number",
            "date": "a date such as 2026-12-24, or today",
            "text": "how many characters, from 1 to 2000",
        }
        problems.append((place, f"{value!r} is not {expected[kind]}."))
        return None
    return text


def _order(kind: str, bound: str | None) -> Any:
    """Something to compare a bound by; None for one that is none, or that is not fixed."""
    try:
        if bound is None:
            return None
        if kind == "date":
            return dt.date.today() if bound == "today" else dt.date.fromisoformat(bound)
        if kind == "number":
            number = Decimal(bound)
            return number if number.is_finite() else None
        return int(bound) if bound.isdecimal() and 1 <= int(bound) <= 2000 else None
    except (ValueError, InvalidOperation):
        return None


def _check_together(found: tuple[FlowField, ...], problems: Problems) -> None:
    names = [each.name for each in found]
    for number, name in enumerate(names):
        if name in names[:number]:
            problems.append((f"fields[{number}].name", f"{name} is there twice."))
    labels = [plain_label(each.label) for each in found]
    for number, label in enumerate(labels):
        if label in labels[:number]:
            place = f"fields[{number}].label"
            problems.append((place, "Another field has this label; a visitor could not say which."))
    if not set(names) & set(WAYS_TO_REACH):
        why = "There is no way to reach the visitor: keep the field email or phone."
        problems.append(("fields", why))
    for number, each in enumerate(found):
        known = messages.allowed("", names)
        for key in ("question", "hint", "error"):
            text = getattr(each, key)
            why_not = messages.problem(text, known) if text else None
            if why_not:
                problems.append((f"fields[{number}].{key}", why_not))
