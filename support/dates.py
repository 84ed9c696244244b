"""Finding a day in what a visitor writes: '24 December', '12/24/2026', 'next Monday'."""

from __future__ import annotations

import datetime as dt
import re

# Where 12/24 is a day; elsewhere 24/12 is.
MONTH_FIRST = frozenset({"US", "CA", "PH", "BZ", "FM", "MH", "PW", "AS", "GU", "MP", "PR", "VI"})
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)")
_NUMBERS = re.compile(
    r"(?<![\d./-])(?P<one>\d{1,2})\s?(?P<mark>[./-])\s?(?P<two>\d{1,2})"
    r"(?:\s?[./-]\s?(?P<year>\d{4}|\d{2})|\.)?(?![\d/-]|\.\d)"
)
_WRITTEN = (
    re.compile(rf"\b{_DAY}(?:\s+of)?[\s-]+{_MONTH}{_YEAR}(?!\w)", re.I),
    re.compile(rf"\b{_MONTH}\s+{_DAY}{_YEAR}(?!\w)", re.I),
)
_NAMED = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}
_NEAR = re.compile(r"\b(?:(?P<before>the day before )|(?P<after>the day after ))?"
                   rf"(?P<word>{'|'.join(_NAMED)})\b", re.I)  # fmt: skip
_IN = re.compile(r"\bin (?P<count>\d{1,3}|an?) (?P<unit>day|week)s?\b", re.I)
_AGO = re.compile(r"\b(?P<count>\d{1,3}|an?) (?P<unit>day|week)s? ago\b", re.I)
_WEEKDAY = re.compile(
    r"\b(?P<which>last |next |this |on )?(?P<day>mon|tue|wed|thu|fri|sat|sun)"
    r"(?:s|nes|rs|ur)?(?:day)?\b",
    re.I,
)


def find_date(text: str, region: str, today: dt.date | None) -> dt.date | None:
    """The first day named in the text; of a day without a year, the one nearest to `today`.

    today: None where no clock is at hand; then only whole dates are understood.
    """
    match = _ISO.search(text)
    if match:
        return _date(int(match["year"]), int(match["month"]), int(match["day"]))
    for pattern in _WRITTEN:
        match = pattern.search(text)
        if match:
            month = _MONTHS.index(match["month"][:3].lower()) + 1
            return _of_year(match["year"], month, int(match["day"]), today)
    match = _NUMBERS.search(text)
    if match:
        return _of_numbers(match, region, today)
    return _relative(text, today) if today else None


def _of_numbers(match: re.Match[str], region: str, today: dt.date | None) -> dt.date | None:
    one, two = int(match["one"]), int(match["two"])
    # Points are put between day and month, whatever the country.
    month_first = match["mark"] != "." and region in MONTH_FIRST
    month, day = (one, two) if month_first else (two, one)
    if month > 12:
        month, day = day, month
    return _of_year(match["year"], month, day, today)


def _relative(text: str, today: dt.date) -> dt.date | None:
    match = _NEAR.search(text)
    if match:
        away = _NAMED[match["word"].lower()] + (1 if match["after"] else 0)
        return today + dt.timedelta(days=away - (1 if match["before"] else 0))
    for pattern, sign in ((_IN, 1), (_AGO, -1)):
        match = pattern.search(text)
        if match:
            count = int(match["count"]) if match["count"].isdecimal() else 1
            days = count * (7 if match["unit"].lower() == "week" else 1)
            return today + sign * dt.timedelta(days=days)
    match = _WEEKDAY.search(text)
    if match is None:
        return None
    ahead = (_DAYS.index(match["day"][:3].lower()) - today.weekday()) % 7
    if (match["which"] or "").strip().lower() == "last":
        return today + dt.timedelta(days=ahead - 7)
    return today + dt.timedelta(days=ahead or 7)


def _of_year(year: str | None, month: int, day: int, today: dt.date | None) -> dt.date | None:
    if year is not None:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if today is None:
        return None
    candidates = (_date(today.year + shift, month, day) for shift in (-1, 0, 1))
    real = [each for each in candidates if each]
    return min(real, key=lambda each: abs(each - today)) if real else None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
