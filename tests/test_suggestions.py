"""Misspelt mail domains: asked about when one was probably meant, and never otherwise."""

from __future__ import annotations

import pytest

from support.suggestions import COMMON, RIGHT, for_address, is_named


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("GMIAL.com", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("hotmial.co.uk", "hotmail.co.uk"),
        ("yaho.com", "yahoo.com"),
        ("outlok.com", "outlook.com"),
        ("iclud.com", "icloud.com"),
    ],
)
def test_suggests_the_domain_that_was_probably_meant(typed: str, meant: str) -> None:
    assert for_address(f"Ann.Lee@{typed}") == f"Ann.Lee@{meant}"


@pytest.mark.parametrize(
    "domain",
    [*COMMON, *RIGHT, "example.org", "yahoo.it", "hotmail.ca", "company.com", "live.de", "x.y.z"],
)
def test_suggests_nothing_for_a_domain_that_looks_right(domain: str) -> None:
    assert for_address(f"ann@{domain}") is None


@pytest.mark.parametrize(
    "text, takes",
    [
        ("gmail.com", True),
        ("I meant gmail", True),
        ("yes, gmail", True),
        ("not gmail", False),
        ("gmial.com", False),
        ("ann@gmail.com", False),
        ("", False),
    ],
)
def test_hears_the_suggestion_in_the_answer(text: str, takes: bool) -> None:
    assert is_named(text, "ann@gmail.com") is takes
