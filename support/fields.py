"""Finding and checking what a visitor gives: an e-mail address, a phone number, a name.

Found anywhere inside a sentence, normalised, or refused; never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
)

NAME_LENGTH = 80
# Stands before a "/" that a visitor typed, so that Rasa does not take it for a command: invisible,
# and not a blank, which Rasa would strip.
WORD_JOINER = "\u2060"
_APART = r"\s<>(){}\[\],;:\"|“”„«»"
# Bounded, and begun only where a word begins: a long text must not be searched from each letter.
_MAIL_LIKE = re.compile(
    rf"(?<![^{_APART}])(?:mailto:)?([^{_APART}@]{{1,70}}@[^{_APART}@?!/\\*]{{1,260}})", re.I
)
# What people put before an address; an underscore may well be its first letter.
_BEFORE_ADDRESS = ".!?'’‘`*/\\-"
# Digits behind these words, or behind a country code that does not exist, are no phone number.
_NOT_PHONE = re.compile(
    r"\b(?:order|invoice|ticket|account|customer|case|reference|tracking|booking|serial)"
    r"(?: (?:number|no\.?|id|code))?(?: is)?[\s:#]*$|\+[\d\s().-]*$",
    re.I,
)
_WEB_ADDRESS = re.compile(r"https?://|www\.", re.I)
_SENTENCE = re.compile(
    r"^(?:i|we|you|my|our|the|this|please|what|why|how|who|where|when|which|there|it|they|can|"
    r"could|is|are|do|don['’]t|talk|speak|connect|get|give|let|need|want|transfer|cancel|change|"
    r"stop)\s+\S+\s+\S",
    re.I,
)
# What impatient visitors type again instead of a name.
_NOT_NAMES = re.compile(
    r"(?:hello|hi|hey|yes|no|ok|okay|why|what|(?:no )?(?:thanks|thank you)|skip|none|nothing|send|"
    r"(?:my )?name|change)[ .!]*",
    re.I,
)
_WANTED = r"(?:agents?|humans?|persons?|people|operator|rep(?:resentative)?|support|help|"
_WANTED += r"some(?:one|body)|service)"
_AROUND = r"(?:an?|the|to|with|me|my|i|can|could|want|need|get|give|talk|speak|chat|connect|live|"
_AROUND += r"real|actual|customer|please|now)"
_ASKS_AGAIN = re.compile(rf"(?:{_AROUND}\s+)*{_WANTED}(?:\s+(?:{_AROUND}|{_WANTED}))*[ .!]*", re.I)
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
        candidate = _without_end(match[1].lstrip(_BEFORE_ADDRESS)).replace("’", "'")
        try:
            checked = validate_email(candidate, check_deliverability=False, strict=True)
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
    for leniency in (Leniency.VALID, Leniency.POSSIBLE) if asked else (Leniency.VALID,):
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=leniency):
            if _is_complete(match.number) and not _NOT_PHONE.search(text[: match.start]):
                return Found(_normal(match.number), match.start, match.end)
    return _whole(text, region) if asked else None


def name_problem(name: str) -> str | None:
    """Why this cannot be a name, or None. Any script, any length up to 80, one letter upwards."""
    if not any(c.isalpha() for c in name):
        return "no letter"
    if len(name) > NAME_LENGTH or len(name.split()) > NAME_WORDS:
        return "too long"
    if "@" in name or _WEB_ADDRESS.search(name):
        return "an address"
    # "You Wang Li" is a name, "you are useless" is not.
    if name.endswith(("?", "？")) or (_SENTENCE.match(name) and not name.istitle()):
        return "a sentence"
    if _NOT_NAMES.fullmatch(name) or _ASKS_AGAIN.fullmatch(name):
        return "not a name"
    return None


def _without_end(candidate: str) -> str:
    """Without what follows an address: a full stop, a closing quote, an emoji."""
    while candidate and not (candidate[-1].isalnum() or _is_mark(candidate[-1])):
        candidate = candidate[:-1]
    return candidate


def _is_mark(character: str) -> bool:
    # Domains of some scripts end in a combining mark; emoji do too, but always in this one.
    return unicodedata.category(character).startswith("M") and character != "\ufe0f"


def _whole(text: str, region: str) -> Found | None:
    # The matcher wants a number to stand apart; as a whole answer it may be written any way.
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    # Letters may spell a number (1-800-FLOWERS), but most texts that could be dialled are words.
    if any(c.isalpha() for c in text) and not phonenumbers.is_valid_number(number):
        return None
    before = re.split(r"\d", text)[0]
    if not _is_complete(number) or _NOT_PHONE.search(before):
        return None
    return Found(_normal(number), 0, len(text))


def _is_complete(number: PhoneNumber) -> bool:
    # A number that lacks its area code is possible too, and cannot be called from elsewhere.
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _normal(number: PhoneNumber) -> str:
    style = PhoneNumberFormat.INTERNATIONAL if number.extension else PhoneNumberFormat.E164
    return phonenumbers.format_number(number, style)
