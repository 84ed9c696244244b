"""Finding and checking what a visitor gives: an e-mail address, a phone number, a name.

Found anywhere inside a sentence, normalised, or refused; never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberFormat

NAME_LENGTH = 80
# Stands before a "/" that a visitor typed, so that Rasa does not take it for a command: invisible,
# and not a blank, which Rasa would strip.
WORD_JOINER = "\u2060"
_MAIL_LIKE = re.compile(r"(?:mailto:)?([^\s<>(){}\[\],;:\"|]+@[^\s<>(){}\[\],;:\"|@]+)", re.I)
_TRAILING = ".!?'’`*_/\\-"
_WEB_ADDRESS = re.compile(r"https?://|www\.", re.I)
_SENTENCE = re.compile(
    r"^(?:i|we|you|please|what|why|how|who|where|when|which|there|it|they|talk|speak|connect|get|"
    r"give|let|need|want|transfer)\s+\S+\s+\S",
    re.I,
)
# What impatient visitors type again instead of a name.
_NOT_NAMES = frozenset(
    "agent|an agent|human|a human|person|a person|real person|operator|representative|support|help|"
    "hello|hi|hey|yes|no|ok|okay|why|what|thanks|thank you|skip|none|nothing|send".split("|")
)
NAME_WORDS = 8


@dataclass(frozen=True)
class Found:
    """Something found in a text. value: normalised; start, end: where in the text it stood."""

    value: str
    start: int
    end: int


def tidy(text: str) -> str:
    """Text as people see it: one blank between words, no control or invisible characters."""
    visible = (
        " " if c.isspace() else "" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c
        for c in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(visible).split())


def find_email(text: str) -> Found | None:
    """The first valid e-mail address in the text. Whether the mailbox exists is not asked."""
    for match in _MAIL_LIKE.finditer(text):
        candidate = match[1].strip(_TRAILING)
        try:
            checked = validate_email(candidate, check_deliverability=False)
        except EmailNotValidError:
            continue
        return Found(checked.normalized, *match.span())
    return None


def find_phone(text: str, region: str, *, asked: bool) -> Found | None:
    """The first phone number in the text, as E.164 (with its extension, if it has one).

    region: two-letter code of the country whose numbers need no country code.
    asked: the visitor was asked for a number, so one that is merely possible counts; else only
    one that libphonenumber knows to be assigned.
    """
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
        return Found(_normal(match.number), match.start, match.end)
    if not asked:
        return None
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE):
        return Found(_normal(match.number), match.start, match.end)
    return _whole(text, region)


def name_problem(name: str) -> str | None:
    """Why this cannot be a name, or None. Any script, any length up to 80, one letter upwards."""
    if not any(c.isalpha() for c in name):
        return "no letter"
    if len(name) > NAME_LENGTH or len(name.split()) > NAME_WORDS:
        return "too long"
    if "@" in name or _WEB_ADDRESS.search(name):
        return "an address"
    if name.endswith(("?", "？")) or _SENTENCE.match(name):
        return "a sentence"
    if name.casefold().strip(" .!") in _NOT_NAMES:
        return "not a name"
    return None


def _whole(text: str, region: str) -> Found | None:
    # The matcher wants a number to stand apart; as a whole answer it may be written any way.
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Found(_normal(number), 0, len(text))


def _normal(number: PhoneNumber) -> str:
    style = PhoneNumberFormat.INTERNATIONAL if number.extension else PhoneNumberFormat.E164
    return phonenumbers.format_number(number, style)
