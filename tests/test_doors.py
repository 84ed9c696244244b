"""The visitor's doors: Socket.IO, REST, the chat page, and what is refused at each."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import socketio

from tests.system import System

ASK = "I want to talk to an agent."
DETAILS = ("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came")


class Client:
    """A web chat's connection. token: the id it holds; heard: what the assistant said."""

    def __init__(self, url: str, **options: Any) -> None:
        self.token: str | None = None
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._confirmed: queue.Queue[str] = queue.Queue()
        self._socket = socketio.Client(reconnection=False)
        self._socket.on("session_confirm", self._confirmed.put)
        self._socket.on("bot_uttered", self.heard.put)
        self._socket.connect(url, wait_timeout=10, **options)

    def join(self, token: Any = None) -> str:
        """Ask for a session; the id that is confirmed."""
        self._socket.emit("session_request", {"session_id": token})
        self.token = self._confirmed.get(timeout=10)
        return self.token

    def send(self, text: Any, **more: Any) -> None:
        """Send a message under the id held."""
        self._socket.emit("user_uttered", {"message": text, "session_id": self.token, **more})

    def say(self, text: str, **more: Any) -> str:
        """Send a message; the text of the answer."""
        self.send(text, **more)
        return str(self.heard.get(timeout=20)["text"])

    def close(self) -> None:
        """Leave."""
        self._socket.disconnect()


@pytest.fixture
def connect(system: System) -> Iterator[Callable[[], Client]]:
    """Makes connections, and ends them."""
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(system.rasa_url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_hands_over_from_the_web_chat(system: System, connect: Callable[[], Client]) -> None:
    ann = connect()
    ann.join()
    page = {"page_url": "https://shop.example.org/orders"}
    answer = ""
    for text in (ASK, *DETAILS, "Send"):
        answer = ann.say(text, metadata=page)
    assert "has been passed on" in answer
    body = system.mails()[0].get_body(["plain"]).get_content()
    assert "https://shop.example.org/orders" in body


def test_offers_buttons_as_quick_replies(connect: Callable[[], Client]) -> None:
    ann = connect()
    ann.join()
    ann.send("hello")
    replies = ann.heard.get(timeout=20)["quick_replies"]
    assert {"content_type": "text", "title": "What can you do?", "payload": "What can you do?"} in (
        replies
    )


def test_goes_on_with_the_same_conversation_under_its_id(connect: Callable[[], Client]) -> None:
    first = connect()
    token = first.join()
    first.say(ASK)
    first.close()
    second = connect()
    assert second.join(token) == token
    assert "e-mail" in second.say("Ann Lee")


@pytest.mark.parametrize("claim", ["web-guess", "web-guess.sig", "", 7, ["x"], {"a": 1}, "é.ü"])
def test_issues_its_own_id_to_whoever_names_one(connect: Callable[[], Client], claim: Any) -> None:
    assert connect().join(claim) != claim


def test_lets_nobody_into_a_conversation_by_its_name(connect: Callable[[], Client]) -> None:
    ann, eve = connect(), connect()
    token = ann.join()
    conversation = token.rpartition(".")[0]
    eve.join(conversation)
    eve.token = conversation
    eve.send("Eve was here")
    ann.say(ASK)
    eve.heard.get(timeout=20)
    assert eve.heard.empty()
    assert ann.heard.empty()


def test_answers_a_message_without_any_session(connect: Callable[[], Client]) -> None:
    assert "Hello!" in connect().say("hello")


@pytest.mark.parametrize("text", [None, 7, {"a": 1}, "", "   "])
def test_survives_messages_that_are_none(connect: Callable[[], Client], text: Any) -> None:
    ann = connect()
    ann.join()
    ann.send(text)
    assert "Hello!" in ann.say("hello")


def test_keeps_rest_apart_from_the_web_chat(system: System, connect: Callable[[], Client]) -> None:
    ann = connect()
    token = ann.join()
    ann.say(ASK)
    for name in (token, token.rpartition(".")[0]):
        assert "e-mail" not in system.say(name, "Eve")[0]
    assert "e-mail" in ann.say("Ann Lee")


def test_answers_rest_in_the_usual_form(system: System, visitor: str) -> None:
    answers = system.post(visitor, "hello").json()
    assert [answer["recipient_id"] for answer in answers] == [visitor]
    assert answers[0]["buttons"][0] == {
        "title": "Talk to a person",
        "payload": "I want to talk to a person",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        ("hello", None),
        ({}, "message"),
        ({"message": None}, "message"),
        ({"message": 5}, "message"),
        ({"message": "  "}, "message"),
        ({"message": "hi", "sender": ["ann"]}, "sender"),
        ({"message": "hi", "sender": True}, "sender"),
        ({"message": "hi", "sender": "x" * 201}, "sender"),
    ],
)
def test_refuses_what_is_no_message(system: System, body: Any, field: str | None) -> None:
    response = requests.post(f"{system.rasa_url}/webhooks/rest/webhook", json=body, timeout=10)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error.get("field") == field
    assert error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"message": "\xff"}'])
def test_refuses_broken_json(system: System, body: bytes) -> None:
    response = requests.post(
        f"{system.rasa_url}/webhooks/rest/webhook",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert response.status_code == 400


def test_refuses_bodies_of_an_insane_size(system: System) -> None:
    response = requests.post(
        f"{system.rasa_url}/webhooks/rest/webhook",
        json={"sender": "ann", "message": "x" * 200_000},
        timeout=10,
    )
    assert response.status_code == 413


def test_cuts_a_long_message_and_answers(system: System, visitor: str) -> None:
    system.talk(visitor, ASK, *DETAILS[:3])
    assert "Shall I send it?" in system.say(visitor, "word " * 10_000)[0]


def test_gives_visitors_without_an_id_conversations_of_their_own(system: System) -> None:
    url = f"{system.rasa_url}/webhooks/rest/webhook"
    first = requests.post(url, json={"message": ASK}, timeout=20).json()
    second = requests.post(url, json={"message": "Ann Lee"}, timeout=20).json()
    assert first[0]["recipient_id"] != second[0]["recipient_id"]
    assert "e-mail" not in second[0]["text"]


def test_has_no_http_api_for_strangers(system: System) -> None:
    for path in ("/model/train", "/conversations/rest-ann/tracker", "/domain", "/version"):
        assert requests.get(system.rasa_url + path, timeout=10).status_code == 404, path


def test_lets_only_rasa_call_actions(system: System) -> None:
    url = f"http://127.0.0.1:{system.actions_port}"
    call = {"next_action": "action_submit_handoff", "tracker": {"sender_id": "eve"}}
    # The router takes them all for the same.
    for path in ("/webhook", "/webhook/", "/webhook//"):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            response = requests.post(url + path, json=call, headers=headers, timeout=10)
            assert response.status_code in (401, 404), path
            assert "eve" not in response.text
    for path in ("/actions", "/actions/"):
        assert requests.get(url + path, timeout=10).status_code == 401, path
