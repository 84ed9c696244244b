"""What the team does with requests."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select

from support import database, followups, lookups, outbox, requests, work
from support.errors import (
    DeliveryError,
    NoSuchRequest,
    RequestChanged,
    RequestEnded,
    RequestTaken,
    WorkRefused,
)
from support.models import AuditEntry, Delivery, EventKind, Request, RequestStatus
from support.notifications.message import Message
from support.work import Action, Whom
from tests.stored import ANN, NOON, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
LATER = NOON + dt.timedelta(minutes=5)
STATUSES = {
    RequestStatus.NEW: (),
    RequestStatus.TAKEN: (Action.TAKE,),
    RequestStatus.ANSWERED: (Action.TAKE, Action.ANSWER),
    RequestStatus.CLOSED: (Action.TAKE, Action.CLOSE),
}


@pytest.fixture
def reference(db: object) -> str:
    """Of Ann's request."""
    switch_on()
    with database.read_scope() as session:
        return str(session.get(Request, submit()).reference)


def do(reference: str, *actions: Action, who: str = "Bob", seen: int | None = None) -> None:
    for action in actions:
        work.do(reference, action, who, LATER, seen)


def stored(reference: str) -> Request:
    with database.read_scope() as session:
        found = requests.find(session, reference)
        assert found is not None
        return found


def version(reference: str) -> int:
    with database.read_scope() as session:
        return work.version(session, stored(reference))


def kinds(reference: str) -> list[str]:
    return [event.kind.value for event in stored(reference).events][1:]


def recorded() -> list[tuple[str, str, str]]:
    with database.read_scope() as session:
        query = select(AuditEntry).where(AuditEntry.action.like("request.%"))
        rows = session.scalars(query.order_by(AuditEntry.id))
        return [(row.actor, row.action, row.object) for row in rows]


def end_deliveries(error: DeliveryError | None = None) -> None:
    for held in outbox.claim(LATER, 100):
        if error:
            outbox.record_failure(held, error, LATER)
        else:
            outbox.record_sent(held, "250 OK", LATER)


# --- moving on ---


def test_is_taken_by_a_name_at_a_time(reference: str) -> None:
    do(reference, Action.TAKE)
    row = stored(reference)
    assert (row.status, row.taken_by, row.taken_at) == (RequestStatus.TAKEN, "Bob", LATER)
    assert row.changed_at == LATER
    assert kinds(reference) == ["taken"]
    assert recorded() == [("Bob", "request.taken", reference)]


def test_tells_the_second_who_has_it(reference: str) -> None:
    do(reference, Action.TAKE)
    with pytest.raises(RequestTaken, match="Bob has taken this request") as error:
        do(reference, Action.TAKE, who="Carla")
    assert error.value.by == "Bob"
    assert stored(reference).taken_by == "Bob"


def test_is_taken_by_one_of_two_at_once(reference: str) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def take(who: str) -> None:
        together.wait()
        try:
            do(reference, Action.TAKE, who=who)
            outcomes.append(f"{who} has it")
        except RequestTaken as error:
            outcomes.append(f"{error.by} has it")

    threads = [threading.Thread(target=take, args=(who,)) for who in ("Bob", "Carla")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [f"{stored(reference).taken_by} has it"] * 2
    assert kinds(reference) == ["taken"]


def test_goes_back_to_all(reference: str) -> None:
    do(reference, Action.TAKE)
    do(reference, Action.GIVE_BACK, who="Carla")
    row = stored(reference)
    assert (row.status, row.taken_by, row.taken_at) == (RequestStatus.NEW, None, None)
    assert kinds(reference) == ["taken", "given_back"]


def test_is_taken_by_whoever_answers_it(reference: str) -> None:
    do(reference, Action.ANSWER)
    row = stored(reference)
    assert (row.status, row.taken_by, row.ended_at) == (RequestStatus.ANSWERED, "Bob", LATER)


def test_stays_with_whoever_has_it_when_another_answers(reference: str) -> None:
    do(reference, Action.TAKE)
    do(reference, Action.ANSWER, who="Carla")
    assert stored(reference).taken_by == "Bob"
    assert stored(reference).events[-1].actor == "Carla"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((Action.CLOSE,), RequestStatus.NEW),
        ((Action.TAKE, Action.CLOSE), RequestStatus.TAKEN),
        ((Action.ANSWER,), RequestStatus.TAKEN),
    ],
)
def test_is_reopened_for_whoever_had_it(
    reference: str, before: tuple[Action, ...], after: RequestStatus
) -> None:
    do(reference, *before)
    do(reference, Action.REOPEN, who="Carla")
    row = stored(reference)
    assert (row.status, row.ended_at) == (after, None)


