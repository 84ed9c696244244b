"""Passwords: what is asked of one, and its hash, which is all that is kept.

Argon2id with the library's parameters, the second choice of RFC 9106. When a release of the library
raises them, a password is hashed anew the next time that its owner signs in.
"""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from support.errors import PeopleError

SHORTEST = 12
LONGEST = 200
SHORTEST_BESIDES_NAME = 8
FEWEST_CHARACTERS = 5
RULE = (
    f"At least {SHORTEST} characters, {SHORTEST_BESIDES_NAME} of them besides your name. A few "
    "words in a row are good."
)

_hasher = PasswordHasher()
# A hash takes 64 MiB for a tenth of a second, whoever asks for it.
_at_once = threading.BoundedSemaphore(2)


def check(password: str, name: str) -> None:
    """Raise PeopleError, for the field 'password', unless this is a password for this name."""
    text = _normal(password)
    besides = text.casefold().replace(_normal(name).casefold(), "")
    wrong = ""
    if len(text) < SHORTEST:
        wrong = f"The password is too short: it needs at least {SHORTEST} characters."
    elif len(text) > LONGEST:
        wrong = f"The password is too long: at most {LONGEST} characters are possible."
    elif len(set(text)) < FEWEST_CHARACTERS:
        wrong = f"The password needs at least {FEWEST_CHARACTERS} different characters."
    elif len(besides) < SHORTEST_BESIDES_NAME:
        wrong = f"The password needs {SHORTEST_BESIDES_NAME} characters besides the name."
    elif not _can_be_written(text):
        wrong = "The password has a character that cannot be written in UTF-8."
    if wrong:
        raise PeopleError(wrong, "password")


def hashed(password: str) -> str:
    """What to keep instead of a password that was checked."""
    with _at_once:
        return _hasher.hash(_normal(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is none (None) to compare with."""
    text = _normal(password)[: LONGEST + 1].encode("utf-8", "replace")
    with _at_once:
        if password_hash is None:
            _hasher.hash(text)
            return False
        try:
            return _hasher.verify(password_hash, text)
        except (Argon2Error, InvalidHashError):
            return False


def is_dated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than are used now."""
    return _hasher.check_needs_rehash(password_hash)


def _normal(password: str) -> str:
    # Keyboards differ in how they write the same letter.
    return unicodedata.normalize("NFKC", password)


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
