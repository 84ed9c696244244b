"""Searching requests: what words a request is found by, and what a query asks for.

The words are made here, folded the same way on both sides, and kept in `Request.words`; so SQLite
(FTS5) and PostgreSQL (a GIN index) find the same. Migration 0005 makes the indexes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import phonenumbers
from sqlalchemy import column, func, literal, literal_column, or_, table, text
from sqlalchemy.orm import Session

from support import database

MAX_TERMS = 8
# A word beyond this is no word; what is cut off is not searched.
TERM_LENGTH = 60
# A single letter is looked for as a word: as a beginning it would find everything.
SHORTEST_BEGINNING = 2
# The ends of a phone number that people remember it by.
ENDS = (7, 4)
# With fewer digits, figures with spaces between them are no phone number.
PHONE_DIGITS = 7
# Letters of their own right, as people write them who have none on the keyboard.
WRITTEN_AS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Addresses stay whole; Chinese and Japanese have no spaces, so they go letter by letter.
SPACELESS = "\u3040-\u30ff\u3400-\u9fff"
TERM = re.compile(rf"[\w.+-]+@[\w.-]+\w|[{SPACELESS}]|[^\W_{SPACELESS}]+")
# Not in the middle of a word, such as a reference.
NUMBER = re.compile(r"(?<!\w)\+?\(?\d[\d\s().-]*\d(?!\w)")
# SQLite's index; its rows have the requests' ids, and marks that the triggers of 0005 write.
INDEX = table("requests_search", column("rowid"))
MERGE_PAGES = 200
# What a word may be written as; any of these will do.
Term = tuple[str, ...]


def words_of(
    reference: str, name: str | None, email: str | None, phone: str | None, reason: str | None
) -> str:
    """The words that a request is found by, a space between them, each once."""
    found = [*terms(reference), *terms(name or ""), *terms(email or ""), *_phone_terms(phone or "")]
    for address in (term for term in list(found) if "@" in term):
        local, _, domain = address.partition("@")
        found += [*terms(local), *terms(domain)]
    return " ".join(dict.fromkeys([*found, *terms(reason or "")]))


def terms(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    return [term[:TERM_LENGTH] for term in TERM.findall(fold(text))]


def fold(text: str) -> str:
    """The text without case and accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(WRITTEN_AS)


def query_terms(query: str) -> list[Term]:
    """What to look for: all of these, each as the beginning of a word."""
    numbers = [found for found in NUMBER.findall(query) if _is_number(found)]
    for number in numbers:
        query = query.replace(number, " ")
    found = [_written(number) for number in numbers] + [(term,) for term in terms(query)]
    return list(dict.fromkeys(found))[:MAX_TERMS]


def sqlite_match(wanted: Sequence[Term], marks: Sequence[Sequence[str]]) -> Any:
    """Condition on INDEX: has all the terms, and one mark of each list."""
    parts = [f"({' OR '.join(_fts(form) for form in term)})" for term in wanted]
    parts += [f"({' OR '.join(_quoted(mark) for mark in those)})" for those in marks]
    return literal_column("requests_search").op("MATCH")(" AND ".join(parts))


def has_index(session: Session) -> bool:
    """Whether there is INDEX: on SQLite. PostgreSQL's index serves `has_words`."""
    return bool(session.get_bind().dialect.name == "sqlite")


def has_words(session: Session, words: Any, wanted: Sequence[Term]) -> list[Any]:
    """Conditions on the column of words: has all the terms. On SQLite no index serves them."""
    if not wanted:
        return []
    if has_index(session):
        return [or_(*(_contains(words, form) for form in term)) for term in wanted]
    asked = " & ".join(f"({' | '.join(_lexeme(form) for form in term)})" for term in wanted)
    # Written as the index is.
    vector = func.array_to_tsvector(func.string_to_array(words, literal_column("' '")))
    return [vector.op("@@")(literal(asked).op("::")(literal_column("tsquery")))]


def status_mark(status: str) -> str:
    """How SQLite's index says a request's status; the triggers write it."""
    return f"is:{status}"


def taker_mark(name: str) -> str:
    """How SQLite's index says who has a request; the triggers write it."""
    return f"by:{name.encode().hex().upper()}"


def is_index(name: str | None) -> bool:
    """Whether this is a table of SQLite's index: they are no models, and differ by its version."""
    return (name or "").startswith(INDEX.name)


def sweep() -> None:
    """After requests were erased: take their words out of SQLite's index for good.

    Until then the index only says that they are gone. It is written anew in small steps, each a
    transaction of its own, so that nobody waits; half a minute's work with a million requests.
    PostgreSQL's vacuum does this by itself.
    """
    # A negative number begins anew with all that there is, a positive one goes on with it.
    pages = -MERGE_PAGES
    while _merge(pages):
        pages = MERGE_PAGES


def _merge(pages: int) -> bool:
    """One step; whether there is more to do."""
    changes = text("SELECT total_changes()")
    with database.session_scope() as session:
        if not has_index(session):
            return False
        before = session.execute(changes).scalar_one()
        session.execute(
            text("INSERT INTO requests_search (requests_search, rank) VALUES ('merge', :pages)"),
            {"pages": pages},
        )
        return bool(session.execute(changes).scalar_one() - before >= 2)


def _phone_terms(phone: str) -> list[str]:
    """A number with and without its country's code, and its end."""
    digits = _digits(phone)
    if len(digits) < PHONE_DIGITS:
        return terms(phone)
    return [digits, *_national(phone, digits), *(digits[-length:] for length in ENDS)]


def _national(phone: str, digits: str) -> list[str]:
    """The number without its country's code; no code is the beginning of another."""
    if not phone.startswith("+"):
        return []
    codes = [n for n in (1, 2, 3) if int(digits[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    return [digits[codes[0] :]] if codes else []


def _is_number(found: str) -> bool:
    return found.isdigit() or len(_digits(found)) >= PHONE_DIGITS


def _written(number: str) -> Term:
    """A number as it is, and without the zeros that stand for a country's or an area's code."""
    digits = _digits(number)
    return tuple(dict.fromkeys([digits, digits.lstrip("0") or digits]))


def _digits(number: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())


def _is_beginning(term: str) -> bool:
    return len(term) >= SHORTEST_BEGINNING


def _fts(term: str) -> str:
    return _quoted(term) + ("*" if _is_beginning(term) else "")


def _contains(words: Any, term: str) -> Any:
    ending = "" if _is_beginning(term) else " "
    return func.instr(literal(" ") + words + literal(" "), f" {term}{ending}") > 0


def _quoted(term: str) -> str:
    return f'"{term}"'


def _lexeme(term: str) -> str:
    return f"'{term}'" + (":*" if _is_beginning(term) else "")
