"""Searching, on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.config import Config
from tests import postgres
from tests.test_search import (
    ann,
    test_finds_by_the_beginnings_of_words_without_case_and_accents,
    test_finds_by_the_new_answer_and_no_more_by_the_old,
    test_finds_by_the_reference_however_it_is_typed,
    test_finds_chinese_by_its_letters,
    test_finds_every_request_when_nothing_is_looked_for,
    test_finds_nothing_that_is_not_there,
    test_forgets_what_was_erased,
)

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not())),
]
__all__ = [
    "ann",
    "test_finds_by_the_beginnings_of_words_without_case_and_accents",
    "test_finds_by_the_new_answer_and_no_more_by_the_old",
    "test_finds_by_the_reference_however_it_is_typed",
    "test_finds_chinese_by_its_letters",
    "test_finds_every_request_when_nothing_is_looked_for",
    "test_finds_nothing_that_is_not_there",
    "test_forgets_what_was_erased",
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
