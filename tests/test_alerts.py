"""The owner is told: at once, then now and then, then that it is over; and by another way."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from support import alert_words, alerts, database, outbox, owner, settings
from support.alert_words import NO_SECOND_PATH
from support.alerts import BETWEEN_NOTES, REMINDER, RETRY, SETTLED, Alarm, Last, decide, signature
from support.config import Config, SmtpServer
from support.errors import DeliveryError
from support.models import Alert, Channel, LimitHit
from support.notifications.email import Email
from support.notifications.note import Note, NoteSender
from support.owner import Owner, Ways
from support.problems import Problem
from tests.mail_server import MailServer
from tests.stored import ANN, NOON, submit, switch_on

OWNER = "owner@example.net"
PASSWORD = "hush"
LINK = "https://shop.example.org/admin"
UNKNOWN = DeliveryError("550 No such mailbox", permanent=True)
MINUTE = dt.timedelta(minutes=1)
FAILED = Problem("failed", "email", 1)
MORE = Problem("failed", "email", 2)


def last(kind: str, minutes: float, **more: Any) -> Last:
    """A note from so long ago."""
    at = NOON - minutes * MINUTE
    return Last(1, kind, at, True, signature([FAILED]), more.get("trouble_at", at))


# --- when ---


@pytest.mark.parametrize(
    "before, found, kind",
    [
        (None, [], None),
        (None, [FAILED], "problem"),
        (last("problem", 1), [FAILED, MORE], None),
        (last("problem", 59), [MORE], None),
        (last("problem", 60), [MORE], "digest"),
        (last("problem", 60), [FAILED], None),
        (last("problem", 24 * 60), [FAILED], "digest"),
        (last("digest", 60), [MORE], "digest"),
        (last("problem", 1), [], None),
        (last("problem", 2), [], "recovered"),
        (last("digest", 2), [], "recovered"),
        (last("recovered", 500), [], None),
        (last("recovered", 5, trouble_at=NOON - 10 * MINUTE), [FAILED], None),
        (last("recovered", 5, trouble_at=NOON - 60 * MINUTE), [FAILED], "problem"),
        # A clock that was hours ahead wrote these.
        (last("problem", -300), [MORE], "digest"),
        (last("problem", -300), [], "recovered"),
    ],
)
def test_writes_a_note_when_there_is_something_to_tell(
    before: Last | None, found: list[Problem], kind: str | None
) -> None:
    assert decide(before, found, NOON) == kind


# --- to whom, by which way ---


@pytest.fixture
def servers() -> Iterator[tuple[MailServer, MailServer]]:
    """The usual mail server, and the second one."""
    both = MailServer(), MailServer()
    for server in both:
        server.start()
    yield both
    for server in both:
        server.stop()


@pytest.fixture
def usual(servers: tuple[MailServer, MailServer]) -> MailServer:
    """The mail server that requests go by."""
    return servers[0]


@pytest.fixture
def second(servers: tuple[MailServer, MailServer]) -> MailServer:
    """The other one."""
    return servers[1]


class Chat:
    """A chat tool of the owner's."""

    def __init__(self) -> None:
        self.notes: list[tuple[Any, Note]] = []

    def send_note(self, target: Any, note: Note) -> str:
        """Takes everything."""
        self.notes.append((target, note))
        return "ok"


class Broken:
    """A way with a fault of its own."""

    def send_note(self, target: Any, note: Note) -> str:
        """Breaks."""
        raise ZeroDivisionError(f"the password is {PASSWORD}")


def by(server: MailServer) -> NoteSender:
    """Mail by this server."""
    return Email(SmtpServer("127.0.0.1", server.port, "none"), "assistant@example.com")


def channel(kind: str = "slack", **more: Any) -> Channel:
    """A channel for alerts."""
    values = {"enabled": True, "for_alerts": True, "for_requests": False, **more}
    times = {"created_at": NOON, "changed_at": NOON}
    return Channel(id=kind, kind=kind, name=f"Our {kind}", address={"url": "x"}, **values, **times)


NOTE = Note("alert-1", "Something is wrong", "All of it.", LINK)
BOTH = Owner((OWNER,), (channel(),))


@pytest.mark.parametrize("mail_fails", [True, False])
def test_mails_by_the_server_that_does_not_fail(
    usual: MailServer, second: MailServer, mail_fails: bool
) -> None:
    ways = Ways(by(usual), by(second), {})
    (answer,) = ways.tell(Owner((OWNER,), ()), NOTE, mail_fails=mail_fails)
    assert answer.accepted
    (mail,) = (second if mail_fails else usual).received
    assert (second if not mail_fails else usual).received == []
    assert mail["To"] == OWNER
    assert mail["Subject"] == "Something is wrong"
    assert mail["Message-ID"] == "<alert-1@example.com>"
    assert mail.get_content().splitlines() == ["All of it.", "", LINK]


