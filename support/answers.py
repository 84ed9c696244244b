"""Reading an answer to a field that a designer added, as forgivingly as its type allows."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from decimal import Decimal, InvalidOperation

from support import fields
from support.commands import plain
from support.dates import find_date
from support.form_fields import Field, Fields

# A designer's pattern is tried on no more than so many characters.
PATTERN_TEXT = 100
CLOSE_ENOUGH = 0.8
_UP_TO_TEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TEENS = (
    "eleven",
    "twelve",
    *(f"{each}teen" for each in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
)
NUMBER_WORDS = (*_UP_TO_TEN, *_TEENS, "twenty")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NUMBER = re.compile(r"(?<![\w.,])[-−]?\d+(?:[ ,.'’]\d+)*(?![\w])")
_GROUPED = re.compile(r"[-−]?\d{1,3}(?:[ ,.'’]\d{3})+")
_LEAD = re.compile(
    r"^(?:(?:it is|it['’]?s|that['’]?s|that is|the (?:number|answer|code) is|number|no\.?|#)\s*)+",
    re.I,
)


def read(field: Field, text: str, region: str, today: dt.date | None) -> str | None:
    """The answer in a tidied message, as it is stored; None when there is none that is allowed."""
    if field.type == "email":
        email = fields.find_email(text)
        return email.value if email else None
    if field.type == "phone":
        phone = fields.find_phone(text, region, asked=True)
        return phone.value if phone else None
    if field.type == "number":
        return _number(field, text)
    if field.type == "choice":
        return _choice(field, text)
    if field.type == "date":
        return _day(field, text, region, today)
    if field.type == "pattern":
        return _like(field, text)
    return _text(field, text)


def reread(values: dict[str, str], asked: Fields, region: str) -> dict[str, str]:
    """Values said in passing, each of an added field read as that field is; those that fit."""
    found = {}
    for name, value in asked.only(values).items():
        field = asked.by_name[name]
        fitting = value if field.is_standard else read(field, value, region, asked.today)
        if fitting:
            found[name] = fitting
    return found


def _text(field: Field, text: str) -> str | None:
    if not any(c.isalnum() for c in text) or len(text) < int(field.min or 1):
        return None
    return text[: field.length]


def _number(field: Field, text: str) -> str | None:
    words = plain(text)
    found = _NUMBER.search(text)
    if found:
        number = _decimal(found[0])
    else:
        named = [word for word in words.split() if word in NUMBER_WORDS]
        number = Decimal(NUMBER_WORDS.index(named[0])) if len(named) == 1 else None
    if number is None or not _within(number, field):
        return None
    return f"{number:f}"


def _decimal(text: str) -> Decimal | None:
    """A number as people write it: 1,234.5 and 1.234,5 and 1 234."""
    bare = text.replace("−", "-").replace(" ", "").replace("’", "").replace("'", "")
    if _GROUPED.fullmatch(text):
        bare = re.sub(r"[,.]", "", bare)
    elif "," in bare and "." in bare:
        point = max(bare.rfind(","), bare.rfind("."))
        bare = re.sub(r"[,.]", "", bare[:point]) + "." + bare[point + 1 :]
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        return None


def _within(number: Decimal, field: Field) -> bool:
    return (field.min is None or number >= Decimal(field.min)) and (
        field.max is None or number <= Decimal(field.max)
    )


def _choice(field: Field, text: str) -> str | None:
    """The one choice that the message names: by its words, its place, or nearly so."""
    said = plain(text)
    by_words = {plain(choice) or choice.casefold(): choice for choice in field.choices}
    if said in by_words:
        return by_words[said]
    place = said.removeprefix("number ").removeprefix("the ").removesuffix(" one")
    places = [*(str(n) for n in range(1, len(field.choices) + 1))]
    for names in (places, ORDINALS):
        if place in names[: len(field.choices)]:
            return field.choices[names.index(place)]
    if not said:
        return None
    named = [words for words in by_words if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", said)]
    # "Not urgent" holds "urgent": the longest of several that lie in each other is meant.
    longest = max(named, key=len, default="")
    if longest and all(words in longest for words in named):
        return by_words[longest]
    begun = [words for words in by_words if len(said) > 2 and words.startswith(said)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(said, by_words, 1, CLOSE_ENOUGH)
    return by_words[near[0]] if near and not named else None


def _day(field: Field, text: str, region: str, today: dt.date | None) -> str | None:
    found = find_date(text, region, today)
    if found is None:
        return None
    for bound, wrong in ((field.min, -1), (field.max, 1)):
        limit = today if bound == "today" else dt.date.fromisoformat(bound) if bound else None
        if limit and (found < limit if wrong < 0 else found > limit):
            return None
    return found.isoformat()


def _like(field: Field, text: str) -> str | None:
    """What in the message looks like the pattern, however it is spaced and in which case."""
    short = text[:PATTERN_TEXT]
    bare = _LEAD.sub("", short).strip(" .!,;:")
    for whole in (bare, bare.replace(" ", "")):
        if re.fullmatch(field.pattern, whole, re.I):
            return whole
    found = re.search(rf"(?<!\w)(?:{field.pattern})(?!\w)", short, re.I)
    return found[0] if found and found[0] else _in_neighbours(field.pattern, short.split())


def _in_neighbours(pattern: str, words: list[str]) -> str | None:
    """What two or three words next to each other give: 'AB 1234'."""
    for count in (2, 3):
        for start in range(len(words) - count + 1):
            together = "".join(words[start : start + count]).strip(".,!;:")
            if re.fullmatch(pattern, together, re.I):
                return together
    return None
