"""Answers that a made-up visitor gives, one that each field takes."""

from __future__ import annotations

import datetime as dt
import re
import sre_constants as op
import sre_parse
from typing import Any

from support.form_fields import Field

STANDARD = {
    "name": "Ann Lee",
    "email": "ann@example.org",
    "phone": "+1 202 555 0123",
    "reason": "My order has not arrived, and the tracking page shows nothing.",
}
_OF_CLASS = {
    op.CATEGORY_DIGIT: "1", op.CATEGORY_WORD: "a", op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_DIGIT: "a", op.CATEGORY_NOT_SPACE: "a", op.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def answer(field: Field, today: dt.date) -> str:
    """What the visitor types when asked for this field."""
    if field.name in STANDARD:
        return STANDARD[field.name]
    if field.type == "number":
        return field.min or field.max or "42"
    if field.type == "choice":
        return field.choices[0]
    if field.type == "date":
        bound = field.min or field.max
        return today.isoformat() if bound in (None, "today") else str(bound)
    if field.type == "pattern":
        return like(field.pattern)
    made = {"email": "bob@example.org", "phone": "+1 202 555 0188"}
    return made.get(field.type) or "Green ".ljust(int(field.min or 1), "n").strip()


def like(pattern: str) -> str:
    """A text that the pattern matches; empty when none is found."""
    made = _like(sre_parse.parse(pattern))
    return made if re.fullmatch(pattern, made, re.I) else ""


def _like(parsed: Any) -> str:
    return "".join(_part(code, argument) for code, argument in parsed)


def _part(code: Any, argument: Any) -> str:
    if code is op.LITERAL:
        return chr(argument)
    if code is op.IN:
        return _one_of(argument)
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, _, repeated = argument
        return str(_like(repeated) * least)
    if code is op.SUBPATTERN:
        return _like(argument[-1])
    if code is op.BRANCH:
        return _like(argument[1][0])
    return "" if code is op.AT else "x"


def _one_of(options: Any) -> str:
    code, argument = options[0]
    if code is op.LITERAL:
        return chr(argument)
    if code is op.RANGE:
        return chr(argument[0])
    return str(_OF_CLASS.get(argument, "x")) if code is op.CATEGORY else "x"
