"""The web hook keeps what docs/webhook.md promises; what stands there is what is run here."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from support.config import PROJECT
from support.guard import Guard
from support.notifications.message import Change, Message, News
from support.notifications.note import Note
from support.notifications.webhook import Webhook, sign
from tests.http_server import HttpServer, Received, serving
from tests.test_email import ANN, NOON

KEY = "a key of both sides"
PAGE = (PROJECT / "docs" / "webhook.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """What the page shows in this language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    """The verifier that the page gives to receivers."""
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/webhook.md", "exec"), names)
    verifier: Callable[..., bool] = names["is_genuine"]
    return verifier


def sent(server: HttpServer, message: Message = ANN) -> Received:
    """What arrives."""
    address = {"url": f"http://{server.host}/hook", "signing_key": KEY}
    Webhook(address, Guard(["127.0.0.1"]), "https://example.org").send(message)
    return server.received[-1]


MESSAGES = {
    "request.created": ANN,
    "request.addition": replace(ANN, news=News("addition", NOON, "it was blue", (), "abc")),
    "request.correction": replace(
        ANN, news=News("correction", NOON, "", (Change("phone", None, "+49301"),))
    ),
    "request.cancelled": replace(ANN, news=News("cancelled", NOON)),
    "test": replace(ANN, test=True),
}


@pytest.mark.parametrize("event", MESSAGES)
def test_is_what_the_page_says(server: HttpServer, event: str) -> None:
    schema = json.loads(blocks("json")[1])
    Draft202012Validator.check_schema(schema)
    received = sent(server, MESSAGES[event])
    body = json.loads(received.body)
    Draft202012Validator(schema).validate(body)
    assert body["event"] == received.headers["X-Handoff-Event"] == event
    assert body["id"] == received.headers["X-Handoff-Delivery"] == ANN.delivery_id
    assert event in PAGE


def test_has_all_that_the_schema_names_and_nothing_else(server: HttpServer) -> None:
    schema = json.loads(blocks("json")[1])["properties"]
    body = json.loads(sent(server, MESSAGES["request.correction"]).body)
    assert set(schema) == set(body) | {"alert"}
    for described, held in (
        (schema["request"]["properties"], body["request"]),
        (schema["news"]["properties"], body["news"]),
    ):
        assert set(described) == set(held)


def test_tells_the_owner_as_the_page_says(server: HttpServer) -> None:
    schema = json.loads(blocks("json")[1])
    address = {"url": f"http://{server.host}/hook", "signing_key": KEY}
    note = Note("alert-7", "works again", "Nothing is wrong any more.", "https://example.org/admin")
    Webhook(address, Guard(["127.0.0.1"]), None).send_note(note)
    body = json.loads(server.received[-1].body)
    Draft202012Validator(schema).validate(body)
    assert set(body["alert"]) == set(schema["properties"]["alert"]["properties"])
    assert body["id"] == server.received[-1].headers["X-Handoff-Delivery"] == note.id
    del body["alert"]
    assert not Draft202012Validator(schema).is_valid(body)


def test_has_an_example_that_the_schema_takes() -> None:
    example, schema = (json.loads(text) for text in blocks("json"))
    Draft202012Validator(schema).validate(example)


def test_is_signed_so_that_the_pages_verifier_takes_it(
    server: HttpServer, is_genuine: Callable[..., bool]
) -> None:
    received = sent(server)
    assert is_genuine(KEY, received.headers, received.body)


@pytest.mark.parametrize(
    "key, headers, body",
    [
        ("another key", {}, b"{}"),
        (KEY, {}, b'{"forged": true}'),
        (KEY, {"X-Handoff-Timestamp": str(int(time.time()) - 1)}, b"{}"),
        (KEY, {"X-Handoff-Timestamp": ""}, b"{}"),
        (KEY, {"X-Handoff-Timestamp": "-5"}, b"{}"),
        (KEY, {"X-Handoff-Timestamp": "²"}, b"{}"),
        (KEY, {"X-Handoff-Signature": ""}, b"{}"),
        (KEY, {"X-Handoff-Signature": "v1=žluť"}, b"{}"),
    ],
)
def test_gives_a_verifier_that_takes_nothing_forged(
    is_genuine: Callable[..., bool], key: str, headers: dict[str, str], body: bytes
) -> None:
    timestamp = str(int(time.time()))
    right = {
        "X-Handoff-Timestamp": timestamp,
        "X-Handoff-Signature": sign(KEY, timestamp, b"{}"),
    }
    assert is_genuine(KEY, right, b"{}")
    assert not is_genuine(key, {**right, **headers}, body)


def test_gives_a_verifier_that_takes_nothing_old(is_genuine: Callable[..., bool]) -> None:
    timestamp = str(int(time.time()) - 301)
    headers = {
        "X-Handoff-Timestamp": timestamp,
        "X-Handoff-Signature": sign(KEY, timestamp, b"{}"),
    }
    assert not is_genuine(KEY, headers, b"{}")
    assert is_genuine(KEY, headers, b"{}", max_age=600)


def test_leads_to_the_request_where_the_team_can_reach_it(server: HttpServer) -> None:
    body = json.loads(sent(server).body)
    assert body["request"]["url"] == f"https://example.org/admin/requests/{ANN.reference}"
    address = {"url": f"http://{server.host}/", "signing_key": KEY}
    assert Webhook(address, Guard(), None).render(ANN)["request"]["url"] is None
