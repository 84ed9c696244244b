"""News of a request on its way: in the thread of the first mail, and never before it."""

from __future__ import annotations

import datetime as dt

import pytest

from support import database, followups, outbox
from support.config import SmtpServer
from support.errors import DeliveryError
from support.models import Delivery
from support.notifications.email import Email
from support.notifications.message import Message
from tests.stored import NOON, deliveries, submit, switch_on

pytestmark = pytest.mark.usefixtures("db")
LATER = NOON + dt.timedelta(minutes=12)
GONE = DeliveryError("550 No such mailbox", permanent=True)


@pytest.fixture
def request_id(db: object) -> int:
    """Ann's request, for one address."""
    switch_on()
    return submit()


def mail(now: dt.datetime, error: DeliveryError | None = None) -> list[Message]:
    """Try what is due, all accepted or all refused; the messages."""
    messages = []
    for held in outbox.claim(now, 10):
        with database.read_scope() as session:
            messages.append(Message.from_delivery(session.get(Delivery, held.delivery_id)))
        if error:
            outbox.record_failure(held, error, now)
        else:
            outbox.record_sent(held, "250 OK", now)
    return messages


def headers(message: Message) -> dict[str, str]:
    """The mail's headers."""
    sender = Email(SmtpServer("127.0.0.1", 25, "none"), "Assistant <assistant@example.com>")
    return dict(sender.render(message).items())


def test_puts_news_into_the_thread_of_the_first_mail(request_id: int) -> None:
    followups.add(request_id, "the parcel is blue", LATER)
    (first,) = mail(LATER)
    (news,) = mail(LATER)
    sent, answer = headers(first), headers(news)
    assert answer["Subject"] == f"Re: {sent['Subject']}"
    assert answer["In-Reply-To"] == answer["References"] == sent["Message-ID"]
    assert answer["Message-ID"] != sent["Message-ID"]
    assert answer["Reply-To"] == "Ann Lee <ann@example.org>"
    assert "In-Reply-To" not in sent


def test_keeps_the_subject_when_the_name_is_corrected(request_id: int) -> None:
    (first,) = mail(LATER)
    followups.correct(request_id, {"name": "Ann Leigh"}, LATER)
    (news,) = mail(LATER)
    assert headers(news)["Subject"] == f"Re: {headers(first)['Subject']}"
    assert headers(news)["Reply-To"] == "Ann Leigh <ann@example.org>"


def test_answers_the_first_mail_of_the_same_address() -> None:
    switch_on("a@example.org", "b@example.org")
    number = submit()
    firsts = {message.target: message.delivery_id for message in mail(LATER)}
    followups.add(number, "the parcel is blue", LATER)
    for news in mail(LATER):
        assert news.news is not None
        assert news.news.follows == firsts[news.target]


def test_lets_news_wait_for_the_first_message_that_is_late(request_id: int) -> None:
    mail(NOON, DeliveryError("451 Greylisted"))
    followups.add(request_id, "the parcel is blue", NOON)
    event = followups.cancel(request_id, NOON)
    assert mail(NOON) == []
    assert outbox.progress_of(request_id, event.id) == "pending"
    arrived = [mail(LATER), mail(LATER), mail(LATER)]
    assert [message.news and message.news.kind for (message,) in arrived] == [
        None,
        "addition",
        "cancelled",
    ]


def test_says_everything_where_the_first_message_never_arrived(request_id: int) -> None:
    mail(NOON, GONE)
    followups.add(request_id, "the parcel is blue", LATER)
    (news,) = mail(LATER)
    assert news.news is not None
    assert news.news.follows is None
    assert "In-Reply-To" not in headers(news)
    assert not headers(news)["Subject"].startswith("Re:")
    assert outbox.progress_of(request_id) == "accepted"


def test_does_not_let_one_address_wait_for_another(db: object) -> None:
    switch_on("a@example.org", "b@example.org")
    number = submit()
    for held in outbox.claim(NOON, 10):
        if next(d for d in deliveries() if d.id == held.delivery_id).target == "a@example.org":
            outbox.record_failure(held, DeliveryError("451"), NOON)
        else:
            outbox.record_sent(held, "250 OK", NOON)
    followups.add(number, "the parcel is blue", NOON)
    assert [message.target for message in mail(NOON)] == ["b@example.org"]
