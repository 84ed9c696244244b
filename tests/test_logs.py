"""Nothing that a visitor says gets into a log, whatever goes wrong meanwhile.

Both servers as they are run, at their usual level; and what they tell Prometheus.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests as http

from support import delivery, matching, outbox
from support.config import Config
from support.matching import Person
from support.tracker_rows import TrackerRows
from tests.stored import NOON, submit, switch_on
from tests.system import System, wait_for
from tests.zebedee import EMAIL, NAME, PHONE, REASON, SECRETS, betrayals, locked


@pytest.fixture
def logs(system: System) -> Any:
    """Reads what both servers have logged since the test began."""
    files = [system.folder / "rasa.log", system.folder / "actions.log"]
    began = {file: file.stat().st_size for file in files}

    def read() -> dict[str, str]:
        return {
            file.stem: file.read_bytes()[began[file] :].decode("utf-8", "replace") for file in files
        }

    return read


def test_logs_nothing_of_a_handoff_that_goes_wrong_everywhere(
    system: System, visitor: str, logs: Any
) -> None:
    system.mail.behaviour = "quote"
    system.talk(visitor, "I want to talk to an agent", f"my name is {NAME}", EMAIL, PHONE, REASON)
    with locked(system, "support.db"):
        system.say(visitor, "yes, send it")
    answer = system.talk(visitor, "I want to talk to an agent", "yes, send it")
    wait_for("the request", system.requests)
    wait_for("a refusal", lambda: "failed" in logs()["actions"])
    reference = system.requests()[0]["reference"]
    assert system.requests()[0]["name"] == NAME, answer
    with locked(system, "conversations.db"):
        system.talk(f"{visitor}-2", "I want to talk to an agent", NAME, REASON)
    broken_calls(system, reference)
    read = logs()
    assert "OperationalError" in read["rasa"]
    assert "OperationalError" in read["actions"]
    assert betrayals(read["rasa"]) == []
    assert betrayals(read["actions"]) == []
    assert reference not in read["rasa"] + read["actions"]
    for server in (system.rasa_url, f"http://127.0.0.1:{system.actions_port}"):
        assert betrayals(system.metrics(server)) == []


def broken_calls(system: System, reference: str) -> None:
    """Calls with personal data in every place that a server may log."""
    webhook = f"{system.rasa_url}/webhooks/rest/webhook"
    for body in (
        f'{{"sender": "x", "message": "{NAME}"',
        json.dumps({"sender": EMAIL, "message": [NAME]}),
        json.dumps({"sender": "x", "message": NAME * 20_000}),
    ):
        http.post(webhook, data=body.encode(), timeout=20)
    http.post(f"{webhook}?name={NAME}", data=b"{", timeout=20)
    http.post(
        f"http://127.0.0.1:{system.actions_port}/webhook",
        data=json.dumps({"next_action": "action_nobody", "tracker": {"slots": {"name": NAME}}}),
        headers={"Authorization": "Bearer between-the-servers"},
        timeout=20,
    )
    for url in (system.rasa_url, system.admin_url, f"{system.rasa_url}/contact"):
        http.get(f"{url}/{NAME}", headers={"X-Request-ID": EMAIL, "User-Agent": NAME}, timeout=20)
        http.request("ZEBEDEE", url, headers={"X-Support-Action": "Zebedee"}, timeout=20)
    for path in (f"requests?limit={NAME}", f"requests?before={EMAIL}", f"requests/{NAME}"):
        system.admin("GET", path)
    system.admin("PATCH", "settings", json={NAME: REASON, "response_time": [NAME]})
    system.admin("POST", "privacy/person", json={"person": EMAIL})
    system.admin("POST", "privacy/erasures", json={"person": EMAIL, "references": [reference]})


def test_logs_nothing_when_actions_are_gone_or_fail(
    system: System, visitor: str, logs: Any
) -> None:
    system.talk(visitor, "I want to talk to an agent")
    try:
        system.kill_actions()
        system.talk(visitor, f"my name is {NAME}", f"{EMAIL} {PHONE}")
        system.start_failing_actions()
        system.talk(visitor, f"my name is {NAME}", f"it's about {REASON}")
    finally:
        system.stop_failing_actions()
        system.start_actions()
    assert betrayals(logs()["rasa"]) == []


def test_logs_where_a_channel_broke_but_not_what_it_said(
    db: Config, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def send(self, message: Any) -> str:
            raise ValueError(f"cannot encode {message.name}, {message.reason}")

    switch_on()
    submit(name=NAME, reason=REASON)
    loop = delivery.DeliveryLoop({"email": Broken()}, clock=lambda: NOON)
    with caplog.at_level(logging.INFO):
        loop._attempt(outbox.claim(NOON, 1)[0])
    assert "in send" in caplog.text
    assert "ValueError" in caplog.text
    assert NAME not in caplog.text
    assert REASON not in caplog.text


def test_forgets_a_person_in_the_assistant_too(system: System, visitor: str) -> None:
    system.talk(visitor, "I want to talk to an agent", f"my name is {NAME}", EMAIL, PHONE, REASON)
    system.say(visitor, "yes, send it")
    reference = wait_for("the request", system.requests)[0]["reference"]
    receipt = system.admin("POST", "privacy/erasures", json={"person": EMAIL})
    assert receipt.status_code == 201
    assert receipt.json()["counts"]["conversation_events"] > 10
    assert system.admin("GET", f"requests/{reference}").status_code == 404
    answers = " ".join(system.say(visitor, "I want to talk to an agent"))
    assert "name" in answers.lower()
    assert NAME not in answers
    assert traces(system) == []


def test_does_not_write_back_what_is_erased_while_it_answers(system: System, visitor: str) -> None:
    system.talk(visitor, "I want to talk to an agent", f"my name is {NAME}", EMAIL)
    rows = TrackerRows(f"sqlite:///{system.folder}/conversations.db")
    with ThreadPoolExecutor(1) as visitors:
        system.hang_actions()
        try:
            answer = visitors.submit(system.say, visitor, PHONE)
            # Rasa has read the conversation by the time it waits for an action.
            time.sleep(2)
            assert rows.forget([visitor_id(rows, visitor)]) > 10
        finally:
            system.wake_actions()
        assert answer.result()
    rows.scrub()
    assert rows.mentioning(matching.pattern(Person("email", EMAIL))) == set()
    assert "name" in " ".join(system.say(visitor, "I want to talk to an agent")).lower()
    assert traces(system) == []


def visitor_id(rows: TrackerRows, visitor: str) -> str:
    """Under which id Rasa keeps what this visitor says."""
    found = rows.mentioning(matching.pattern(Person("email", EMAIL)))
    return next(one for one in found if visitor in one)


def traces(system: System) -> list[str]:
    """Files of the databases that still hold the person."""
    return [
        file.name
        for file in system.folder.iterdir()
        if ".db" in file.name and any(s.encode() in file.read_bytes().lower() for s in SECRETS)
    ]
