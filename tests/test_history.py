"""What was said, as the web chat reads it again: to whom, in which form, and what repeats do."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support import settings
from tests.system import System, wait_for
from tests.web_client import Client

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from components import history

ASK = "I want to talk to an agent."


@pytest.fixture
def connect(system: System) -> Iterator[Callable[..., Client]]:
    """Makes connections, and ends them."""
    clients: list[Client] = []

    def make(token: str | None = None) -> Client:
        clients.append(Client(system.rasa_url, token))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_shows_what_was_said_as_it_was_said(connect: Callable[..., Client]) -> None:
    ann = connect()
    ann.say("hello", "message-1")
    ann.say(ASK, "message-2")
    live = [ann.hear("bot_uttered"), ann.hear("bot_uttered")]
    messages = connect(ann.token).history()["messages"]
    assert [line["from"] for line in messages] == ["visitor", "assistant"] * 2
    assert [messages[0]["message_id"], messages[2]["message_id"]] == ["message-1", "message-2"]
    assert [messages[1], messages[3]] == [{"from": "assistant", **line} for line in live]
    assert messages[1]["quick_replies"][0]["title"] == "Talk to a person"
    times = [line.get("timestamp") or line["metadata"]["timestamp"] for line in messages]
    assert times == sorted(times)


def test_shows_the_title_of_a_button_not_its_payload(connect: Callable[..., Client]) -> None:
    ann = connect()
    other = connect(ann.token)
    ann.say("hello")
    other.hear("visitor_uttered")
    ann.say("I want to talk to a person")
    assert other.hear("visitor_uttered")["text"] == "Talk to a person"
    assert ann.said()[2] == ("visitor", "Talk to a person")


@pytest.mark.parametrize("token", [None, "", 7, [], {"a": 1}, "web-guess", "web-guess.signature"])
def test_shows_nothing_to_whoever_holds_no_token(
    connect: Callable[..., Client], token: Any
) -> None:
    assert connect().history(token)["error"]["code"] == "unknown_conversation"


def test_shows_nothing_for_a_conversation_s_name_without_its_signature(
    connect: Callable[..., Client],
) -> None:
    ann = connect()
    ann.say(ASK)
    conversation, _, signature = ann.token.rpartition(".")
    for guess in (conversation, f"{conversation}.{signature[:-1]}", f"{conversation}x.{signature}"):
        assert "error" in connect().history(guess)


def test_begins_with_an_empty_history_and_a_ready_assistant(
    connect: Callable[..., Client],
) -> None:
    assert connect().history() == {"messages": [], "ready": True, "busy": False}


def test_says_while_it_is_being_answered_that_more_is_to_come(
    system: System, connect: Callable[..., Client]
) -> None:
    ann = connect()
    system.hang_actions()
    try:
        ann.socket.emit("user_uttered", {"message": ASK, "session_id": ann.token})
        ann.hear("visitor_uttered")
        assert ann.history()["busy"]
    finally:
        system.wake_actions()
    ann.hear("bot_uttered")
    wait_for("the turn's end", lambda: not ann.history()["busy"])
    assert len(ann.said()) == 2


def test_tells_every_tab_what_the_visitor_said(connect: Callable[..., Client]) -> None:
    ann = connect()
    other, stranger = connect(ann.token), connect()
    ann.say("hello", "message-1")
    for each in (ann, other):
        echo = each.hear("visitor_uttered")
        assert (echo["text"], echo["message_id"]) == ("hello", "message-1")
    assert stranger.heard["visitor_uttered"].empty()


def test_takes_a_repeated_message_once(connect: Callable[..., Client]) -> None:
    ann = connect()
    assert ann.say(ASK, "message-1") == "taken"
    assert ann.say(ASK, "message-1") == "repeated"
    assert connect(ann.token).say(ASK, "message-1") == "repeated"
    assert len(ann.said()) == 2


def test_takes_a_message_once_that_is_repeated_while_it_is_answered(
    connect: Callable[..., Client],
) -> None:
    ann = connect()
    other = connect(ann.token)
    content = {"message": ASK, "session_id": ann.token, "message_id": "message-1"}
    outcomes: queue.Queue[Any] = queue.Queue()
    for each in (ann, other):
        each.socket.emit("user_uttered", content, callback=outcomes.put)
    assert sorted(outcomes.get(timeout=20)["outcome"] for _ in "12") == ["repeated", "taken"]
    assert len(ann.said()) == 2


def test_says_when_a_message_was_one_too_many_and_keeps_neither_it_nor_the_refusal(
    system: System, connect: Callable[..., Client]
) -> None:
    system.settings(messages_per_minute=5)
    try:
        ann = connect()
        outcomes = [ann.say("hello", f"message-{number}") for number in range(6)]
    finally:
        system.settings(messages_per_minute=settings.DEFAULTS.messages_per_minute)
    assert outcomes == ["taken"] * 5 + ["refused"]
    assert len(ann.said()) == 10


@pytest.mark.parametrize("number", [None, 7, "", "short", "x" * 65, "with blanks", "ä" * 10])
def test_takes_every_message_without_a_proper_number(
    connect: Callable[..., Client], number: Any
) -> None:
    ann = connect()
    assert [ann.say("hello", number), ann.say("hello", number)] == ["taken", "taken"]


def test_knows_a_repeated_message_and_the_history_after_a_restart(
    system: System, connect: Callable[..., Client]
) -> None:
    ann = connect()
    ann.say(ASK, "message-1")
    before = ann.history()
    system.kill_rasa()
    system.start_rasa()
    again = connect(ann.token)
    assert again.token == ann.token
    assert again.history() == before
    assert again.say(ASK, "message-1") == "repeated"
    again.say("Ann Lee")
    assert "e-mail" in again.hear("bot_uttered")["text"]


def test_answers_messages_in_the_order_they_were_sent(connect: Callable[..., Client]) -> None:
    ann = connect()
    for text in (ASK, "Ann Lee", "ann@example.org"):
        ann.socket.emit("user_uttered", {"message": text, "session_id": ann.token})
    for question in ("name", "e-mail", "phone"):
        assert question in ann.hear("bot_uttered")["text"]


def test_keeps_the_apology_in_the_history(system: System, connect: Callable[..., Client]) -> None:
    ann = connect()
    system.kill_actions()
    try:
        ann.say(ASK)
    finally:
        system.start_actions()
    apology = ann.hear("bot_uttered")
    kept = [line for line in ann.history()["messages"] if "text" in line]
    assert kept[-1] == {"from": "assistant", **apology}
    assert ann.history()["messages"][-1]["custom"] == {"contact_form": True}
    ann.say("hello")
    assert ann.history()["messages"][1]["text"] == apology["text"]


def test_deletes_all_there_is_and_tells_every_tab(
    system: System, connect: Callable[..., Client]
) -> None:
    ann = connect()
    other = connect(ann.token)
    ann.say(ASK)
    ann.say("Ann Lee")
    assert ann.call("conversation_delete", {"session_id": ann.token}) == {"deleted": True}
    assert other.deleted.get(timeout=10)
    assert connect(ann.token).history()["messages"] == []
    conversation = ann.token.rpartition(".")[0]
    with sqlite3.connect(system.folder / "conversations.db") as stored:
        count = "select count(*) from events where sender_id = ?"
        assert stored.execute(count, [conversation]).fetchone() == (0,)


@pytest.mark.parametrize("token", [None, "web-guess.signature", ["x"]])
def test_deletes_nothing_for_whoever_holds_no_token(
    connect: Callable[..., Client], token: Any
) -> None:
    refusal = connect().call("conversation_delete", {"session_id": token})
    assert refusal["error"]["code"] == "unknown_conversation"


def test_says_so_when_the_conversations_cannot_be_written(
    system: System, connect: Callable[..., Client]
) -> None:
    ann = connect()
    ann.say("hello")
    lock = sqlite3.connect(system.folder / "conversations.db", isolation_level=None)
    try:
        lock.execute("begin immediate")
        refusal = ann.call("conversation_delete", {"session_id": ann.token})
        assert refusal["error"]["code"] == "unavailable"
    finally:
        lock.close()
    assert len(ann.said()) == 2


def test_says_so_when_the_conversations_cannot_be_read(
    system: System, connect: Callable[..., Client]
) -> None:
    ann = connect()
    ann.say("hello")
    stored = system.folder / "conversations.db"
    aside = stored.rename(system.folder / "aside.db")
    stored.mkdir()
    try:
        refusal = ann.call("history_request", {"session_id": ann.token})
        assert refusal["error"]["code"] == "unavailable"
    finally:
        stored.rmdir()
        aside.rename(stored)
    assert len(ann.said()) == 2


def shown(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return asyncio.run(history.messages(events))


def visitor(text: str, **more: Any) -> dict[str, Any]:
    return {"event": "user", "message_id": "message-1", "timestamp": 1.0, "text": text, **more}


def assistant(text: str | None, **data: Any) -> dict[str, Any]:
    return {"event": "bot", "timestamp": 2.5, "text": text, "data": data, "metadata": {}}


def test_parts_a_message_as_the_channel_does() -> None:
    parts = shown(assistant("one\n\ntwo", buttons=[{"title": "Yes", "payload": "/yes"}]))
    assert [part["text"] for part in parts] == ["one", "two"]
    assert [part["metadata"]["message_id"] for part in parts] == ["2.5-1", "2.5-2"]
    assert parts[0]["quick_replies"] == []
    assert parts[1]["quick_replies"][0]["payload"] == "/yes"


def test_hands_on_custom_data_and_pictures() -> None:
    parts = shown(assistant("Hm.", custom={"contact_form": True}, image="https://example.org/a"))
    assert parts[1]["custom"] == {"contact_form": True}
    assert parts[2]["attachment"]["payload"]["src"] == "https://example.org/a"


def test_shows_a_command_as_it_was_typed() -> None:
    assert shown(visitor("\u2060/restart"))[0]["text"] == "/restart"


def test_leaves_out_what_no_visitor_said() -> None:
    assert shown(visitor("EXTERNAL: remind", metadata={"is_external": True}), visitor("")) == []


def test_forgets_buttons_that_were_passed_by() -> None:
    offer = assistant("Well?", buttons=[{"title": "Yes", "payload": "/yes"}])
    texts = [line["text"] for line in shown(offer, visitor("hm"), visitor("/yes"))]
    assert texts == ["Well?", "hm", "/yes"]
