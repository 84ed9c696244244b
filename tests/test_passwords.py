"""Passwords: what is asked of one, and its hash."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from support import passwords
from support.errors import PeopleError


@pytest.mark.parametrize("password", ["four words in a row", "péché mignon!", "x" * 8 + "abcd"])
def test_takes_a_password(password: str) -> None:
    passwords.check(password, "ann")


@pytest.mark.parametrize(
    "password, why",
    [
        ("", "too short"),
        ("eleven char", "too short"),
        ("long " * 50, "too long"),
        ("aaaaaaaaaaaaaaaa", "different characters"),
        ("Ann-Elisabeth", "besides the name"),
        ("ann-elisabeth1234567", "besides the name"),
        ("four words \ud800 row", "cannot be written"),
    ],
)
def test_refuses_a_password_and_says_why(password: str, why: str) -> None:
    with pytest.raises(PeopleError, match=why) as refused:
        passwords.check(password, "ann-elisabeth")
    assert refused.value.field == "password"


def test_knows_a_password_by_its_hash_alone() -> None:
    password_hash = passwords.hashed("four words in a row")
    assert "four" not in password_hash
    assert password_hash.startswith("$argon2id$")
    assert len(password_hash) <= 300
    assert passwords.is_right(password_hash, "four words in a row")
    assert not passwords.is_right(password_hash, "four words in a rov")


def test_hashes_the_same_password_differently_each_time() -> None:
    assert passwords.hashed("four words in a row") != passwords.hashed("four words in a row")


def test_takes_one_letter_for_the_same_however_it_is_written() -> None:
    assert passwords.is_right(passwords.hashed("péché mignon!"), "pe\u0301che\u0301 mignon!")


@pytest.mark.parametrize("password_hash", [None, "!abc", "", "$argon2id$nonsense"])
def test_takes_nothing_for_no_password(password_hash: str | None) -> None:
    assert not passwords.is_right(password_hash, "four words in a row")
    assert not passwords.is_right(password_hash, "\ud800" * 1000)


def test_sees_a_hash_that_was_made_with_other_parameters() -> None:
    assert passwords.is_dated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not passwords.is_dated(passwords.hashed("x"))
