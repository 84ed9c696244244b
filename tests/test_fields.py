"""Addresses, numbers and names as people write them, and what is none of these."""

from __future__ import annotations

import pytest

from support.fields import find_email, find_phone, name_problem, tidy


@pytest.mark.parametrize(
    "text, shown",
    [
        ("  Ann \t Lee\r\n", "Ann Lee"),
        ("Ann\nBcc: eve@example.org", "Ann Bcc: eve@example.org"),
        ("A\u200bn\u2060n\ufeff", "Ann"),
        ("\u202eAnn\u202c", "Ann"),
        ("Ann\x00\x1b[31m", "Ann[31m"),
        ("half an emoji \ud83d", "half an emoji"),
        ("E\u0301va", "Éva"),
        ("Ann\u00a0Lee\u2028", "Ann Lee"),
        ("מרים 🙂", "מרים 🙂"),
        ("", ""),
    ],
)
def test_tidies_what_cannot_be_seen(text: str, shown: str) -> None:
    assert tidy(text) == shown


@pytest.mark.parametrize(
    "text, address",
    [
        ("ann@example.org", "ann@example.org"),
        ("write to ann@example.org please", "ann@example.org"),
        ("It's ann@example.org.", "ann@example.org"),
        ("ann@example.org!?", "ann@example.org"),
        ("is ann@example.org?", "ann@example.org"),
        ("Ann Lee <ann@example.org>", "ann@example.org"),
        ("(ann@example.org)", "ann@example.org"),
        ("my mail:ann@example.org;", "ann@example.org"),
        ("mailto:ann@example.org?subject=Hi", "ann@example.org"),
        ("*ann@example.org*", "ann@example.org"),
        ("“ann@example.org”", "ann@example.org"),
        ("‘ann@example.org’", "ann@example.org"),
        ("«ann@example.org»", "ann@example.org"),
        ("ann@example.org…", "ann@example.org"),
        ("ann@example.org。", "ann@example.org"),
        ("ann@example.org🙂", "ann@example.org"),
        ("ann@example.org❤️", "ann@example.org"),
        ("ann@example.org/", "ann@example.org"),
        ("ANN@EXAMPLE.ORG", "ANN@example.org"),
        ("ann+shop.1@mail.example.co.uk", "ann+shop.1@mail.example.co.uk"),
        ("_ann_@example.org", "_ann_@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("o’neil@example.org", "o'neil@example.org"),
        ("ann@bücher.de", "ann@bücher.de"),
        ("пример@пример.рф", "пример@пример.рф"),
        ("anu@उदाहरण.भारत", "anu@उदाहरण.भारत"),
        ("ann@localhost or bob@example.org", "bob@example.org"),
        ("ann@example.org,bob@example.org", "ann@example.org"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_finds_an_address(text: str, address: str) -> None:
    found = find_email(text)
    assert found is not None
    assert found.value == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@@example.org",
        "ann at example dot org",
        "ann @ example.org",
        "ann@example",
        "ann@localhost",
        "ann@127.0.0.1",
        "ann@example..org",
        "ann.@example.org",
        "ann@-example.org",
        "https://example.org/@ann",
        "a" * 65 + "@example.org",
        "@" * 10_000,
    ],
)
def test_finds_no_address_where_there_is_none(text: str) -> None:
    assert find_email(text) is None


@pytest.mark.parametrize(
    "text, region, number",
    [
        ("+1 202 555 0123", "US", "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("202.555.0123", "US", "+12025550123"),
        ("it's 202-555-0123, thanks", "US", "+12025550123"),
        ("202-555-0123 or 202-555-0199", "US", "+12025550123"),
        ("tel:+12025550123", "US", "+12025550123"),
        ("１２０２５５５０１２３", "US", "+12025550123"),
        ("202-555-0123 x12", "US", "+1 202-555-0123 ext. 12"),
        ("011 91 98765 43210", "US", "+919876543210"),
        ("030 901820", "DE", "+4930901820"),
        ("0151/23456789", "DE", "+4915123456789"),
        ("+49 (0)30 901820", "US", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("98765 43210", "IN", "+919876543210"),
        ("098765-43210", "IN", "+919876543210"),
        ("+91-98765-43210", "DE", "+919876543210"),
        ("٠٣٠٩٠١٨٢٠", "DE", "+4930901820"),
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_finds_a_number_in_many_spellings(text: str, region: str, number: str, asked: bool) -> None:
    found = find_phone(text, region, asked=asked)
    assert found is not None
    assert found.value == number


@pytest.mark.parametrize(
    "text, number",
    [
        ("202 055 0123", "+12020550123"),
        ("1-800-FLOWERS", "+18003569377"),
        ("ann2025550123", "+12025550123"),
    ],
)
def test_takes_a_merely_possible_number_only_when_asked(text: str, number: str) -> None:
    found = find_phone(text, "US", asked=True)
    assert found is not None
    assert found.value == number
    assert find_phone(text, "US", asked=False) is None


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "12",
        "12345",
        "555-0123",  # no area code: nobody elsewhere can call it
        "1234567",
        "2025550123456789",
        "+999 1234567",  # no such country
        "2024-03-01",
        "two zero two",
        "I CALLED 3 TIMES ALREADY",
        "call 911",
        "my order 2025550123",
        "invoice number: 2025550123",
        "ticket #2025550123",
        "+",
        "1 " * 5_000,
    ],
)
def test_finds_no_number_where_there_is_none(text: str, asked: bool) -> None:
    assert find_phone(text, "US", asked=asked) is None


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "May",
        "X",
        "Bob Stop",
        "Noah Cancel",
        "Will Skip",
        "O'Neil-Łukaszewicz",
        "李小龙",
        "محمد علي",
        "You Wang Li",
        "My Linh Tran",
        "How Soo Kim",
        "Dr. Ann Lee, Jr.",
        "Ann (she/her)",
        "John Smith 3rd",
        "a" * 80,
        "Ana de la Cruz y Borbón Gil",
    ],
)
def test_accepts_people_by_any_name(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name, problem",
    [
        ("", "no letter"),
        ("12345", "no letter"),
        ("👍", "no letter"),
        ("...", "no letter"),
        ("a" * 81, "too long"),
        ("a b c d e f g h i", "too long"),
        ("ann@example", "an address"),
        ("https://example.org", "an address"),
        ("www.example.org", "an address"),
        ("Who are you?", "a sentence"),
        ("why do you ask", "a sentence"),
        ("你是谁？", "a sentence"),
        ("my order never came", "a sentence"),
        ("cancel my order", "a sentence"),
        ("I don't want to say", "a sentence"),
        ("agent", "not a name"),
        ("AGENT!!!", "not a name"),
        ("a real person please", "not a name"),
        ("customer service", "not a name"),
        ("no thanks", "not a name"),
        ("Hello!", "not a name"),
    ],
)
def test_says_why_something_cannot_be_a_name(name: str, problem: str) -> None:
    assert name_problem(name) == problem
