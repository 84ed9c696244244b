"""A contact form becomes one request, or part of the one that is open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from support import database, followups, limits, requests, settings
from support.config import Config
from support.contact import sending
from support.contact.forms import LASTS_SECONDS, Forms
from support.contact.sending import Letter, Stored
from support.errors import LimitReached, RequestEnded, SupportDisabled
from support.models import Delivery, EventKind, Request, RequestStatus
from tests.stored import ANN, NOON, submit, switch_on

FORMS = Forms("secret")
VALUES = {"name": "Ann Lee", "email": "ann@example.org", "reason": "My parcel is late"}
CHAT = ANN.conversation_id


@pytest.fixture(autouse=True)
def _on(db: Config) -> None:
    switch_on()


def letter(conversation: str | None = None, handoff: str | None = None, **values: str) -> Letter:
    """Ann's, in a form of its own."""
    form = FORMS.new(conversation, handoff)
    return Letter(form, {**VALUES, **values}, (), "https://shop.example.org", "c" * 32)


def store(written: Letter, now: dt.datetime = NOON) -> Stored:
    return sending.store(written, now)


def only_request() -> dict[str, Any]:
    """The one request that there is, with its events."""
    with database.read_scope() as session:
        [request] = session.scalars(select(Request)).all()
        return {
            **{k: v for k, v in vars(request).items() if not k.startswith("_")},
            "events": [(event.kind, event.detail) for event in request.events],
            "deliveries": len(request.deliveries),
        }


def test_stores_everything_the_team_needs_and_tells_them() -> None:
    written = letter()
    stored = store(written)
    request = only_request()
    assert request["reference"] == stored.reference
    assert request["handoff_id"] == request["conversation_id"] == written.form.own_id
    assert (request["name"], request["email"], request["phone"]) == (
        "Ann Lee",
        VALUES["email"],
        None,
    )
    assert request["channel"] == "contact_form"
    assert request["page_url"] == "https://shop.example.org"
    assert request["client"] == "c" * 32
    assert request["deliveries"] == 1
    assert not stored.added


def test_is_one_request_however_often_it_is_sent() -> None:
    written = letter()
    assert len({store(written) for _ in range(3)}) == 1
    assert [kind for kind, _ in only_request()["events"]] == [EventKind.CREATED]


def test_takes_other_answers_in_the_same_form_for_a_correction() -> None:
    written = letter()
    first = store(written)
    second = store(replace(written, values={**VALUES, "reason": "It came!"}))
    assert second.reference == first.reference
    assert second.event_id > first.event_id
    assert only_request()["reason"] == "It came!"


def test_is_the_same_request_as_the_form_in_the_chat() -> None:
    submit()
    stored = store(letter(CHAT, ANN.handoff_id, phone=ANN.phone or "", reason=ANN.reason))
    assert not stored.added
    assert [kind for kind, _ in only_request()["events"]] == [EventKind.CREATED]


def test_is_the_request_that_the_chat_sends_afterwards() -> None:
    store(letter(CHAT, ANN.handoff_id))
    submit()
    assert only_request()["handoff_id"] == ANN.handoff_id


def test_adds_to_the_request_that_the_conversation_has_open() -> None:
    submit()
    written = letter(CHAT, phone=ANN.phone or "", reason="And the box is blue")
    stored = store(written)
    assert stored.added
    events = only_request()["events"]
    assert events[1:] == [(EventKind.ADDITION, {"text": "And the box is blue"})]
    assert store(written) == stored


def test_corrects_the_details_that_differ_before_it_adds() -> None:
    submit()
    store(letter(CHAT, email="lee@example.org", reason="And the box is blue"))
    kinds = [kind for kind, _ in only_request()["events"]]
    assert kinds == [EventKind.CREATED, EventKind.CORRECTION, EventKind.ADDITION]
    assert only_request()["email"] == "lee@example.org"
    assert only_request()["phone"] == ANN.phone


def test_marks_a_correction_that_could_not_be_checked() -> None:
    submit()
    written = replace(letter(CHAT, email="ann at example"), unverified=("email",))
    store(written)
    request = only_request()
    assert (request["email"], request["unverified"]) == ("ann at example", ["email"])
    store(letter(CHAT, email="lee@example.org", reason="And the box is blue"))
    assert only_request()["unverified"] == []


