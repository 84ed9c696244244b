"""Every way a mail server can fail: nothing is lost, nothing claimed falsely, little said twice."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from support import database, delivery, outbox, settings
from support.config import PROJECT, Config, SmtpServer
from support.delivery import DeliveryLoop
from support.due import CLAIM_LASTS
from support.models import Attempt, Delivery, DeliveryStatus
from support.notifications import bounded_smtp
from support.notifications.email import Email
from support.outbox import ENDED_IN_THE_MIDDLE
from support.retry import DELAYS, SPREAD
from tests.mail_server import MailServer
from tests.stored import NOON, attempts, deliveries, submit, submit_many, switch_on
from tests.system import wait_for

pytestmark = pytest.mark.usefixtures("db")
FIRST_RETRY = DELAYS[0] * (1 + SPREAD)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


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
def start(
    mail: MailServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], DeliveryLoop]]:
    """Starts delivery loops."""
    monkeypatch.setattr(delivery, "LOOK_EVERY_SECONDS", 0.02)
    loops: list[DeliveryLoop] = []

    def start() -> DeliveryLoop:
        email = Email(SmtpServer("127.0.0.1", mail.port, "none"), "assistant@example.com")
        loops.append(DeliveryLoop({"email": email}, clock))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.stop()


@pytest.fixture
def request_id(db: Config) -> int:
    """A request to one address."""
    switch_on()
    return submit()


def stands(status: DeliveryStatus) -> Callable[[], bool]:
    """Whether all deliveries stand so."""
    return lambda: {each.status for each in deliveries()} == {status}


TEMPORARY = [
    ("hang up", {}),
    ("hang up in data", {}),
    ("defer", {}),
    ("accept", {"EHLO": "421 4.3.2 Not now"}),
    ("accept", {"EHLO": "550 5.7.1 Not you"}),
    ("accept", {"MAIL": "450 4.7.1 Not now"}),
    ("accept", {"MAIL": "530 5.7.0 Sign in first"}),
    ("accept", {"RCPT": "451 4.7.1 Greylisted"}),
    ("accept", {"DATA": "452 4.3.1 No room"}),
]
FOR_GOOD = [
    {"MAIL": "552 5.3.4 Too big"},
    {"RCPT": "550 5.1.1 No such mailbox"},
    {"DATA": "554 5.7.1 Refused"},
]


@pytest.mark.parametrize("behaviour, refusals", TEMPORARY)
def test_sends_once_when_the_server_is_well_again(
    request_id: int,
    mail: MailServer,
    start: Callable[[], DeliveryLoop],
    clock: Clock,
    behaviour: str,
    refusals: dict[str, str],
) -> None:
    mail.behaviour = behaviour
    mail.refusals.update(refusals)
    start()
    wait_for("the first try", attempts)
    assert outbox.progress_of(request_id) == "delayed"
    assert mail.received == []
    mail.reset()
    clock.now += FIRST_RETRY
    wait_for("the second try", stands(DeliveryStatus.SENT))
    assert len(mail.received) == 1
    assert outbox.progress_of(request_id) == "accepted"
    ((accepted, answer), (then, _)) = attempts()
    assert (accepted, then) == (False, True)
    assert all(text in answer for text in refusals.values())


@pytest.mark.parametrize("refusals", FOR_GOOD)
def test_gives_up_on_what_cannot_heal(
    request_id: int,
    mail: MailServer,
    start: Callable[[], DeliveryLoop],
    refusals: dict[str, str],
) -> None:
    mail.refusals.update(refusals)
    start()
    wait_for("the end", stands(DeliveryStatus.FAILED))
    assert outbox.progress_of(request_id) == "undeliverable"
    ((_, answer),) = attempts()
    assert answer.endswith(next(iter(refusals.values())))


@pytest.mark.usefixtures("request_id")
def test_is_patient_with_a_slow_server(mail: MailServer, start: Callable[[], DeliveryLoop]) -> None:
    mail.behaviour = "slow"
    start()
    wait_for("the mail", stands(DeliveryStatus.SENT))
    assert len(mail.received) == len(attempts()) == 1


@pytest.mark.usefixtures("request_id")
def test_does_not_listen_for_ever_to_a_server_that_never_comes_to_an_end(
    mail: MailServer, start: Callable[[], DeliveryLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_smtp, "SECONDS_IN_ALL", 0.8)
    mail.behaviour = "slow"
    start()
    wait_for("the end of the try", attempts)
    assert attempts()[0][0] is False
    assert mail.received == []


@pytest.mark.usefixtures("request_id")
def test_is_through_at_the_second_try_where_mail_is_greylisted(
    mail: MailServer, start: Callable[[], DeliveryLoop], clock: Clock
) -> None:
    mail.behaviour = "greylist"
    start()
    wait_for("the first try", attempts)
    clock.now += FIRST_RETRY
    wait_for("the second try", stands(DeliveryStatus.SENT))
    assert len(mail.received) == 1


@pytest.mark.usefixtures("request_id")
def test_repeats_under_the_same_id_what_was_taken_without_a_word(
    mail: MailServer, start: Callable[[], DeliveryLoop], clock: Clock
) -> None:
    mail.behaviour = "swallow"
    start()
    wait_for("the first try", attempts)
    mail.behaviour = "accept"
    clock.now += FIRST_RETRY
    wait_for("the second try", stands(DeliveryStatus.SENT))
    assert len(mail.received) == 2
    assert len({received["Message-ID"] for received in mail.received}) == 1


# --- processes that are killed ---


@pytest.fixture
def process(db: Config, mail: MailServer) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts processes that send."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.sending", db.database_url, str(mail.port)],
                cwd=PROJECT,
                stderr=subprocess.DEVNULL,
            )
        )
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.usefixtures("request_id")
def test_sends_what_a_process_was_sending_when_it_was_killed(
    mail: MailServer,
    process: Callable[[], subprocess.Popen[bytes]],
    start: Callable[[], DeliveryLoop],
    clock: Clock,
) -> None:
    mail.behaviour = "hang"
    killed = process()
    assert mail.in_data.wait(20)
    killed.kill()
    killed.wait()
    assert stands(DeliveryStatus.SENDING)()
    mail.stop()
    mail.reset()
    clock.now = deliveries()[0].due_at
    start()
    wait_for("the mail", stands(DeliveryStatus.SENT))
    assert len(mail.received) == 1
    assert attempts()[0] == (False, ENDED_IN_THE_MIDDLE)
    assert len(attempts()) == 2


@pytest.mark.usefixtures("request_id")
def test_does_not_try_for_ever_what_kills_each_process() -> None:
    now = NOON
    for _ in range(len(DELAYS) + 1):
        now = max(now, deliveries()[0].due_at)
        claims = outbox.claim(now, 1)
        if not claims:
            # The stale claim went back to the queue, to wait as long as any that failed.
            now = deliveries()[0].due_at
            claims = outbox.claim(now, 1)
        assert len(claims) == 1
    now = deliveries()[0].due_at
    assert outbox.claim(now, 1) == []
    assert stands(DeliveryStatus.FAILED)()
    assert attempts() == [(False, ENDED_IN_THE_MIDDLE)] * (len(DELAYS) + 1)


@pytest.mark.usefixtures("request_id")
def test_ends_what_it_is_sending_when_it_is_asked_to_stop(
    mail: MailServer, process: Callable[[], subprocess.Popen[bytes]]
) -> None:
    mail.behaviour = "slow"
    stopped = process()
    # Not just claimed: a claim whose sending has not begun is given back.
    assert mail.in_data.wait(20)
    stopped.send_signal(signal.SIGTERM)
    assert stopped.wait(20) == 0
    assert stands(DeliveryStatus.SENT)()
    assert len(mail.received) == 1


@pytest.mark.usefixtures("request_id")
def test_stops_although_an_attempt_does_not_end(
    mail: MailServer, start: Callable[[], DeliveryLoop], clock: Clock
) -> None:
    mail.behaviour = "hang"
    loop = start()
    assert mail.in_data.wait(20)
    loop.stop(patience=0.2)
    assert stands(DeliveryStatus.SENDING)()
    clock.now += CLAIM_LASTS
    mail.behaviour = "accept"
    start()
    wait_for("the mail", stands(DeliveryStatus.SENT))


# --- many at once ---


def count(column: Any) -> int:
    """How many there are, without reading all of them each time."""
    with database.read_scope() as session:
        return int(session.execute(select(func.count(column))).scalar_one())


@pytest.mark.timeout(400)
def test_sends_a_burst_once_after_an_outage(
    mail: MailServer, start: Callable[[], DeliveryLoop], clock: Clock
) -> None:
    many = 1000
    switch_on()
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 10_000}, actor="Bob", now=NOON)
    mail.stop()
    submit_many(many)
    start()
    wait_for("a try of each", lambda: count(Attempt.id) == many, seconds=150)
    assert stands(DeliveryStatus.QUEUED)()
    mail.start()
    clock.now += FIRST_RETRY
    wait_for("the second try of each", lambda: count(Attempt.id) == 2 * many, seconds=150)
    assert stands(DeliveryStatus.SENT)()
    times = Counter(received["Message-ID"] for received in mail.received)
    assert (len(times), set(times.values())) == (many, {1})


def test_sends_each_once_when_two_processes_work(
    mail: MailServer, process: Callable[[], subprocess.Popen[bytes]]
) -> None:
    switch_on(*[f"agent{n}@example.org" for n in range(40)])
    process()
    process()
    submit()
    wait_for("all mails", stands(DeliveryStatus.SENT), seconds=60)
    assert len(mail.received) == 40


# --- the hour's allowance ---


def test_sends_no_more_in_an_hour_than_it_may_and_the_rest_later(
    mail: MailServer, start: Callable[[], DeliveryLoop], clock: Clock
) -> None:
    switch_on("bob@example.org", "team@example.org")
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 3}, actor="Bob", now=NOON)
        assert settings.read(session).mails_per_hour == 3
    for number in range(5):
        submit(handoff_id=f"form-{number}")
    start()
    wait_for("three mails to each", lambda: len(mail.received) == 6)
    threading.Event().wait(0.3)
    assert Counter(received["To"] for received in mail.received) == {
        "bob@example.org": 3,
        "team@example.org": 3,
    }
    assert outbox.progress_of(5) == "pending"
    clock.now += dt.timedelta(minutes=59)
    threading.Event().wait(0.3)
    assert len(mail.received) == 6
    clock.now += dt.timedelta(minutes=1)
    wait_for("the rest", stands(DeliveryStatus.SENT))
    assert len(mail.received) == 10


def test_lets_no_target_keep_another_from_its_mail(
    mail: MailServer, start: Callable[[], DeliveryLoop]
) -> None:
    switch_on("bob@example.org")
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 1}, actor="Bob", now=NOON)
    for number in range(20):
        submit(handoff_id=f"form-{number}")
    with database.session_scope() as session:
        session.execute(
            update(Delivery).where(Delivery.request_id == 20).values(target="ann@example.org")
        )
    start()
    wait_for("one mail to each", lambda: len(mail.received) == 2)
    assert {received["To"] for received in mail.received} == {"ann@example.org", "bob@example.org"}