@pytest.mark.parametrize("action", Action)
def test_does_nothing_when_it_is_done_already(reference: str, action: Action) -> None:
    first = {Action.GIVE_BACK: (Action.TAKE,), Action.REOPEN: (Action.CLOSE,)}.get(action, ())
    do(reference, *first, action)
    happened = kinds(reference)
    do(reference, action, seen=1)
    assert kinds(reference) == happened


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", Action)
def test_offers_what_can_be_done_and_refuses_the_rest(
    reference: str, status: RequestStatus, action: Action
) -> None:
    do(reference, *STATUSES[status])
    before = stored(reference)
    if action in work.possible(before):
        do(reference, action)
        assert stored(reference).status != status
        return
    done = action is Action.TAKE or status in work.MOVES[action].done
    if not done or (action is Action.TAKE and status is not RequestStatus.TAKEN):
        with pytest.raises(WorkRefused):
            do(reference, action)
    assert stored(reference).status == status


def test_leaves_what_the_visitor_has_cancelled(reference: str) -> None:
    followups.cancel(stored(reference).id, NOON)
    assert stored(reference).ended_at == NOON
    assert work.possible(stored(reference)) == []
    for action in (Action.TAKE, Action.ANSWER, Action.CLOSE, Action.REOPEN, Action.GIVE_BACK):
        with pytest.raises(WorkRefused, match="cancelled"):
            do(reference, action)


def test_does_not_overwrite_what_has_happened_since_it_was_seen(reference: str) -> None:
    seen = version(reference)
    followups.add(stored(reference).id, "one thing more", NOON)
    with pytest.raises(RequestChanged):
        do(reference, Action.CLOSE, seen=seen)
    assert stored(reference).status == RequestStatus.NEW
    do(reference, Action.CLOSE, seen=version(reference))
    assert stored(reference).status == RequestStatus.CLOSED


@pytest.mark.parametrize("missing", ["R-AAAAA", "", "'; --"])
def test_knows_no_request_that_is_not_there(reference: str, missing: str) -> None:
    with pytest.raises(NoSuchRequest):
        do(missing, Action.TAKE)
    with pytest.raises(NoSuchRequest):
        work.note(missing, "text", "Bob", NOON)


# --- notes ---


def test_keeps_notes_for_the_team(reference: str) -> None:
    work.note(reference, " called,\nno answer \x00\ud83d", "Bob", LATER)
    event = stored(reference).events[-1]
    assert (event.kind, event.actor) == (EventKind.NOTE, "Bob")
    assert event.detail == {"text": "called,\nno answer ?"}
    assert recorded() == [("Bob", "request.noted", reference)]
    assert len(stored(reference).deliveries) == 1


@pytest.mark.parametrize("text", ["", "  \n", "x" * (work.NOTE_LENGTH + 1)])
def test_refuses_a_note_that_says_nothing_or_too_much(reference: str, text: str) -> None:
    with pytest.raises(WorkRefused):
        work.note(reference, text, "Bob", NOON)
    assert kinds(reference) == []


# --- sending again ---


def test_sends_the_same_message_to_the_same_target(reference: str) -> None:
    end_deliveries(DeliveryError("no mailbox", permanent=True))
    (failed,) = stored(reference).deliveries
    work.resend(reference, failed.id, Whom.SAME, "Bob", LATER)
    again = stored(reference).deliveries[-1]
    assert (again.target, again.event.kind) == (failed.target, EventKind.RESENT)
    with database.read_scope() as session:
        first, second = (
            Message.from_delivery(session.get(Delivery, each)) for each in (failed.id, again.id)
        )
    assert second.news is None
    assert second.delivery_id != first.delivery_id
    assert outbox.progress_of(stored(reference).id) == "pending"
    end_deliveries()
    assert outbox.progress_of(stored(reference).id) == "accepted"


