"""Storing a request with its deliveries, and finding it again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from actions import submit_handoff
from support import database, followups, outbox, requests, settings
from support.errors import IncompleteRequest, RequestEnded, SupportDisabled
from support.form_fields import Field, Fields
from support.models import DeliveryStatus, Request
from support.requests import REFERENCE_LENGTH, REFERENCE_LETTERS, Answer
from tests.stored import ANN, NOON, deliveries, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")


def stored() -> int:
    """How many requests there are."""
    with database.read_scope() as session:
        return int(session.scalar(select(func.count()).select_from(Request)))


def test_stores_everything_the_team_needs() -> None:
    switch_on()
    reference = requests.submit(ANN, NOON).reference
    with database.read_scope() as session:
        request = requests.find(session, reference)
        assert request is not None
        assert request.created_at == NOON
        for name in ("name", "email", "phone", "reason", "channel", "page_url", "handoff_id"):
            assert getattr(request, name) == getattr(ANN, name)
        assert request.transcript == [vars(line) for line in ANN.transcript]


def test_stores_one_delivery_for_each_address() -> None:
    switch_on("bob@example.org", "ann@example.org")
    submit()
    assert [(d.target, d.status, d.due_at) for d in deliveries()] == [
        ("ann@example.org", DeliveryStatus.QUEUED, NOON),
        ("bob@example.org", DeliveryStatus.QUEUED, NOON),
    ]


@pytest.mark.parametrize("missing", ["email", "phone"])
def test_takes_one_way_to_answer_for_enough(missing: str) -> None:
    switch_on()
    submit(**{missing: None})
    assert stored() == 1


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"reason": ""}, {"email": None, "phone": None}, {"email": "", "phone": ""}],
)
def test_refuses_a_request_that_nobody_could_answer(changes: dict[str, str | None]) -> None:
    switch_on()
    with pytest.raises(IncompleteRequest):
        submit(**changes)
    assert stored() == 0


def test_refuses_a_request_while_switched_off() -> None:
    with pytest.raises(SupportDisabled):
        submit()
    assert stored() == 0


def test_leaves_what_was_stored_alone_when_switched_off_later() -> None:
    switch_on()
    number = submit()
    with database.session_scope() as session:
        settings.update(session, {"enabled": False}, actor="Bob", now=NOON)
    assert submit() == number
    assert [d.status for d in deliveries()] == [DeliveryStatus.QUEUED]


def test_stores_the_same_form_once() -> None:
    switch_on()
    assert submit() == submit()
    assert stored() == 1
    assert len(deliveries()) == 1
    assert submit(handoff_id="form-2") != submit()


def test_stores_the_same_form_once_when_sent_by_several_at_once() -> None:
    switch_on()
    numbers: list[int] = []
    threads = [threading.Thread(target=lambda: numbers.append(submit())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 5
    assert len(set(numbers)) == 1
    assert len(deliveries()) == 1


def test_stores_nothing_when_the_deliveries_cannot_be_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    switch_on()
    monkeypatch.setattr(outbox, "enqueue", broken)
    with pytest.raises(OperationalError):
        submit()
    assert stored() == 0


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Decides which references come up next; the last one again and again."""

    def come_up(*texts: str) -> None:
        left = list(texts)
        monkeypatch.setattr(
            requests, "_reference", lambda: left.pop(0) if len(left) > 1 else left[0]
        )

    return come_up


def test_takes_another_reference_when_one_is_taken(references: Callable[..., None]) -> None:
    switch_on()
    references("R-AAAAA", "R-AAAAA", "R-CCCCC")
    assert requests.submit(ANN, NOON).reference == "R-AAAAA"
    other = replace(ANN, handoff_id="form-2")
    assert requests.submit(other, NOON).reference == "R-CCCCC"


def test_says_so_when_no_reference_is_free(references: Callable[..., None]) -> None:
    switch_on()
    references("R-AAAAA")
    submit()
    with pytest.raises(RuntimeError, match="No free reference"):
        submit(handoff_id="form-2")
    assert stored() == 1


def test_makes_references_that_can_be_read_aloud() -> None:
    switch_on()
    made = {requests.submit(replace(ANN, handoff_id=str(n)), NOON).reference for n in range(20)}
    assert len(made) == 20
    for reference in made:
        assert reference.startswith("R-")
        assert len(reference) == 2 + REFERENCE_LENGTH
        assert set(reference[2:]) <= set(REFERENCE_LETTERS)
    assert not set(REFERENCE_LETTERS) & set("01OILS5Z2B8UV")


@pytest.mark.parametrize("typed", ["R-7KQ9M", "r-7kq9m", " 7KQ9M ", "7 k q 9 m"])
def test_finds_a_request_however_its_reference_is_typed(
    typed: str, references: Callable[..., None]
) -> None:
    switch_on()
    references("R-7KQ9M")
    number = submit()
    with database.read_scope() as session:
        request = requests.find(session, typed)
        assert request is not None
        assert request.id == number


@pytest.mark.parametrize("typed", ["", "R-", "R-AAAAA", "%", "' OR 1=1 --"])
def test_finds_nothing_by_another_reference(typed: str, references: Callable[..., None]) -> None:
    switch_on()
    references("R-7KQ9M")
    submit()
    with database.read_scope() as session:
        assert requests.find(session, typed) is None


def test_says_which_answers_could_not_be_checked() -> None:
    switch_on()
    submit(email="ann at example", unverified=("email",))
    with database.read_scope() as session:
        (request,) = session.scalars(select(Request))
        assert request.unverified == ["email"]


def test_stores_answers_to_added_fields_and_does_without_those_not_asked_for() -> None:
    switch_on()
    asked = Fields((Field("email", True, "email"), Field("people", True, "number", "People")))
    people = Answer("people", "People", "4")
    request_id = submit(name="", reason="", answers=(people,), fields=asked)
    with database.read_scope() as session:
        request = session.get(Request, request_id)
        assert request.answers == [{"name": "people", "label": "People", "value": "4"}]
        assert (request.name, request.reason) == (requests.NAMELESS, "")
    with pytest.raises(IncompleteRequest):
        submit(handoff_id="form-2", name="", reason="", fields=asked)


def test_takes_an_added_answer_that_differs_the_second_time_for_a_correction() -> None:
    switch_on()
    first = submit(answers=(Answer("people", "People", "4"),))
    assert submit(answers=(Answer("people", "People", "5"),)) == first
    with database.read_scope() as session:
        request = session.get(Request, first)
        assert request.answers[0]["value"] == "5"
        assert [event.kind.value for event in request.events] == ["created", "correction"]


def test_takes_no_other_answers_for_a_request_that_has_ended() -> None:
    switch_on()
    number = submit()
    followups.cancel(number, NOON)
    assert submit() == number
    with pytest.raises(RequestEnded):
        submit(reason="something else")
    assert submit(reason="something else", handoff_id="form-1-again") != number


def test_makes_another_request_of_a_form_that_the_contact_form_sent_and_the_team_ended() -> None:
    switch_on()
    number = submit()
    followups.cancel(number, NOON)
    other = replace(ANN, reason="something else")
    first, again = (asyncio.run(submit_handoff._stored(other)).id for _ in range(2))
    assert first == again != number
