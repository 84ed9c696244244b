"""Both servers as a program sees them that watches: lines of JSON, and figures."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from support import limits
from tests.system import TEAM, System, wait_for
from tests.web_client import Client
from tests.zebedee import EMAIL, NAME, PHONE, REASON, betrayals, locked

HANDOFF = ("I want to talk to an agent", f"my name is {NAME}", EMAIL, PHONE, REASON, "yes, send it")
AN_ID = "0f8c3a5e9d2b4c6f8a1e3d5b7c9f0a2e"


class Watched:
    """A product of its own, and what it tells."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.rasa = system.rasa_url
        self.actions = f"http://127.0.0.1:{system.actions_port}"

    def lines(self, name: str) -> list[dict[str, Any]]:
        """A server's log from the moment on at which it knew how to write it."""
        text = (self.system.folder / f"{name}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text[text.index('{"time"') :].splitlines()]

    def turns(self) -> list[dict[str, Any]]:
        """What was said of visitors' turns."""
        return [line for line in self.lines("rasa") if line["event"] == "turn"]

    def value(self, url: str, name: str, **labels: str) -> float:
        """The sum of a server's figures of this name that have (at least) these labels."""
        families = text_string_to_metric_families(self.system.metrics(url))
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == f"support_{name}" and labels.items() <= sample.labels.items()
        )


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Both servers, with JSON in their logs; nobody else talks to them."""
    system = System(tmp_path_factory.mktemp("watched"), LOG_FORMAT="json")
    try:
        system.start()
        system.settings(enabled=True, agent_emails=[TEAM], phone_region="US")
        yield Watched(system)
    finally:
        system.stop()


@pytest.fixture(scope="module")
def handed_off(product: Watched) -> Watched:
    """Zebedee has asked for a person, and the team has got his request."""
    product.system.talk("zebedee", *HANDOFF)
    wait_for("the mail", product.system.mails_received)
    return product


@pytest.mark.parametrize("server", ["rasa", "actions"])
@pytest.mark.parametrize(
    "method, token, status",
    [
        ("GET", None, 401),
        ("GET", "Bearer an-admin's-token", 401),
        ("GET", "Bearer between-the-server", 401),
        ("GET", "Basic between-the-servers", 401),
        ("POST", "Bearer between-the-servers", 405),
        ("DELETE", None, 405),
    ],
)
def test_refuses_strangers_and_other_methods(
    product: Watched, server: str, method: str, token: str | None, status: int
) -> None:
    url = f"{getattr(product, server)}/metrics"
    headers = {"Authorization": token} if token else {}
    answer = requests.request(method, url, headers=headers, timeout=10)
    assert answer.status_code == status
    assert "support_" not in answer.text
    assert "between-the-servers" not in answer.text


def test_takes_no_token_from_the_address(product: Watched) -> None:
    url = f"{product.rasa}/metrics?token=between-the-servers"
    assert requests.get(url, timeout=10).status_code == 401


def test_counts_the_turns_of_a_handoff(handed_off: Watched) -> None:
    value, rasa = handed_off.value, handed_off.rasa
    assert value(rasa, "turns_total", channel="rest", outcome="answered") == len(HANDOFF)
    assert value(rasa, "turns_total") == len(HANDOFF)
    assert value(rasa, "turn_duration_seconds_count", channel="rest") == len(HANDOFF)
    assert value(rasa, "understanding_duration_seconds_count") == len(HANDOFF)
    assert value(rasa, "turns_in_progress") == 0
    assert value(rasa, "model_ready") == 1
    name = "action_call_duration_seconds_count"
    assert value(rasa, name, action="action_submit_handoff", result="answered") == 1
    store = "conversation_store_duration_seconds_count"
    assert value(rasa, store, operation="write") == len(HANDOFF)


def test_counts_what_the_team_was_told(handed_off: Watched) -> None:
    value, actions = handed_off.value, handed_off.actions
    wait_for(
        "the figures of the last day",
        lambda: value(actions, "handoffs_last_day", outcome="sent") == 1,
    )
    assert value(actions, "handoffs_last_day", outcome="asked") == 1
    assert value(actions, "requests_last_day", state="stored") == 1
    assert value(actions, "deliveries_total", channel="email", result="accepted") == 1
    assert value(actions, "outbox_waiting") == value(actions, "outbox_dead") == 0
    assert value(actions, "database_up") == value(actions, "delivery_loop_up") == 1
    calls = value(handed_off.rasa, "action_call_duration_seconds_count", result="answered")
    assert value(actions, "http_requests_total", route="/webhook", status="200") == calls


def test_writes_one_line_a_turn_with_where_the_time_went(handed_off: Watched) -> None:
    turns = handed_off.turns()[: len(HANDOFF)]
    assert [turn["outcome"] for turn in turns] == ["answered"] * len(HANDOFF)
    assert len({turn["conversation"] for turn in turns}) == 1
    for turn in turns:
        parts = ("waiting_ms", "understanding_ms", "actions_ms", "store_ms")
        assert 0 < sum(turn[part] for part in parts) <= turn["ms"] + 0.3
        assert turn["action_calls"] >= 1
    ids = {turn["request_id"] for turn in turns}
    others = [line for line in handed_off.lines("rasa") if line["event"] == "request"]
    assert [line for line in others if line["request_id"] in ids] == []


def test_joins_the_lines_of_both_servers(handed_off: Watched) -> None:
    turn = handed_off.turns()[len(HANDOFF) - 1]
    same = [
        line for line in handed_off.lines("actions") if line.get("request_id") == turn["request_id"]
    ]
    assert len(same) == turn["action_calls"]
    assert same[-1]["action"] == "action_submit_handoff"
    assert {line["conversation"] for line in same} == {turn["conversation"]}
    assert {line["route"] for line in same} == {"/webhook"}


def test_says_nothing_of_the_visitor_anywhere(handed_off: Watched) -> None:
    handed_off.system.admin("GET", f"requests?search={NAME}")
    for name in ("rasa", "actions"):
        log = (handed_off.system.folder / f"{name}.log").read_text(encoding="utf-8")
        assert betrayals(log) == []
        assert "between-the-servers" not in log
        assert betrayals(handed_off.system.metrics(getattr(handed_off, name))) == []


def test_keeps_a_proxys_id_from_the_answer_to_the_last_line(product: Watched) -> None:
    answer = requests.post(
        f"{product.rasa}/webhooks/rest/webhook",
        json={"sender": "ann", "message": "I want to talk to an agent"},
        headers={"X-Request-ID": AN_ID},
        timeout=20,
    )
    assert answer.headers["X-Request-ID"] == AN_ID
    assert product.turns()[-1]["request_id"] == AN_ID
    assert AN_ID in [line.get("request_id") for line in product.lines("actions")]


def test_tells_of_pages_and_refusals(product: Watched) -> None:
    for url in (product.rasa, product.actions):
        requests.get(f"{url}/contact", timeout=10)
    requests.post(f"{product.rasa}/webhooks/rest/webhook", data=b"{", timeout=10)
    answer = product.system.admin("GET", "requests/R-NOBODY")
    told = {
        name: [(line["route"], line["status"]) for line in product.lines(name) if "route" in line]
        for name in ("rasa", "actions")
    }
    assert ("/contact", 200) in told["rasa"]
    assert ("/contact", 200) in told["actions"]
    assert ("/webhooks/rest/webhook", 400) in told["rasa"]
    assert ("/admin/api/requests/{reference}", answer.status_code) in told["actions"]


def test_tells_of_the_web_chat_by_turns(product: Watched) -> None:
    client = Client(product.rasa)
    try:
        for text in ("hello", "hello again"):
            assert client.say(text, uuid.uuid4().hex) == "taken"
    finally:
        client.close()
    turns = [turn for turn in product.turns() if turn["channel"] == "socketio"]
    assert len(turns) == 2
    assert len({turn["request_id"] for turn in turns}) == 2
    assert len({turn["conversation"] for turn in turns}) == 1
    assert "socket.io" not in json.dumps(product.lines("rasa"))


def test_counts_messages_that_are_too_many(product: Watched) -> None:
    product.system.settings(messages_per_minute=5)
    try:
        for _ in range(5 * limits.FLOOD + 1):
            product.system.post("bob", "hello")
    finally:
        product.system.settings(messages_per_minute=60)
    outcomes = {turn["outcome"] for turn in product.turns()}
    assert {"slowed_down", "refused"} <= outcomes
    for outcome in ("slowed_down", "refused"):
        assert product.value(product.rasa, "turns_total", outcome=outcome) >= 1


def test_counts_what_comes_of_a_dead_action_server(product: Watched) -> None:
    system, count = product.system, "action_call_duration_seconds_count"
    try:
        system.kill_actions()
        system.say("eve", "I want to talk to an agent")
        system.start_failing_actions()
        system.say("eve", "I want to talk to an agent")
    finally:
        system.stop_failing_actions()
        system.start_actions()
    assert product.value(product.rasa, "turns_total", outcome="apologised") == 2
    assert product.value(product.rasa, count, result="unreachable") >= 1
    assert product.value(product.rasa, count, result="failed") >= 1


def test_counts_locked_databases_and_answers_all_the_same(product: Watched) -> None:
    system = product.system
    with locked(system, "conversations.db"):
        system.say("kim", "hello")
    with locked(system, "support.db"):
        assert system.admin("PATCH", "settings", json={"enabled": True}).status_code >= 500
        assert product.value(product.actions, "delivery_loop_up") == 1
    assert product.value(product.rasa, "store_errors_total", store="conversations") >= 1
    locks = {"store": "support", "kind": "locked"}
    assert product.value(product.actions, "store_errors_total", **locks) >= 1
