"""The daily test mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from support import database, settings
from support.alerts import Alarm
from support.canary import QUICK_TRIES, RETRY, SLOW_RETRY, Canary
from support.config import SmtpServer
from support.models import Alert
from support.notifications.email import Email
from support.owner import Ways
from tests.mail_server import MailServer
from tests.stored import NOON, switch_on

pytestmark = pytest.mark.usefixtures("db")
OWNER, SECOND_OWNER = "owner@example.net", "second@example.net"
DAY = dt.timedelta(days=1)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """The usual mail server."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ways(mail: MailServer) -> Ways:
    """Mail only."""
    server = SmtpServer("127.0.0.1", mail.port, "none")
    return Ways(Email(server, "assistant@example.com"), None, {})


@pytest.fixture
def canary(db: object, ways: Ways) -> Canary:
    """A canary that is switched on, for one address."""
    change(daily_test=True, alert_emails=[OWNER])
    return Canary(ways, "https://shop.example.org/admin")


def change(**changes: object) -> None:
    """An admin changes settings."""
    with database.session_scope() as session:
        settings.update(session, changes, actor="Bob", now=NOON)


def tries() -> list[tuple[bool, int]]:
    """Of each day: whether it was accepted, and after how many tries."""
    with database.read_scope() as session:
        return [(row.accepted, row.detail["tries"]) for row in session.scalars(select(Alert))]


def test_comes_once_a_day_to_each_address(canary: Canary, mail: MailServer) -> None:
    change(alert_emails=[OWNER, SECOND_OWNER])
    for hours in (0, 1, 11, 24, 30):
        canary.look(NOON + dt.timedelta(hours=hours))
    assert [received["To"] for received in mail.received] == [OWNER, SECOND_OWNER] * 2
    assert mail.received[0]["Subject"] == "Live-agent handoff: daily test of 2026-03-01"
    assert mail.received[0]["Message-ID"] == "<canary-2026-03-01@example.com>"
    assert tries() == [(True, 1), (True, 1)]


@pytest.mark.parametrize(
    "changes, at",
    [
        ({"daily_test": False}, NOON),
        ({"alert_emails": []}, NOON),
        ({}, NOON.replace(hour=5)),
    ],
)
def test_does_not_come_unasked(
    canary: Canary, mail: MailServer, changes: dict[str, object], at: dt.datetime
) -> None:
    change(**changes)
    canary.look(at)
    assert mail.received == []
    assert tries() == []


def test_is_tried_again_quickly_and_then_slowly(canary: Canary, mail: MailServer) -> None:
    mail.behaviour = "defer"
    now = NOON
    for made in range(1, QUICK_TRIES + 2):
        canary.look(now)
        assert tries() == [(False, made)]
        pause = RETRY if made < QUICK_TRIES else SLOW_RETRY
        canary.look(now + pause - dt.timedelta(seconds=1))
        assert tries() == [(False, made)]
        now += pause
    mail.behaviour = "accept"
    canary.look(now)
    canary.look(now + SLOW_RETRY)
    assert tries() == [(True, QUICK_TRIES + 2)]
    assert len(mail.received) == 1


def test_is_tried_again_for_those_alone_who_have_not_got_it(
    canary: Canary, mail: MailServer
) -> None:
    change(alert_emails=[OWNER, SECOND_OWNER])
    mail.refused = {SECOND_OWNER}
    canary.look(NOON)
    canary.look(NOON + RETRY)
    mail.refused = set()
    canary.look(NOON + 2 * RETRY)
    assert [mail["To"] for mail in mail.received] == [OWNER, SECOND_OWNER]
    assert tries() == [(True, 3)]


def test_raises_an_alarm_by_another_way_when_it_fails(
    canary: Canary, ways: Ways, mail: MailServer
) -> None:
    switch_on()
    second = MailServer()
    second.start()
    try:
        sender = Email(SmtpServer("127.0.0.1", second.port, "none"), "assistant@example.com")
        alarm = Alarm(Ways(None, sender, {}), "")
        mail.stop()
        for now in (NOON, NOON + RETRY):
            canary.look(now)
            alarm.look(now)
        (received,) = second.received
        assert "The daily test mail was not accepted." in received.get_content()
        mail.start()
        canary.look(NOON + DAY)
        alarm.look(NOON + DAY)
        assert second.received[-1]["Subject"] == "Live-agent handoff: works again"
    finally:
        second.stop()


def test_says_that_no_mail_server_is_set() -> None:
    change(daily_test=True, alert_emails=[OWNER])
    Canary(Ways(None, None, {}), "").look(NOON)
    with database.read_scope() as session:
        (row,) = session.scalars(select(Alert))
        assert row.answers[0]["answer"] == "SMTP_URL is not set, so no mail can be sent."
