"""How long ago, in words."""

from __future__ import annotations

import datetime as dt

import pytest

from support.ago import ago

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (0, "just now"),
        (59, "just now"),
        (60, "a minute ago"),
        (119, "a minute ago"),
        (720, "12 minutes ago"),
        (3_599, "59 minutes ago"),
        (3_600, "an hour ago"),
        (7_200, "2 hours ago"),
        (86_399, "23 hours ago"),
        (86_400, "a day ago"),
        (13 * 86_400, "13 days ago"),
    ],
)
def test_says_how_long_ago(seconds: int, words: str) -> None:
    assert ago(NOW - dt.timedelta(seconds=seconds), NOW) == words
