"""The team's list, on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.config import Config
from tests import postgres
from tests.test_inbox import (
    stored,
    test_counts_what_is_open_and_stops_counting,
    test_finds_trouble_with_telling_the_team,
    test_finds_what_is_wanted_in_its_order,
    test_goes_on_after_the_last_one_seen_was_erased,
    test_goes_on_where_the_page_before_ended,
)

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not())),
]
__all__ = [
    "stored",
    "test_counts_what_is_open_and_stops_counting",
    "test_finds_trouble_with_telling_the_team",
    "test_finds_what_is_wanted_in_its_order",
    "test_goes_on_after_the_last_one_seen_was_erased",
    "test_goes_on_where_the_page_before_ended",
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
