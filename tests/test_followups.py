"""What visitors say about a stored request, in its history and on its way to the team."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from support import database, followups, outbox, requests, settings
from support.errors import RequestEnded, SupportDisabled
from support.models import Delivery, EventKind, Request, RequestEvent, RequestStatus
from support.requests import Answer
from tests.stored import ANN, NOON, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
LATER = NOON + dt.timedelta(minutes=12)
TOO_LATE = NOON + followups.OPEN_FOR


@pytest.fixture
def request_id(db: object) -> int:
    """Ann's request, for one address."""
    switch_on()
    return submit()


def stored(request_id: int) -> Request:
    """The request with its history."""
    with database.read_scope() as session:
        row = session.get(Request, request_id)
        assert row is not None
        assert row.events
        return row


def kinds(request_id: int) -> list[str]:
    """What happened to the request, oldest first."""
    return [event.kind.value for event in stored(request_id).events]


def told(request_id: int) -> list[tuple[str, str]]:
    """The messages of a request: what they tell, and whom."""
    with database.read_scope() as session:
        query = select(RequestEvent.kind, Delivery.target).join(Delivery.event)
        rows = session.execute(
            query.where(Delivery.request_id == request_id).order_by(Delivery.event_id)
        )
        return [(kind.value, target) for kind, target in rows]


def switch_off(*addresses: str) -> None:
    """Support Operations is off."""
    with database.session_scope() as session:
        changes = {"enabled": False, "agent_emails": addresses}
        settings.update(session, changes, actor="Bob", now=NOON)


# --- history ---


def test_begins_a_history_with_the_answers_as_they_were_sent(request_id: int) -> None:
    (event,) = stored(request_id).events
    assert (event.kind, event.at, event.actor) == (EventKind.CREATED, NOON, "visitor")
    assert event.detail == {name: getattr(ANN, name) for name in followups.ANSWERS}
    assert stored(request_id).status == RequestStatus.NEW


def test_adds_and_tells_the_team(request_id: int) -> None:
    event = followups.add(request_id, "the parcel is blue", LATER)
    assert (event.kind, event.detail) == (EventKind.ADDITION, {"text": "the parcel is blue"})
    assert told(request_id) == [("created", "team@example.org"), ("addition", "team@example.org")]
    assert outbox.progress_of(request_id, event.id) == "pending"


def test_adds_once_what_is_said_twice_in_a_row(request_id: int) -> None:
    first = followups.add(request_id, "the parcel is blue", LATER)
    assert followups.add(request_id, "the parcel is blue", LATER).id == first.id
    followups.add(request_id, "no, green", LATER)
    followups.add(request_id, "the parcel is blue", LATER)
    assert kinds(request_id) == ["created", "addition", "addition", "addition"]


