"""Two action servers on one database, for real: each mail once, whoever dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import create_engine, text

from support.due import CLAIM_LASTS
from tests.system import TEAM, System, wait_for

TO_SEND = (
    "I want to talk to an agent.",
    *("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came", "Send"),
)


@pytest.fixture
def two(system: System) -> Iterator[int]:
    """The port of a second action server."""
    yield system.start_second_actions()
    system.kill_second_actions()


def repeated(system: System) -> list[str]:
    """Mails that came more than once."""
    counted = Counter(mail["Message-ID"] for mail in system.mails_received())
    return [message_id for message_id, times in counted.items() if times > 1]


@pytest.mark.usefixtures("two")
def test_sends_each_mail_once(system: System, visitor: str) -> None:
    system.settings(agent_emails=[TEAM, *[f"agent{n}@example.org" for n in range(20)]])
    system.talk(visitor, *TO_SEND)
    wait_for("all mails", lambda: len(system.mails()) == 21)
    assert repeated(system) == []


@pytest.mark.usefixtures("two")
def test_sends_what_the_other_was_sending_when_it_died(system: System, visitor: str) -> None:
    system.kill_second_actions()
    system.mail.behaviour = "hang"
    assert "has not accepted it yet" in system.talk(visitor, *TO_SEND)[0]
    system.kill_actions()
    system.mail.stop()
    system.mail.reset()
    let_claims_go_stale(system)
    system.start_actions()
    wait_for("the mail", system.mails, seconds=40)
    reference = system.requests()[0]["reference"]
    wait_for("its record", lambda: system.requests()[0]["deliveries"][0]["status"] == "sent")
    assert len(system.mails()) == 1
    (delivery,) = system.admin("GET", f"requests/{reference}").json()["deliveries"]
    assert "may have been accepted" in delivery["attempts"][0]["answer"]


def let_claims_go_stale(system: System) -> None:
    """As if some minutes had passed."""
    engine = create_engine(f"sqlite:///{system.folder}/support.db", future=True)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE deliveries SET due_at = datetime(due_at, :back)"),
            {"back": f"-{CLAIM_LASTS.seconds + 1} seconds"},
        )
    engine.dispose()


def test_lets_a_running_attempt_end_when_it_is_asked_to_stop(system: System, visitor: str) -> None:
    system.mail.behaviour = "slow"
    system.talk(visitor, *TO_SEND[:-1])
    system.post(visitor, TO_SEND[-1])
    try:
        assert system.stop_actions() == 0
    finally:
        system.start_actions()
    wait_for("the mail", system.mails)
    assert repeated(system) == []


def test_says_on_each_server_how_it_is(system: System, two: int) -> None:
    for port in (system.actions_port, two):
        assert requests.get(f"http://127.0.0.1:{port}/health", timeout=10).json()["loop"] is True
