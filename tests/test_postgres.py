"""The outbox on PostgreSQL, with several processes' worth of claims at a time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from support import database, delivery, followups, health, noted, outbox, settings, truth
from support.config import Config, SmtpServer
from support.delivery import DeliveryLoop
from support.due import CLAIM_LASTS
from support.errors import DeliveryError
from support.models import DeliveryStatus
from support.notifications.email import Email
from support.outbox import Claim
from support.problems import problems
from tests import postgres
from tests.mail_server import MailServer
from tests.stored import ANN, NOON, attempts, deliveries, submit, submit_many, switch_on
from tests.system import wait_for

pytestmark = pytest.mark.skipif(bool(postgres.why_not()), reason=str(postgres.why_not()))
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """PostgreSQL."""
    with postgres.server() as url:
        yield url


@pytest.fixture(autouse=True)
def on_postgres(server: str, configuration: Config) -> Iterator[None]:
    """An empty database with all tables, ready for `session_scope`, switched on."""
    with postgres.empty_database(server, configuration):
        switch_on()
        yield


def at_once(work: Callable[[], object], times: int = 6) -> None:
    """As many do it at the same time."""
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_gives_each_delivery_to_one_of_many_claimers() -> None:
    submit_many(200)
    taken: list[Claim] = []

    def claim() -> None:
        misses = 0
        while misses < 3:
            claims = outbox.claim(NOON, 5)
            taken.extend(claims)
            misses = 0 if claims else misses + 1

    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 1000}, actor="Bob", now=NOON)
    at_once(claim)
    assert sorted(c.delivery_id for c in taken) == sorted(d.id for d in deliveries())


def test_waits_for_no_other_claimer() -> None:
    submit_many(2)
    first, second = sorted(deliveries(), key=lambda each: each.due_at)
    with database.session_scope() as session:
        session.execute(
            text("SELECT id FROM deliveries WHERE id = :id FOR UPDATE"), {"id": first.id}
        )
        (claim,) = outbox.claim(NOON, 10)
    assert claim.delivery_id == second.id


def test_takes_a_dead_process_claim_back_once() -> None:
    submit()
    outbox.claim(NOON, 1)
    taken: list[Claim] = []
    at_once(lambda: taken.extend(outbox.claim(NOON + CLAIM_LASTS, 10)))
    assert len(attempts()) == 1
    assert len(taken) == 1


def test_sends_each_once_through_two_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "LOOK_EVERY_SECONDS", 0.02)
    submit_many(60)
    mail = MailServer()
    mail.start()
    email = Email(SmtpServer("127.0.0.1", mail.port, "none"), "assistant@example.com")
    loops = [DeliveryLoop({"email": email}, lambda: NOON) for _ in range(2)]
    try:
        for loop in loops:
            loop.start()
        wait_for(
            "all mails",
            lambda: {each.status for each in deliveries()} == {DeliveryStatus.SENT},
            seconds=60,
        )
    finally:
        for loop in loops:
            loop.stop()
        mail.stop()
    assert len(mail.received) == 60


def test_keeps_the_hours_allowance_and_the_order() -> None:
    with database.session_scope() as session:
        settings.update(session, {"mails_per_hour": 2}, actor="Bob", now=NOON)
    number = submit()
    followups.add(number, "It was blue.", NOON)
    (first,) = outbox.claim(NOON, 10)
    outbox.record_sent(first, "250 OK", NOON)
    (second,) = outbox.claim(NOON, 10)
    outbox.record_sent(second, "250 OK", NOON)
    submit(handoff_id="form-2")
    assert outbox.claim(NOON, 10) == []
    assert len(outbox.claim(NOON + dt.timedelta(hours=1), 10)) == 1


def test_keeps_any_answer() -> None:
    submit()
    (claim,) = outbox.claim(NOON, 1)
    outbox.record_failure(claim, DeliveryError("no\0 \ud83d"), NOON)
    assert attempts() == [(False, "no ?")]


def test_tells_the_later_truth_once() -> None:
    truth.tell_of_request(submit(), truth.SAVED)
    (claim,) = outbox.claim(NOON, 1)
    outbox.record_sent(claim, "250 OK", NOON)
    assert truth.with_news(NOON) == {ANN.conversation_id}
    taken: list[truth.News] = []
    at_once(lambda: taken.extend(truth.take_news(ANN.conversation_id, NOON)))
    assert len(taken) == 1


def test_finds_what_is_wrong_and_writes_one_note_of_it() -> None:
    submit()
    (claim,) = outbox.claim(NOON, 1)
    outbox.record_failure(claim, UNKNOWN, NOON)
    with database.read_scope() as session:
        assert [problem.kind for problem in problems(session, NOON)] == ["failed"]
    assert health.look(NOON, loop=True).dead == 1
    written: list[int | None] = []
    at_once(lambda: written.append(noted.write("after:0", "x", {}, NOON)))
    assert len([number for number in written if number]) == 1