def test_sends_again_to_the_team_as_it_is_now(reference: str) -> None:
    end_deliveries()
    (sent,) = stored(reference).deliveries
    switch_on("new@example.org", "other@example.org")
    work.resend(reference, sent.id, Whom.TEAM, "Bob", LATER)
    targets = {delivery.target for delivery in stored(reference).deliveries}
    assert targets == {"team@example.org", "new@example.org", "other@example.org"}


def test_tells_what_the_first_message_told_however_often_it_is_sent(reference: str) -> None:
    end_deliveries()
    followups.add(stored(reference).id, "it was blue", LATER)
    end_deliveries()
    told = stored(reference).deliveries[-1].id
    for _ in range(2):
        work.resend(reference, told, Whom.SAME, "Bob", LATER)
        told = next(d.id for d in stored(reference).deliveries if d.status.value == "queued")
        with database.read_scope() as session:
            news = Message.from_delivery(session.get(Delivery, told)).news
            assert news is not None
            assert (news.kind, news.text) == ("addition", "it was blue")
        end_deliveries()


def test_is_not_sent_again_while_it_is_on_its_way(reference: str) -> None:
    (waiting,) = stored(reference).deliveries
    with pytest.raises(WorkRefused, match="still on its way"):
        work.resend(reference, waiting.id, Whom.SAME, "Bob", LATER)
    end_deliveries()
    for _ in range(2):
        work.resend(reference, waiting.id, Whom.SAME, "Bob", LATER)
    assert len(stored(reference).deliveries) == 2


def test_sends_no_delivery_of_another_request(reference: str) -> None:
    other = stored(
        requests.submit(ANN.__class__(**{**vars(ANN), "handoff_id": "x"}), NOON).reference
    )
    end_deliveries()
    for delivery_id in (other.deliveries[0].id, "nothing"):
        with pytest.raises(NoSuchRequest):
            work.resend(reference, delivery_id, Whom.SAME, "Bob", LATER)
    assert kinds(reference) == []


# --- what the visitor says meanwhile, and reads ---


@pytest.mark.parametrize(
    ("before", "after", "happened"),
    [
        ((Action.TAKE,), RequestStatus.TAKEN, ["taken", "addition"]),
        ((Action.ANSWER,), RequestStatus.TAKEN, ["answered", "reopened", "addition"]),
    ],
)
def test_takes_an_addition_to_an_open_request(
    reference: str, before: tuple[Action, ...], after: RequestStatus, happened: list[str]
) -> None:
    do(reference, *before)
    followups.add(stored(reference).id, "one thing more", LATER)
    assert (stored(reference).status, stored(reference).taken_by) == (after, "Bob")
    assert kinds(reference) == happened


def test_takes_no_addition_to_a_closed_one(reference: str) -> None:
    do(reference, Action.CLOSE)
    number = stored(reference).id
    with pytest.raises(RequestEnded):
        followups.add(number, "one thing more", LATER)
    with pytest.raises(RequestEnded):
        followups.cancel(number, LATER)
    assert not requests.has_open(ANN.conversation_id, LATER)


def test_knows_a_repeat_though_the_team_has_done_something_since(reference: str) -> None:
    number = stored(reference).id
    first = followups.add(number, "one thing more", LATER)
    do(reference, Action.TAKE)
    work.note(reference, "a note", "Bob", LATER)
    assert followups.add(number, "one thing more", LATER).id == first.id
    changed = followups.correct(number, {"name": "Lee"}, LATER)
    work.note(reference, "another", "Bob", LATER)
    again = followups.correct(number, {"name": "Lee"}, LATER)
    assert changed is not None
    assert again is not None
    assert again.id == changed.id


@pytest.mark.parametrize(
    ("actions", "state", "is_open"),
    [
        ((Action.TAKE,), "taken", True),
        ((Action.ANSWER,), "answered", True),
        ((Action.CLOSE,), "closed", False),
        ((Action.TAKE, Action.GIVE_BACK), "waiting", True),
    ],
)
def test_tells_the_visitor_what_the_team_has_done(
    reference: str, actions: tuple[Action, ...], state: str, is_open: bool
) -> None:
    do(reference, *actions)
    found = lookups.of_conversation(ANN.conversation_id, LATER)
    assert found is not None
    assert (found.state, found.is_open) == (state, is_open)
    elsewhere = lookups.by_reference_and_email(reference, str(ANN.email), "other", LATER)
    assert elsewhere is not None
    assert elsewhere.state == state
