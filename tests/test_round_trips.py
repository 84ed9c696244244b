"""What goes from Rasa to the action server: no call more than the form needs, nothing forgotten."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.system import TEAM, System

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from components.conversation_window import TURNS_BEFORE_MOVING

FORM = "validate_handoff_form"
ASK = "I want to talk to an agent."
ANSWERS = ("Ann Lee", "ann@example.org", "+1 202 555 0123", "My order has not arrived yet")


@dataclass
class Between:
    """Stands between Rasa and its action server. calls: what Rasa asked for, since `take`."""

    system: System | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def take(self) -> list[dict[str, Any]]:
        """The calls so far, to be counted anew from now on."""
        taken, self.calls = self.calls, []
        return taken

    def pass_on(self, headers: dict[str, str], body: bytes) -> requests.Response:
        """Write the call down, and make it."""
        assert self.system is not None
        self.calls.append(json.loads(body))
        url = f"http://127.0.0.1:{self.system.actions_port}/webhook"
        kept = {name: headers[name] for name in ("Authorization", "Content-Type")}
        return requests.post(url, data=body, headers=kept, timeout=20)


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Between]:
    """With the whole product behind it."""
    made = Between()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = made.pass_on(dict(self.headers), body)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.system = System(
        tmp_path_factory.mktemp("between"), ACTIONS_URL=f"http://127.0.0.1:{server.server_port}"
    )
    try:
        made.system.start()
        made.system.settings(enabled=True, agent_emails=[TEAM], messages_per_minute=600)
        yield made
    finally:
        made.system.stop()
        server.shutdown()
        server.server_close()


@pytest.fixture
def system(between: Between, running_system: System) -> System:
    """The product behind it; the shared one has made sure that there is a model."""
    assert between.system is not None
    between.take()
    return between.system


def names(calls: list[dict[str, Any]]) -> list[str]:
    """The actions that were called."""
    return [call["next_action"] for call in calls]


def test_calls_nothing_for_small_talk(between: Between, system: System, visitor: str) -> None:
    system.talk(visitor, "hello", "thank you", "what can you do?")
    assert names(between.take()) == []


def test_calls_once_for_each_message_in_the_form_and_once_more_to_send(
    between: Between, system: System, visitor: str
) -> None:
    for text in (ASK, *ANSWERS):
        system.say(visitor, text)
        assert names(between.take()) == [FORM], text
    system.say(visitor, "send")
    assert names(between.take()) == [FORM, "action_submit_handoff"]


def test_sends_no_domain(between: Between, system: System, visitor: str) -> None:
    system.talk(visitor, ASK, *ANSWERS, "send")
    assert not [call for call in between.take() if "domain" in call]


def test_sends_a_window_of_a_long_talk_and_all_of_it_for_the_transcript(
    between: Between, system: System, visitor: str
) -> None:
    system.say(visitor, "hello, I am looking for garden chairs")
    for _ in range(2 * TURNS_BEFORE_MOVING):
        system.say(visitor, "thank you")
    between.take()
    system.talk(visitor, ASK, *ANSWERS, "send")
    calls = between.take()
    said = [[e["text"] for e in c["tracker"]["events"] if e["event"] == "user"] for c in calls]
    assert all(len(texts) <= 2 * TURNS_BEFORE_MOVING for texts in said[:-1])
    assert said[-1][0] == "hello, I am looking for garden chairs"
    assert said[-1][-len(ANSWERS) - 2 :] == [ASK, *ANSWERS, "send"]
    reference = system.requests()[0]["reference"]
    stored = system.admin("GET", f"requests/{reference}").json()["transcript"]
    texts = [line["text"] for line in stored if line["who"] == "visitor"]
    assert texts == said[-1]
    assert len(texts) == 1 + 2 * TURNS_BEFORE_MOVING + 2 + len(ANSWERS)