def test_mails_by_the_usual_server_when_the_second_is_down(
    usual: MailServer, second: MailServer
) -> None:
    second.stop()
    answers = Ways(by(usual), by(second), {}).tell(Owner((OWNER,), ()), NOTE, mail_fails=True)
    assert [answer.accepted for answer in answers] == [False, True]
    assert len(usual.received) == 1


def test_tells_the_channels_for_alerts_and_still_tries_mail(usual: MailServer) -> None:
    chat = Chat()
    usual.behaviour = "refuse"
    answers = Ways(by(usual), None, {"slack": chat}).tell(BOTH, NOTE, mail_fails=True)
    assert [(a.way, a.accepted) for a in answers] == [
        ("Our slack", True),
        (f"{OWNER} by the mail server", False),
    ]
    assert chat.notes == [({"url": "x"}, NOTE)]


@pytest.mark.parametrize("by_kind", [{}, {"slack": Broken()}])
def test_goes_on_when_one_way_is_missing_or_broken(
    usual: MailServer, by_kind: dict[str, NoteSender], caplog: pytest.LogCaptureFixture
) -> None:
    answers = Ways(by(usual), None, by_kind).tell(BOTH, NOTE, mail_fails=False)
    assert [answer.accepted for answer in answers] == [False, True]
    assert PASSWORD not in answers[0].answer + caplog.text


@pytest.mark.parametrize(
    "kinds, subject",
    [
        (["failed"], "requests are not reaching the team"),
        (["canary", "late"], "requests are not reaching the team"),
        (["canary"], "the daily test mail was not accepted"),
        (["held", "limits"], "a limit is reached"),
    ],
)
def test_says_in_the_subject_how_bad_it_is(kinds: list[str], subject: str) -> None:
    found = [Problem(kind, None, 1) for kind in kinds]
    assert alert_words.subject("problem", found) == f"Live-agent handoff: {subject}"


# --- what is written ---


@pytest.fixture
def alarm(db: Config, usual: MailServer, second: MailServer) -> Alarm:
    """An alarm with two mail servers, and an owner."""
    switch_on()
    with database.session_scope() as session:
        settings.update(session, {"alert_emails": [OWNER]}, actor="Bob", now=NOON)
    return Alarm(Ways(by(usual), by(second), {}), LINK)


def deliver(result: DeliveryError | str, now: dt.datetime = NOON) -> None:
    """The next attempt ends so."""
    claim, *_ = outbox.claim(now, 1)
    if isinstance(result, DeliveryError):
        outbox.record_failure(claim, result, now)
    else:
        outbox.record_sent(claim, result, now)


def notes() -> list[tuple[str, bool]]:
    """Kind, and whether it was accepted, of all notes."""
    with database.read_scope() as session:
        return [(row.kind, row.accepted) for row in session.scalars(select(Alert))]


def test_tells_the_whole_story_once_each(alarm: Alarm, second: MailServer) -> None:
    submit()
    alarm.look(NOON)
    assert second.received == []
    deliver(UNKNOWN)
    for minutes in (0, 1, 30, 61, 90):
        alarm.look(NOON + minutes * MINUTE)
    submit(handoff_id="form-2")
    deliver(UNKNOWN, NOON + 91 * MINUTE)
    for minutes in (92, 100, 120):
        alarm.look(NOON + minutes * MINUTE)
    submit(handoff_id="form-3")
    deliver("250 OK", NOON + 130 * MINUTE)
    for minutes in (131, 132, 200, 2000):
        alarm.look(NOON + minutes * MINUTE)
    assert notes() == [("problem", True), ("digest", True), ("recovered", True)]
    assert [mail["Subject"] for mail in second.received] == [
        "Live-agent handoff: requests are not reaching the team",
        "Live-agent handoff: requests are still not reaching the team",
    ]


