"""The delivery loop: with a real database and a real mail server, and a clock of its own."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping

import pytest
from sqlalchemy import update

from support import database, delivery, outbox
from support.config import Config, SmtpServer
from support.delivery import Channel, DeliveryLoop
from support.due import CLAIM_LASTS
from support.models import Delivery, DeliveryStatus, Request
from support.notifications.email import Email
from support.notifications.message import Message
from support.notifications.unset import Unset
from tests.mail_server import MailServer
from tests.stored import NOON, attempts, deliveries, submit, switch_on
from tests.system import wait_for

pytestmark = pytest.mark.usefixtures("db", "_short_waits")
Start = Callable[..., DeliveryLoop]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


class Breaking:
    """A channel with a fault of its own."""

    def send(self, message: Message) -> str:
        """Breaks."""
        raise ZeroDivisionError("the password is hush")


class Waiting:
    """A channel that takes its time, until it is `released`."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.released = threading.Event()

    def send(self, message: Message) -> str:
        """Sends late."""
        self.begun.set()
        assert self.released.wait(10)
        return "late, but sent"


@pytest.fixture
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY_SECONDS", 0.02)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """The team's mail server."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def clock() -> Clock:
    """Noon, for now."""
    return Clock()


@pytest.fixture
def start(mail: MailServer, clock: Clock) -> Iterator[Start]:
    """Starts loops that send e-mail, or through other channels."""
    loops: list[DeliveryLoop] = []

    def start(channels: Mapping[str, Channel] | None = None) -> DeliveryLoop:
        email = Email(SmtpServer("127.0.0.1", mail.port, "none"), "assistant@example.com")
        loops.append(DeliveryLoop({"email": email} if channels is None else channels, clock))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.stop()


def statuses() -> list[str]:
    """Of all deliveries, by target."""
    return [each.status.value for each in deliveries()]


def have(*words: str) -> Callable[[], bool]:
    """Whether the deliveries stand so."""
    return lambda: statuses() == list(words)


def test_sends_what_waits(start: Start, mail: MailServer) -> None:
    switch_on("bob@example.org", "team@example.org")
    submit()
    start()
    wait_for("both mails", have("sent", "sent"))
    assert {received["To"] for received in mail.received} == {"bob@example.org", "team@example.org"}
    assert [accepted for accepted, _ in attempts()] == [True, True]


def test_sends_at_once_when_woken(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY_SECONDS", 60)
    switch_on()
    loop = start()
    submit()
    loop.wake()
    wait_for("the mail", have("sent"))


def test_sends_each_once_when_two_loops_run(start: Start, mail: MailServer) -> None:
    switch_on(*[f"agent{n}@example.org" for n in range(10)])
    start()
    start()
    submit()
    wait_for("ten mails", have(*["sent"] * 10))
    assert len(mail.received) == 10


def test_tries_again_when_it_is_time_with_the_same_message_id(
    start: Start, mail: MailServer, clock: Clock
) -> None:
    switch_on()
    mail.behaviour = "defer"
    submit()
    start()
    wait_for("the first try", lambda: len(attempts()) == 1)
    assert statuses() == ["queued"]
    mail.behaviour = "accept"
    clock.now += dt.timedelta(seconds=13)
    wait_for("the second try", have("sent"))
    assert [accepted for accepted, _ in attempts()] == [False, True]
    assert mail.received[0]["Message-ID"] == f"<{deliveries()[0].id}@example.com>"


def test_gives_up_on_one_address_and_still_tells_the_others(start: Start, mail: MailServer) -> None:
    switch_on("gone@example.org", "team@example.org")
    mail.refused.add("gone@example.org")
    number = submit()
    start()
    wait_for("both tries", have("failed", "sent"))
    assert outbox.progress_of(number) == "accepted"


def test_sends_what_a_dead_process_had_claimed(start: Start, clock: Clock) -> None:
    switch_on()
    submit()
    outbox.claim(NOON, 10)
    clock.now += CLAIM_LASTS
    start()
    wait_for("the mail", have("sent"))


def test_counts_a_fault_of_its_own_as_an_attempt_and_goes_on(start: Start, clock: Clock) -> None:
    switch_on()
    submit()
    start({"email": Breaking()})
    wait_for("the try", lambda: len(attempts()) == 1)
    ((accepted, answer),) = attempts()
    assert not accepted
    assert "ZeroDivisionError" in answer
    assert "hush" not in answer
    clock.now += dt.timedelta(seconds=13)
    wait_for("another try", lambda: len(attempts()) == 2)


@pytest.mark.parametrize("fault", ["a channel that is not here", "a transcript that is unreadable"])
def test_lets_no_bad_row_stop_the_others(start: Start, fault: str) -> None:
    switch_on()
    submit()
    with database.session_scope() as session:
        if fault == "a channel that is not here":
            session.execute(update(Delivery).values(channel="telegraph"))
        else:
            session.execute(update(Request).values(transcript=[{"at": "noon"}]))
    submit(handoff_id="form-2")
    start()
    wait_for("the good one", lambda: sorted(statuses()) == ["queued", "sent"])
    assert sorted(accepted for accepted, _ in attempts()) == [False, True]


def test_says_which_variable_is_missing_and_keeps_the_request(start: Start) -> None:
    switch_on()
    submit()
    start({"email": Unset("SMTP_URL")})
    wait_for("the try", lambda: attempts())
    assert attempts() == [(False, "SMTP_URL is not set, so no email can be sent.")]
    assert statuses() == ["queued"]


def test_goes_on_when_the_database_is_back(
    db: Config, start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    switch_on()
    monkeypatch.setattr(database, "SQLITE_BUSY_SECONDS", 0.05)
    engine = database.connect(db.database_url)
    submit()
    with engine.begin():
        start()
        wait_for("the complaint", lambda: "outbox cannot be read" in caplog.text)
        assert statuses() == ["queued"]
    wait_for("the mail", have("sent"))


def test_ends_what_runs_before_it_stops(start: Start) -> None:
    switch_on()
    submit()
    channel = Waiting()
    loop = start({"email": channel})
    assert channel.begun.wait(10)
    stopping = threading.Thread(target=loop.stop)
    stopping.start()
    channel.released.set()
    stopping.join()
    assert statuses() == ["sent"]
    assert attempts() == [(True, "late, but sent")]


def test_gives_back_what_it_has_not_begun_when_it_stops(clock: Clock) -> None:
    switch_on()
    submit()
    loop = DeliveryLoop({"email": Breaking()}, clock)
    (claim,) = outbox.claim(NOON, 1)
    loop.start()
    loop.stop()
    loop._attempt(claim)
    assert deliveries()[0].status is DeliveryStatus.QUEUED
    assert attempts() == []


def test_runs_one_loop_for_the_process(mail: MailServer) -> None:
    delivery.wake()
    delivery.stop()
    switch_on()
    submit()
    email = Email(SmtpServer("127.0.0.1", mail.port, "none"), "assistant@example.com")
    delivery.start({"email": email})
    delivery.wake()
    wait_for("the mail", have("sent"))
    delivery.stop()
    delivery.stop()


def test_tells_the_channel_what_was_stored() -> None:
    switch_on()
    submit()
    with database.read_scope() as session:
        message = Message.from_delivery(session.get(Delivery, deliveries()[0].id))
    assert (message.target, message.name, message.created_at) == (
        "team@example.org",
        "Ann Lee",
        NOON,
    )
    assert [(line.at, line.who) for line in message.transcript] == [
        (NOON, "visitor"),
        (NOON + dt.timedelta(seconds=1), "assistant"),
    ]
