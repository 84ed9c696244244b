"""The team's work on requests, on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.config import Config
from tests import postgres
from tests.test_work import (
    reference,
    test_does_nothing_when_it_is_done_already,
    test_is_not_sent_again_while_it_is_on_its_way,
    test_is_reopened_for_whoever_had_it,
    test_is_taken_by_one_of_two_at_once,
    test_keeps_notes_for_the_team,
    test_sends_again_to_the_team_as_it_is_now,
)

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not())),
]
__all__ = [
    "reference",
    "test_does_nothing_when_it_is_done_already",
    "test_is_not_sent_again_while_it_is_on_its_way",
    "test_is_reopened_for_whoever_had_it",
    "test_is_taken_by_one_of_two_at_once",
    "test_keeps_notes_for_the_team",
    "test_sends_again_to_the_team_as_it_is_now",
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