def test_says_what_is_wrong_and_nothing_about_visitors(alarm: Alarm, second: MailServer) -> None:
    with database.session_scope() as session:
        session.add(LimitHit(at=NOON + MINUTE, kind="requests_per_client"))
    submit()
    deliver(UNKNOWN)
    alarm.look(NOON)
    alarm.look(NOON + REMINDER)
    first, reminder = [mail.get_content() for mail in second.received]
    assert "One message to the team by e-mail was given up." in first
    assert "The other side said: 550 No such mailbox" in first
    assert "Requests: R-" in first
    assert LINK in first
    assert "Requests a day from one network or e-mail address" not in first
    assert "Limit “Requests a day from one network or e-mail address”, times" in reminder
    for secret in (ANN.name, ANN.email, ANN.phone, ANN.reason):
        assert str(secret) not in first + reminder


def test_says_that_it_works_again_and_what_is_left(alarm: Alarm, usual: MailServer) -> None:
    submit()
    deliver(UNKNOWN)
    alarm.look(NOON)
    submit(handoff_id="form-2")
    deliver("250 OK")
    alarm.look(NOON + SETTLED)
    (mail,) = usual.received
    assert mail["Subject"] == "Live-agent handoff: works again"
    assert "given up in the last days: 1" in mail.get_content()


def test_tells_once_however_many_processes_look(alarm: Alarm, second: MailServer) -> None:
    submit()
    deliver(UNKNOWN)
    start = threading.Barrier(4)

    def look() -> None:
        start.wait()
        alarm.look(NOON)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(second.received) == 1
    assert notes() == [("problem", True)]


def test_tries_again_until_somebody_has_heard_it(
    alarm: Alarm, usual: MailServer, second: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    usual.stop()
    second.stop()
    submit()
    deliver(UNKNOWN)
    alarm.look(NOON)
    assert "The owner was not told that Live-agent handoff: requests" in caplog.text
    second.start()
    alarm.look(NOON + RETRY / 2)
    assert second.received == []
    alarm.look(NOON + RETRY)
    assert len(second.received) == 1
    alarm.look(NOON + 2 * RETRY)
    assert notes() == [("problem", True)]


def test_says_in_the_log_that_there_is_nobody_to_tell(
    alarm: Alarm, caplog: pytest.LogCaptureFixture
) -> None:
    with database.session_scope() as session:
        settings.update(session, {"alert_emails": []}, actor="Bob", now=NOON)
    submit()
    deliver(UNKNOWN)
    caplog.set_level(logging.ERROR)
    for minutes in range(0, 50, 10):
        alarm.look(NOON + minutes * MINUTE)
    assert caplog.text.count("neither an address nor a channel for alerts") == 1


def test_has_a_digest_no_more_than_once_an_hour(alarm: Alarm, second: MailServer) -> None:
    for number in range(30):
        submit(handoff_id=f"form-{number}")
        deliver(UNKNOWN, NOON + number * 5 * MINUTE)
        alarm.look(NOON + number * 5 * MINUTE)
    assert len(second.received) == 1 + 145 * MINUTE // BETWEEN_NOTES


# --- whether there is a second path ---


@pytest.mark.parametrize(
    "addresses, second_server, channels, missing",
    [
        ([], False, [], True),
        ([OWNER], False, [], True),
        ([], True, [], True),
        ([OWNER], True, [], False),
        ([], False, [channel()], False),
        ([], False, [channel(enabled=False)], True),
        ([], False, [channel(for_alerts=False)], True),
    ],
)
def test_knows_when_nobody_could_be_told_if_mail_failed(
    db: Config, addresses: list[str], second_server: bool, channels: list[Channel], missing: bool
) -> None:
    config = replace(db, alert_smtp=SmtpServer("h", 25, "none") if second_server else None)
    with database.session_scope() as session:
        settings.update(session, {"alert_emails": addresses}, actor="Bob", now=NOON)
        for each in channels:
            session.merge(each)
        assert alerts.second_path_missing(session, config) is missing
        assert owner.read(session).can_be_told is bool(addresses or (channels and not missing))


def test_warns_whoever_opens_the_settings(db: Config) -> None:
    def warnings() -> list[str]:
        with database.read_scope() as session:
            return alerts.warnings(session, NOON)

    switch_on()
    assert warnings() == []
    submit()
    deliver(UNKNOWN)
    assert warnings() == ["One message to the team by e-mail was given up."]


def test_advises_a_second_path_once_support_is_on(db: Config) -> None:
    def advice(config: Config) -> list[str]:
        with database.read_scope() as session:
            return alerts.advice(session, config)

    assert advice(db) == []
    switch_on()
    assert advice(db) == [NO_SECOND_PATH]
    with database.session_scope() as session:
        settings.update(session, {"alert_emails": ["ann@example.org"]}, actor="Bob", now=NOON)
    assert advice(replace(db, alert_smtp=SmtpServer("h", 25, "none"))) == []
