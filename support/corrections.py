"""Corrections that bring the new value: 'my mail is ann@x.org, not ann@y.org', 'no, it's Anna'.

Those without one ('wrong number') are commands, see commands.field_to_change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from support import extraction, fields
from support.commands import WORDS_OF_FIELDS, Words, one_of

LENGTH = 500
_MARK = (
    r"(?P<mark__>(?:(?:no|nope|sorry|oops|ups|wait|actually|correction|i meant|i mean|oh|ah|please|"
    r"can you|could you|i want to|i'd like to)\b[\s,.:;!-]*)*)"
)
_LEAD = r"(?:(?:it is|it['’]?s|i['’]?m|i am|that['’]?s|that is|(?:it )?should be|use|take)\s+)?"
_UNLABELLED = re.compile(rf"{_MARK}{_LEAD}(?P<value>\S.*)", re.I)
_OLD_BEHIND = re.compile(
    r"(?P<new>\S.*?)[\s,;]+(?:and |but )?(?:not|instead of|rather than)\s+(?P<old>\S.*?)[\s.!]*",
    re.I,
)
_OLD_BEFORE = re.compile(
    rf"{_MARK}(?:(?:it is|it['’]?s|that['’]?s|my (?P<label>[\w -]+?) is)\s+)?not\s+(?P<old>\S+?)"
    r"[\s,;]+(?:(?:but|it['’]?s|it is|use|rather|and)\s+)*(?P<new>\S.*)",
    re.I,
)
WORDS_OF_AN_OLD_VALUE = 8


@dataclass(frozen=True)
class _Claim:
    """What a message says an answer should be. old: what it should not be."""

    value: str
    field: str | None
    old: str | None
    marked: bool


def read(
    text: str, asked: str, known: Mapping[str, str], region: str, called: Words = WORDS_OF_FIELDS
) -> dict[str, str]:
    """The answers that the message gives anew, by field; empty when it corrects nothing.

    A reason may well say "my name is" or "not": there, only what contradicts something known, or
    begins like a correction, counts.
    """
    claim = _claim(text, called) if len(text) <= LENGTH else None
    if claim is None:
        return {}
    field = claim.field or _field_of(claim, asked, known, region)
    if field is None or (field == asked and claim.old is None):
        return {}
    contradicts = claim.old is not None and _is_known(field, claim.old, known)
    if asked == "reason" and not (contradicts or (claim.marked and claim.field)):
        return {}
    value = _value(field, claim, known, region)
    return {field: value} if value else {}


def _claim(text: str, called: Words) -> _Claim | None:
    new, old = _without_old(text)
    for pattern in _labelled(called):
        match = pattern.fullmatch(new)
        if match:
            field = next(field for field, _ in called if match[field])
            return _Claim(match["value__"], field, old, _is_marked(match))
    match = _UNLABELLED.fullmatch(new)
    if match and (old is not None or _is_marked(match)):
        return _Claim(match["value"], None, old, _is_marked(match))
    return None


def _without_old(text: str) -> tuple[str, str | None]:
    """The text without the value that it says is wrong, and that value."""
    for pattern in (_OLD_BEFORE, _OLD_BEHIND):
        match = pattern.fullmatch(text)
        if match and len(match["old"].split()) <= WORDS_OF_AN_OLD_VALUE:
            label = match.groupdict().get("label")
            new = f"my {label} is {match['new']}" if label else match["new"]
            return new, match["old"]
    return text, None


def _is_marked(match: re.Match[str]) -> bool:
    return match["mark__"].strip().casefold() not in ("", "please", "can you", "could you")


def _field_of(claim: _Claim, asked: str, known: Mapping[str, str], region: str) -> str | None:
    """Which field an unnamed value is for, by what it is or by what it replaces."""
    if fields.find_email(claim.value):
        return "email"
    if fields.find_phone(claim.value, region, asked=False):
        return "phone"
    if claim.old is None:
        return None
    if asked == "name" or _is_known("name", claim.old, known):
        return "name"
    return "phone" if _is_known("phone", claim.old, known) else None


def _is_known(field: str, old: str, known: Mapping[str, str]) -> bool:
    is_now = known.get(field, "").casefold()
    was = old.casefold().strip(" .!,\"'“”")
    if field == "phone":
        digits = re.sub(r"\D", "", was)
        return len(digits) > 1 and digits.lstrip("0") in is_now
    if field == "name":
        return was == is_now or was in is_now.split()
    return bool(was) and was in is_now


def _value(field: str, claim: _Claim, known: Mapping[str, str], region: str) -> str | None:
    if field == "email":
        email = fields.find_email(claim.value)
        return email.value if email else None
    if field == "phone":
        phone = fields.find_phone(claim.value, region, asked=True)
        return phone.value if phone else None
    if field == "reason":
        return claim.value[: extraction.REASON_LENGTH] if claim.value.strip(" .!?") else None
    if field != "name":
        # An added field; whoever asks for it knows how it is read.
        return claim.value
    introduced = extraction.introduction(f"my name is {claim.value}")
    name = introduced or extraction.bare_name(claim.value)
    if fields.name_problem(name):
        return None
    return name if claim.field else _in_place(name, claim.old, known.get("name", ""))


def _in_place(name: str, old: str | None, full: str) -> str:
    """ "It's Anna, not Ann" makes Anna Lee of Ann Lee; "my name is Anna" says it all."""
    words = full.split()
    old = old.strip(" .!,\"'“”").casefold() if old else ""
    if len(words) < 2 or len(name.split()) > 1 or old not in (word.casefold() for word in words):
        return name
    return " ".join(name if word.casefold() == old else word for word in words)


@lru_cache(maxsize=16)
def _labelled(called: Words) -> tuple[re.Pattern[str], ...]:
    field = one_of(called)
    return tuple(
        re.compile(rf"{_MARK}{pattern}\s+(?P<value__>\S.*)", re.I)
        for pattern in (
            rf"(?:change|correct|update|fix|set|make)\s+(?:my\s+|the\s+)?(?:{field})"
            r"\s+(?:to|into|as)",
            rf"(?:my|the)\s+(?:(?:right|correct|real|new)\s+)?(?:{field})"
            r"(?:['’]s|\s+is|\s+should be|\s+must be|\s+has to be|:)"
            r"(?:\s+(?:actually|really|now))?",
            rf"(?:new|right|correct)\s+(?:{field})(?:\s+is|:)",
        )
    )