def test_adds_once_what_several_threads_say_at_once(request_id: int) -> None:
    threads = [
        threading.Thread(target=followups.add, args=(request_id, "blue", LATER)) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds(request_id) == ["created", "addition"]


def test_corrects_and_keeps_what_was_there(request_id: int) -> None:
    event = followups.correct(request_id, {"email": "lee@example.org"}, LATER)
    assert event is not None
    assert event.detail == {
        "changes": [{"field": "email", "old": "ann@example.org", "new": "lee@example.org"}]
    }
    assert stored(request_id).email == "lee@example.org"


def test_corrects_nothing_by_what_is_there_already(request_id: int) -> None:
    assert followups.correct(request_id, {"email": "ann@example.org"}, LATER) is None
    assert kinds(request_id) == ["created"]


def test_takes_a_correction_said_twice_for_one(request_id: int) -> None:
    first = followups.correct(request_id, {"phone": "+12025550199"}, LATER)
    again = followups.correct(request_id, {"phone": "+12025550199"}, LATER)
    assert first is not None
    assert again is not None
    assert again.id == first.id
    assert kinds(request_id) == ["created", "correction"]


def test_cancels_once_and_tells_the_team(request_id: int) -> None:
    first = followups.cancel(request_id, LATER)
    assert followups.cancel(request_id, LATER).id == first.id
    assert stored(request_id).status == RequestStatus.CANCELLED
    assert [kind for kind, _ in told(request_id)] == ["created", "cancelled"]


def test_takes_the_same_form_with_other_answers_for_a_correction(request_id: int) -> None:
    assert submit(phone="+12025550199", reason="and it was blue") == request_id
    event = stored(request_id).events[-1]
    assert event.kind == EventKind.CORRECTION
    assert [change["field"] for change in event.detail["changes"]] == ["phone", "reason"]
    assert stored(request_id).reason == "and it was blue"
    assert len(told(request_id)) == 2


@pytest.mark.parametrize("ended", ["cancelled", "too old", "unknown"])
def test_changes_nothing_in_a_request_that_is_not_open(request_id: int, ended: str) -> None:
    number = request_id + 1 if ended == "unknown" else request_id
    now = TOO_LATE if ended == "too old" else LATER
    if ended == "cancelled":
        followups.cancel(request_id, LATER)
    before = kinds(request_id)
    with pytest.raises(RequestEnded):
        followups.add(number, "the parcel is blue", now)
    with pytest.raises(RequestEnded):
        followups.correct(number, {"phone": "+12025550199"}, now)
    assert kinds(request_id) == before


def test_takes_no_news_but_the_cancelling_while_switched_off(request_id: int) -> None:
    switch_off("team@example.org")
    with pytest.raises(SupportDisabled):
        followups.add(request_id, "the parcel is blue", LATER)
    with pytest.raises(SupportDisabled):
        followups.correct(request_id, {"phone": "+12025550199"}, LATER)
    followups.cancel(request_id, LATER)
    assert kinds(request_id) == ["created", "cancelled"]


def test_tells_the_team_as_it_is_now(request_id: int) -> None:
    switch_on("second@example.org", "third@example.org")
    followups.add(request_id, "the parcel is blue", LATER)
    assert {target for kind, target in told(request_id) if kind == "addition"} == {
        "second@example.org",
        "third@example.org",
    }


def test_tells_those_who_were_told_first_when_no_address_is_left(request_id: int) -> None:
    switch_off()
    followups.cancel(request_id, LATER)
    assert told(request_id)[-1] == ("cancelled", "team@example.org")


# --- the open request ---


def open_reference(conversation_id: str, now: dt.datetime) -> str | None:
    with database.read_scope() as session:
        found = followups.open_request_of(session, conversation_id, now)
        return found.reference if found else None


def test_finds_the_newest_open_request_of_the_conversation(request_id: int) -> None:
    second = requests.submit(replace(ANN, handoff_id="form-2"), LATER)
    requests.submit(replace(ANN, handoff_id="form-3", conversation_id="somebody else's"), LATER)
    assert open_reference(ANN.conversation_id, LATER) == second.reference
    followups.cancel(second.id, LATER)
    assert open_reference(ANN.conversation_id, LATER) == stored(request_id).reference
    followups.cancel(request_id, LATER)
    assert open_reference(ANN.conversation_id, LATER) is None


@pytest.mark.usefixtures("request_id")
def test_takes_no_old_request_for_open() -> None:
    assert open_reference(ANN.conversation_id, TOO_LATE - dt.timedelta(seconds=1)) is not None
    assert open_reference(ANN.conversation_id, TOO_LATE) is None


def test_corrects_the_answer_to_a_field_that_a_designer_added() -> None:
    switch_on()
    request_id = submit(answers=(Answer("order_number", "Order number", "AB-1234"),))
    followups.correct(request_id, {"order_number": "CD-5678"}, NOON)
    followups.correct(request_id, {"size": "M"}, NOON, {"size": "Size"})
    with database.read_scope() as session:
        request = session.get(Request, request_id)
        assert request.answers == [
            {"name": "order_number", "label": "Order number", "value": "CD-5678"},
            {"name": "size", "label": "Size", "value": "M"},
        ]
        changes = [event.detail["changes"][0] for event in request.events[1:]]
    assert changes[0] == {"field": "order_number", "old": "AB-1234", "new": "CD-5678"}
