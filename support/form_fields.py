"""The fields that the form collects: the four it always had, and those that a designer adds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from support import fields
from support.commands import FIELD_WORDS, Words

# As long as the database, and people, can take an answer that could not be checked.
NAMED_LENGTHS = {"name": fields.NAME_LENGTH, "email": 254, "phone": 40, "reason": 2000}
ADDED_LENGTH = 500
WAYS_TO_REACH = ("email", "phone")
# What each of these is read as is decided by its name.
STANDARD_TYPES = {"name": "text", "email": "email", "phone": "phone", "reason": "text"}
T = TypeVar("T")


@dataclass(frozen=True)
class Field:
    """One answer that the form collects. required: whether the visitor has to give it.

    Of the ways to reach the visitor one is always needed, required or not.
    type: 'text', 'email', 'phone', 'number', 'choice', 'date' or 'pattern'. label: what people call
    it. choices, pattern: what an answer of these types is one of, or looks like. min, max: the
    bounds of a number, a date ('2026-12-24' or 'today') or a text's length; None: unbounded.
    """

    name: str
    required: bool
    type: str = "text"
    label: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    min: str | None = None
    max: str | None = None

    @property
    def is_standard(self) -> bool:
        """Whether it is one of the four that the form knows by name."""
        return self.name in STANDARD_TYPES

    @property
    def length(self) -> int:
        """How many characters of an answer are kept."""
        if self.type == "text" and not self.is_standard and self.max:
            return int(self.max)
        return NAMED_LENGTHS.get(self.name, ADDED_LENGTH)

    @property
    def words(self) -> str:
        """What visitors may call it, as a regular expression."""
        own = [self.label, self.name.replace("_", " ")]
        called = dict.fromkeys(re.escape(plain_label(word)) for word in own if plain_label(word))
        return "|".join([*called, *([FIELD_WORDS[self.name]] if self.is_standard else [])])


@dataclass(frozen=True)
class Fields:
    """All fields, in the order in which they are asked for.

    today: what 'tomorrow' is counted from, None where no clock is at hand.
    """

    all: tuple[Field, ...]
    today: dt.date | None = None

    def __iter__(self) -> Iterator[Field]:
        return iter(self.all)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Each field by its name."""
        return {each.name: each for each in self.all}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(self.by_name)

    @cached_property
    def required(self) -> frozenset[str]:
        """The names of those that have to be answered."""
        return frozenset(each.name for each in self.all if each.required)

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """The ways to reach the visitor that are asked for, in order."""
        return tuple(name for name in self.names if name in WAYS_TO_REACH)

    @cached_property
    def words(self) -> Words:
        """What visitors may call each field; added ones first, theirs are the more special."""
        ordered = sorted(self.all, key=lambda each: each.is_standard)
        return tuple((each.name, each.words) for each in ordered)

    def only(self, values: Mapping[str, T]) -> dict[str, T]:
        """Of `values` those that are asked for."""
        return {name: value for name, value in values.items() if name in self.by_name}

    def to_json(self) -> list[dict[str, Any]]:
        """All that reading an answer needs; for Rasa's slot."""
        return [
            {k: list(v) if isinstance(v, tuple) else v for k, v in vars(each).items() if v}
            for each in self.all
        ]

    @classmethod
    def from_json(cls, rows: Any, today: dt.date | None = None) -> Fields:
        """What `to_json` gave; the standard ones when there is nothing."""
        if not rows:
            return STANDARD if today is None else replace(STANDARD, today=today)
        known = Field.__dataclass_fields__
        return cls(
            tuple(
                Field(**{"required": False, **_as_field(row, known)})
                for row in rows
                if isinstance(row, dict) and "name" in row
            ),
            today,
        )


STANDARD = Fields(
    (
        Field("name", required=True),
        Field("email", required=False, type="email"),
        Field("phone", required=False, type="phone"),
        Field("reason", required=True),
    )
)


def plain_label(label: str) -> str:
    """A label in the way messages are compared: lower case, words only."""
    return " ".join(re.sub(r"[^\w'’ -]+", " ", label.casefold()).replace("’", "'").split())


def _as_field(row: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in row.items() if name in known}
    return {**given, "choices": tuple(given.get("choices") or ())}
