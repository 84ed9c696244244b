"""The figures, on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.config import Config
from tests import postgres
from tests.test_figures import (
    test_counts_a_request_as_failed_when_nobody_was_told,
    test_counts_how_asks_ended_and_each_once,
    test_makes_columns_of_days_and_of_weeks_from_monday,
    test_says_at_which_question_most_give_up,
    test_says_how_long_until_requests_are_taken,
)

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not())),
]
__all__ = [
    "test_counts_a_request_as_failed_when_nobody_was_told",
    "test_counts_how_asks_ended_and_each_once",
    "test_makes_columns_of_days_and_of_weeks_from_monday",
    "test_says_at_which_question_most_give_up",
    "test_says_how_long_until_requests_are_taken",
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """PostgreSQL."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def db(server: str, configuration: Config) -> Iterator[Config]:
    """An empty database with all tables, there instead of on SQLite."""
    with postgres.empty_database(server, configuration):
        yield configuration
