"""How a request stands: told to its own conversation, or for reference and address together."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from support import database, followups, lookups, outbox
from support.errors import DeliveryError, TooManyTries
from support.lookups import (
    CONVERSATION_WINDOW,
    REFERENCE_WINDOW,
    TRIES_PER_CONVERSATION,
    TRIES_PER_REFERENCE,
    Standing,
    may_try,
)
from support.models import FailedLookup, Request
from tests.stored import ANN, NOON, submit, switch_on

SECOND = dt.timedelta(seconds=1)
NOBODY = "eve@example.org"


@pytest.fixture
def reference(db: object) -> str:
    """Of Ann's request."""
    switch_on()
    number = submit()
    with database.read_scope() as session:
        return str(session.get(Request, number).reference)


def look(
    reference: str, email: str, who: str = "somebody", now: dt.datetime = NOON
) -> Standing | None:
    return lookups.by_reference_and_email(reference, email, who, now)


def end_delivery(error: DeliveryError | None) -> None:
    (held,) = outbox.claim(NOON, 1)
    if error:
        outbox.record_failure(held, error, NOON)
    else:
        outbox.record_sent(held, "250 OK", NOON)


# --- in the same conversation ---


@pytest.mark.usefixtures("reference")
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, "accepted"),
        (DeliveryError("451"), "waiting"),
        (DeliveryError("550", permanent=True), "undeliverable"),
    ],
)
def test_says_how_telling_the_team_went(error: DeliveryError | None, state: str) -> None:
    end_delivery(error)
    found = lookups.of_conversation(ANN.conversation_id, NOON)
    assert found is not None
    assert (found.state, found.asked_at, found.is_open) == (state, NOON, True)


def test_knows_no_request_of_another_conversation(reference: str) -> None:
    assert lookups.of_conversation("another", NOON) is None


def test_prefers_the_open_request_to_a_newer_one_that_was_cancelled(reference: str) -> None:
    followups.cancel(submit(handoff_id="form-2"), NOON)
    found = lookups.of_conversation(ANN.conversation_id, NOON)
    assert found is not None
    assert found.reference == reference


def test_says_that_the_last_one_was_cancelled(reference: str) -> None:
    found = lookups.of_conversation(ANN.conversation_id, NOON)
    assert found is not None
    followups.cancel(found.request_id, NOON)
    after = lookups.of_conversation(ANN.conversation_id, NOON)
    assert after is not None
    assert (after.reference, after.state, after.is_open) == (reference, "cancelled", False)


# --- from elsewhere ---


@pytest.mark.parametrize("email", ["ann@example.org", "ANN@Example.ORG"])
def test_tells_whoever_knows_reference_and_address(reference: str, email: str) -> None:
    found = look(reference.lower(), email)
    assert found is not None
    assert found.reference == reference


@pytest.mark.parametrize("email", ["", NOBODY, "ann@example.or", "ann@example.org.evil.example"])
def test_tells_nothing_for_a_reference_and_another_address(reference: str, email: str) -> None:
    assert look(reference, email) is None


def test_tells_nothing_for_an_unknown_reference(reference: str) -> None:
    assert look("R-AAAAA", "ann@example.org") is None


@pytest.mark.parametrize("email", ["", NOBODY])
def test_tells_nothing_of_a_request_without_an_address(db: object, email: str) -> None:
    switch_on()
    number = submit(email=None)
    with database.read_scope() as session:
        assert look(session.get(Request, number).reference, email) is None


def test_looks_at_no_pair_after_too_many_wrong_ones_not_even_the_right_one(reference: str) -> None:
    for number in range(TRIES_PER_REFERENCE):
        assert look(reference, NOBODY, f"guess-{number}") is None
    with pytest.raises(TooManyTries):
        look(reference, "ann@example.org", "ann")
    assert look(reference, "ann@example.org", "ann", NOON + REFERENCE_WINDOW) is not None


def test_counts_a_reference_however_it_is_typed(reference: str) -> None:
    for typed in (
        reference,
        reference.lower(),
        f" {reference}",
        reference[2:],
        reference[2:].lower(),
    ):
        assert look(typed, NOBODY, f"guess-{typed}") is None
    with pytest.raises(TooManyTries):
        look(reference, "ann@example.org", "ann")


def test_stops_a_conversation_that_tries_one_reference_after_another(reference: str) -> None:
    for number in range(TRIES_PER_CONVERSATION):
        assert look(f"R-AAAA{number}", "ann@example.org", "eve") is None
    with pytest.raises(TooManyTries):
        look(reference, "ann@example.org", "eve")
    assert look(reference, "ann@example.org", "ann") is not None


def test_counts_wrong_pairs_only_and_none_twice(reference: str) -> None:
    for _ in range(10):
        assert look(reference, "ann@example.org") is not None
    look("R-" + "A" * 5000, NOBODY)
    with database.read_scope() as session:
        assert session.scalar(select(func.count()).select_from(FailedLookup)) == 1


@pytest.mark.parametrize(
    ("for_reference", "in_conversation", "may"),
    [
        ([], [], True),
        ([NOON] * (TRIES_PER_REFERENCE - 1), [NOON] * (TRIES_PER_CONVERSATION - 1), True),
        ([NOON] * TRIES_PER_REFERENCE, [], False),
        ([], [NOON] * TRIES_PER_CONVERSATION, False),
        ([NOON - REFERENCE_WINDOW] * 50, [], True),
        ([NOON - REFERENCE_WINDOW + SECOND] * TRIES_PER_REFERENCE, [], False),
        ([], [NOON - CONVERSATION_WINDOW] * 50, True),
        ([], [NOON - CONVERSATION_WINDOW + SECOND] * TRIES_PER_CONVERSATION, False),
    ],
)
def test_limits_tries(
    for_reference: list[dt.datetime], in_conversation: list[dt.datetime], may: bool
) -> None:
    assert may_try(for_reference, in_conversation, NOON) is may
