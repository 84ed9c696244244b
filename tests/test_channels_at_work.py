"""A visitor's request on its way through every kind of channel, in the running product."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http_server import HttpServer, serving
from tests.system import System, wait_for

ASK = "I want to talk to an agent."
TO_SEND = (ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came", "Send")
SECRET = "very-secret-0123456789"
KEY = "signing-key-0123456789"


@pytest.fixture
def http() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture
def add(system: System) -> Iterator[Any]:
    """Makes channels; deletes them afterwards, for the product is shared."""
    made: list[str] = []

    def add(kind: str, **address: str) -> str:
        body = {"kind": kind, "name": f"our {kind}", "address": address}
        response = system.admin("POST", "channels", json=body)
        assert response.status_code == 201, response.text
        made.append(response.json()["id"])
        return made[-1]

    yield add
    system.settings(enabled=False)
    for channel in made:
        system.admin("DELETE", f"channels/{channel}")


def logs(system: System) -> str:
    """What both servers have written."""
    return "".join(file.read_text("utf-8", "replace") for file in system.folder.glob("*.log"))


def test_tells_every_channel_of_a_request_and_what_follows(
    system: System, visitor: str, http: HttpServer, add: Any
) -> None:
    add("slack", url=f"http://{http.host}/slack/{SECRET}")
    add("webhook", url=f"http://{http.host}/hook/{SECRET}", signing_key=KEY)
    add("apprise", url=f"json://{http.host}/apprise/{SECRET}")
    assert "has been passed on to our team" in system.talk(visitor, *TO_SEND)[0]
    wait_for("three calls", lambda: len(http.received) == 3)
    by_path = {call.path.split("/")[1]: call for call in http.received}
    assert set(by_path) == {"slack", "hook", "apprise"}
    reference = system.requests()[0]["reference"]
    for call in by_path.values():
        assert reference in call.body.decode()
        assert "my order never came" in call.body.decode()
    system.talk(visitor, ASK, "cancel it", "yes")
    wait_for("the cancelling", lambda: len(http.received) == 6)
    hook = next(c for c in reversed(http.received) if c.path.startswith("/hook"))
    assert json.loads(hook.body)["event"] == "request.cancelled"
    assert SECRET not in logs(system)
    assert KEY not in logs(system)


def test_confirms_what_only_a_channel_has_accepted(
    system: System, visitor: str, http: HttpServer, add: Any
) -> None:
    add("slack", url=f"http://{http.host}/slack")
    system.settings(agent_emails=[])
    assert "has been passed on to our team" in system.talk(visitor, *TO_SEND)[0]
    assert len(http.received) == 1


@pytest.mark.parametrize("status", [302, 429, 500])
def test_promises_nothing_while_a_channel_refuses(
    system: System, visitor: str, http: HttpServer, add: Any, status: int
) -> None:
    http.answers(status, b"", Location="http://10.0.0.1/")
    add("slack", url=f"http://{http.host}/slack/{SECRET}")
    system.settings(agent_emails=[])
    assert "has not accepted it yet" in system.talk(visitor, *TO_SEND)[0]
    (delivery,) = system.admin("GET", f"requests/{system.requests()[0]['reference']}").json()[
        "deliveries"
    ]
    assert (delivery["status"], delivery["attempts"][0]["accepted"]) == ("queued", False)
    assert f"answered {status}" in delivery["attempts"][0]["answer"]
    assert SECRET not in str(delivery)