def test_marks_it_in_the_same_form_sent_again() -> None:
    written = letter()
    store(written)
    store(replace(written, values={**VALUES, "email": "ann at"}, unverified=("email",)))
    assert only_request()["unverified"] == ["email"]


def test_stores_all_that_was_written_or_nothing() -> None:
    submit()
    with database.read_scope() as session:
        number = session.scalars(select(Request.id)).one()
    for count in range(limits.CHANGES_PER_DAY - 1):
        followups.add(number, f"addition {count}", NOON)
    with pytest.raises(LimitReached):
        store(letter(CHAT, email="lee@example.org", reason="And the box is blue"))
    request = only_request()
    assert request["email"] == ANN.email
    assert len(request["events"]) == limits.CHANGES_PER_DAY


def test_adds_nothing_that_the_request_says_already() -> None:
    submit()
    written = letter(CHAT, phone=ANN.phone or "", reason="And the box is blue")
    store(written)
    with database.read_scope() as session:
        request_id = session.scalars(select(Request.id)).one()
    followups.add(request_id, "said in the chat", NOON)
    store(written)
    store(letter(CHAT, phone=ANN.phone or "", reason=ANN.reason))
    texts = [detail["text"] for kind, detail in only_request()["events"][1:]]
    assert texts == ["And the box is blue", "said in the chat"]


def test_is_a_request_of_its_own_when_the_chats_has_ended() -> None:
    followups.cancel(submit(), NOON)
    stored = store(letter(CHAT, ANN.handoff_id))
    assert not stored.added
    with database.read_scope() as session:
        assert len(session.scalars(select(Request)).all()) == 2


@pytest.mark.parametrize("end", ["cancelled", "old"])
def test_takes_no_form_again_whose_request_has_ended(end: str) -> None:
    written = letter()
    stored = store(written)
    later = NOON + followups.OPEN_FOR + dt.timedelta(seconds=1)
    if end == "cancelled":
        followups.cancel(stored.request_id, NOON)
        later = NOON
    with pytest.raises(RequestEnded):
        store(written, later)


def test_stores_nothing_while_switched_off() -> None:
    with database.session_scope() as session:
        settings.update(session, {"enabled": False}, actor="Bob", now=NOON)
    with pytest.raises(SupportDisabled):
        store(letter())


def test_stores_nothing_over_the_limit() -> None:
    with database.session_scope() as session:
        settings.update(session, {"requests_per_client": 1}, actor="Bob", now=NOON)
    store(letter())
    with pytest.raises(LimitReached):
        store(letter(email="another@example.org"))
    assert only_request()["status"] == RequestStatus.NEW


def test_keeps_apart_visitors_who_have_no_conversation() -> None:
    first, second = store(letter()), store(letter())
    assert first.reference != second.reference
    with database.read_scope() as session:
        assert len(session.scalars(select(Delivery)).all()) == 2
    assert not requests.has_open("contact-", NOON)


# --- the form's id ---


def test_knows_its_own_forms_again() -> None:
    form = FORMS.new("web-ann", "form-1")
    read = FORMS.read(FORMS.signed(form), dt.datetime.now(dt.timezone.utc))
    assert read is not None
    assert (read.own_id, read.handoff_id, read.conversation_id) == (
        form.own_id,
        "form-1",
        "web-ann",
    )
    assert read.from_chat
    assert 0 <= read.age.total_seconds() < 60


@pytest.mark.parametrize("claim", [None, "", 7, ["x"], "contact-guess", "a.b.c", "é" * 9000])
def test_takes_nothing_else_for_a_form(claim: Any) -> None:
    assert FORMS.read(claim, NOON) is None


def test_takes_no_form_of_another_deployment_and_no_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form_id = Forms("another").signed(FORMS.new(None, None))
    assert FORMS.read(form_id, NOON) is None
    form_id = FORMS.signed(FORMS.new(None, None))
    monkeypatch.setattr("time.time", lambda: NOON.timestamp() + 10 * 365 * 86_400 + LASTS_SECONDS)
    assert FORMS.read(form_id, NOON) is None
