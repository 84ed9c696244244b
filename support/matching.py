"""Whom an admin means: by e-mail address, phone number or reference, however it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from support import fields, requests
from support.errors import PersonUnclear

_REFERENCE = re.compile(
    rf"(?:R-)?[{requests.REFERENCE_LETTERS}]{{{requests.REFERENCE_LENGTH}}}", re.IGNORECASE
)
LENGTH = 320


@dataclass(frozen=True)
class Person:
    """kind: 'email', 'phone' or 'reference'. value: as it is stored when it could be checked."""

    kind: str
    value: str


@dataclass(frozen=True)
class Pattern:
    """Looks for an address or a number in what was said.

    parts: lower-case texts, as JSON has them, one of which is in every JSON text that matches.
    """

    parts: tuple[str, ...]
    _pattern: re.Pattern[str]

    def is_in(self, value: Any) -> bool:
        """Whether it is in one of the texts that a JSON value is made of."""
        return any(self._pattern.search(text) for text in _texts(value))


def person(text: str, region: str) -> Person:
    """What was typed, understood. region: of numbers without a country code.

    Raises PersonUnclear.
    """
    tidied = fields.tidy(text)[:LENGTH]
    if "@" in tidied:
        email = fields.find_email(tidied)
        if email is not None and (email.start, email.end) == (0, len(tidied)):
            return Person("email", email.value)
        raise PersonUnclear()
    if _REFERENCE.fullmatch("".join(tidied.split())):
        return Person("reference", requests.written(tidied))
    phone = fields.find_phone(tidied, region, asked=True)
    if phone is None or any(character.isalpha() for character in tidied):
        raise PersonUnclear()
    return Person("phone", phone.value)


def pattern(wanted: Person) -> Pattern:
    """What to look for in free text. An address inside a longer one is another address."""
    if wanted.kind == "email":
        part = json.dumps(wanted.value.lower())[1:-1]
        around = rf"(?<![\w.+-]){re.escape(wanted.value)}(?![\w-]|\.\w)"
        return Pattern((part,), re.compile(around, re.IGNORECASE))
    digits = digits_of(wanted.value)
    # However it was typed, its normal form is in the slots of the conversation.
    return Pattern((digits,), re.compile(rf"(?<!\d){digits}(?!\d)"))


def digits_of(number: str) -> str:
    """A number without all that people put between its digits."""
    return re.sub(r"\D", "", number)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
