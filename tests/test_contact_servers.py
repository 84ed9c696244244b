"""The contact form on the running product, whichever server is dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.system import System, wait_for
from tests.test_doors import Client

ASK = "I want to talk to an agent."
VALUES = {"name": "Ann Lee", "email": "ann@example.org", "reason": "My parcel is late"}
PASSED_ON = "has been passed on"


@pytest.fixture
def breakable(system: System) -> Iterator[System]:
    """A system that is whole again afterwards."""
    yield system
    system.kill_actions()
    system.start_actions()
    system.kill_rasa()
    system.start_rasa()


@pytest.fixture
def ann(system: System) -> Iterator[Client]:
    """A visitor in the web chat."""
    client = Client(system.rasa_url)
    client.join()
    yield client
    client.close()


def servers(system: System) -> dict[str, str]:
    """Where each server has the form."""
    return {"rasa": system.rasa_url, "actions": f"http://127.0.0.1:{system.actions_port}"}


def open_form(url: str, token: str | None = None) -> dict[str, Any]:
    """A form, as the widget gets it."""
    answer = requests.post(f"{url}/contact/form", json={"session_id": token}, timeout=20)
    assert answer.status_code == 200
    form: dict[str, Any] = answer.json()
    return form


def send(url: str, token: str | None = None, **values: str) -> requests.Response:
    """A form that was opened and filled in."""
    form_id = open_form(url, token)["form_id"]
    body = {"form_id": form_id, "session_id": token, "values": {**VALUES, **values}}
    return requests.post(f"{url}/contact", json=body, timeout=30)


def known(form: dict[str, Any]) -> dict[str, str]:
    """What a form is filled in with."""
    return {field["name"]: field["value"] for field in form["fields"] if field["value"]}


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_passes_a_message_on_from_either_server(system: System, server: str) -> None:
    before = len(system.requests())
    answer = send(servers(system)[server], phone="+1 202 555 0123").json()
    assert answer["outcome"] == "sent"
    assert PASSED_ON in answer["message"]
    [mail] = system.mails()
    text = mail.get_body(["plain"]).get_content()
    assert "My parcel is late" in text
    assert "contact form" in text
    assert "ann@example.org" in mail["Reply-To"]
    assert len(system.requests()) == before + 1


def test_takes_a_message_on_rasa_while_the_action_server_is_dead(breakable: System) -> None:
    breakable.kill_actions()
    answer = send(breakable.rasa_url).json()
    assert answer["outcome"] == "saved"
    assert "has not accepted it yet" in answer["message"]
    breakable.start_actions()
    [mail] = wait_for("the mail", breakable.mails)
    assert answer["reference"] in mail["Subject"]


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_confirms_nothing_while_the_database_is_locked_and_sends_once_afterwards(
    system: System, server: str
) -> None:
    url, before = servers(system)[server], len(system.requests())
    body = {"form_id": open_form(url)["form_id"], "values": VALUES}
    writer = sqlite3.connect(system.folder / "support.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    refused = requests.post(f"{url}/contact", json=body, timeout=30)
    writer.execute("ROLLBACK")
    writer.close()
    assert refused.status_code == 503
    assert "was not sent" in refused.json()["error"]["message"]
    assert "call +1 202 555 0199" in refused.json()["error"]["message"]
    for _ in range(2):
        assert requests.post(f"{url}/contact", json=body, timeout=30).json()["outcome"] == "sent"
    assert len(system.requests()) == before + 1
    assert len(system.mails()) == 1


def test_takes_a_message_on_the_action_server_while_rasa_is_dead(
    breakable: System, ann: Client
) -> None:
    ann.say(ASK)
    ann.say("Ann Lee")
    url = servers(breakable)["actions"]
    # Rasa answers first, and then stores the turn.
    wait_for("the name", lambda: known(open_form(url, ann.token)))
    breakable.kill_rasa()
    assert known(open_form(url, ann.token)) == {"name": "Ann Lee"}
    assert send(url, ann.token).json()["outcome"] == "sent"
    [mail] = breakable.mails()
    assert ASK in mail.get_body(["plain"]).get_content()


def test_serves_the_form_with_a_broken_model_and_points_to_it_in_the_chat(
    breakable: System, tmp_path: Path
) -> None:
    breakable.kill_rasa()
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no model")
    breakable.start_rasa_without_model(broken)
    assert requests.get(f"{breakable.rasa_url}/status", timeout=10).status_code == 503
    answers = breakable.post("somebody", "hello").json()
    assert f"{breakable.rasa_url}/contact" in answers[0]["text"]
    assert answers[1]["custom"] == {"contact_form": True}
    assert send(breakable.rasa_url).json()["outcome"] == "sent"


def test_fills_in_what_the_chat_knows_and_is_the_same_request_as_the_chats(
    system: System, ann: Client
) -> None:
    for text in (ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123"):
        ann.say(text)
    before = len(system.requests())
    form = open_form(system.rasa_url, ann.token)
    details = {"name": "Ann Lee", "email": "ann@example.org", "phone": "+12025550123"}
    assert known(form) == details
    answer = send(system.rasa_url, ann.token, **details).json()
    assert "Shall I send it?" in ann.say("My parcel is late")
    assert answer["reference"] in ann.say("Send")
    assert len(system.requests()) == before + 1
    [mail] = system.mails()
    assert "What is it about?" in mail.get_body(["plain"]).get_content()


def test_adds_to_the_request_that_the_chat_has_sent(system: System, ann: Client) -> None:
    for text in (ASK, "Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came"):
        ann.say(text)
    assert PASSED_ON in ann.say("Send")
    before = len(system.requests())
    answer = send(system.rasa_url, ann.token, reason="The box is blue").json()
    assert "I've added that to your request" in answer["message"]
    assert "passed on to our team" in answer["message"]
    assert len(system.requests()) == before
    assert "The box is blue" in system.mails()[-1].get_body(["plain"]).get_content()


def test_fills_in_nothing_for_somebody_else(system: System, ann: Client) -> None:
    ann.say(ASK)
    ann.say("Ann Lee")
    assert ann.token
    for claim in (ann.token.rpartition(".")[0], ann.token + "x", None):
        assert known(open_form(system.rasa_url, claim)) == {}


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_lets_a_page_of_another_site_call(system: System, server: str) -> None:
    url = servers(system)[server]
    asks = {
        "Origin": "https://shop.example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("/contact", "/contact/form"):
        answer = requests.options(url + path, headers=asks, timeout=10)
        assert answer.ok
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"


@pytest.mark.parametrize("server", ["rasa", "actions"])
def test_refuses_bodies_of_an_insane_size(system: System, server: str) -> None:
    url = servers(system)[server]
    answer = requests.post(f"{url}/contact", json={"x": "x" * 200_000}, timeout=10)
    assert answer.status_code == 413


@pytest.mark.parametrize("server", ["rasa", "actions"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/contact", 405),
        ("GET", "/contact/form", 405),
        ("GET", "/contact/domain.yml", 404),
        ("HEAD", "/contact", 200),
        ("GET", "/contact/contact.css", 200),
    ],
)
def test_serves_its_paths_and_no_other(
    system: System, server: str, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, servers(system)[server] + path, timeout=10)
    assert answer.status_code == status


# --- the chat points to it ---


def test_offers_the_form_when_it_has_no_answer_twice_in_a_row(system: System, visitor: str) -> None:
    nonsense = "qwlkj zxmnv pqowe"
    first = system.post(visitor, nonsense).json()
    assert "contact" not in first[0]["text"]
    second = system.post(visitor, "vbnmz tyuqw lkjhg").json()
    assert f"{system.rasa_url}/contact" in second[0]["text"]
    assert second[1]["custom"] == {"contact_form": True}
    assert "Hello!" in system.say(visitor, "hello")[0]
    assert len(system.post(visitor, nonsense).json()) == 1


def test_offers_no_form_while_it_is_closed(system: System, visitor: str) -> None:
    system.settings(enabled=False)
    for text in ("qwlkj zxmnv pqowe", "vbnmz tyuqw lkjhg"):
        answers = system.post(visitor, text).json()
    assert len(answers) == 1
    assert "/contact" not in answers[0]["text"]


def test_tells_the_web_chat_to_show_the_form_when_a_part_is_down(
    breakable: System, ann: Client
) -> None:
    breakable.kill_actions()
    assert "/contact" in ann.say(ASK)
    assert ann.heard.get(timeout=10)["custom"] == {"contact_form": True}


# --- limits ---


def flood(say: Callable[[str], Any], times: int) -> list[Any]:
    """What comes back to so many messages in a row."""
    return [say("hello") for _ in range(times)]


def test_slows_down_who_writes_too_fast_over_rest(system: System, visitor: str) -> None:
    system.settings(messages_per_minute=5)
    answers = flood(lambda text: system.post(visitor, text), 22)
    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 2
    texts = [answer.json()[0]["text"] for answer in answers[:20]]
    assert all("Hello!" in text for text in texts[:5])
    assert all("faster than I can read" in text for text in texts[5:])
    assert "call +1 202 555 0199" in texts[5]
    assert answers[-1].json()["error"]["message"]
    assert answers[-1].headers["Retry-After"] == "60"
    assert "Hello!" in system.say(f"{visitor}-another", "hello")[0]


def test_slows_down_who_writes_too_fast_in_the_web_chat(system: System, ann: Client) -> None:
    system.settings(messages_per_minute=5)
    assert all("Hello!" in text for text in flood(ann.say, 5))
    assert "faster than I can read" in ann.say("hello")


def test_takes_no_more_requests_than_allowed_in_the_chat(system: System, visitor: str) -> None:
    system.settings(requests_per_conversation=1)
    details = ("Ann Lee", "ann@example.org", "+1 202 555 0123", "my order never came")
    assert PASSED_ON in system.talk(visitor, ASK, *details, "Send")[0]
    before = len(system.requests())
    another = (ASK, "Something else entirely", "my other order is broken", "Send")
    [answer] = system.talk(visitor, *another)
    assert "several requests today" in answer
    assert "call +1 202 555 0199" in answer
    assert len(system.requests()) == before


def over_rest(system: System, forwarded: str, *texts: str) -> str:
    """The last answer to a visitor behind a proxy, who claims to be somebody else."""
    for text in texts:
        answer = requests.post(
            f"{system.rasa_url}/webhooks/rest/webhook",
            json={"sender": forwarded, "message": text, "metadata": {"client": "f" * 32}},
            headers={"X-Forwarded-For": forwarded},
            timeout=40,
        )
    said: str = answer.json()[0]["text"]
    return said


def test_counts_a_network_by_the_address_that_the_proxy_saw(tmp_path: Path) -> None:
    proxied = System(tmp_path, PROXIES="1")
    try:
        proxied.start()
        proxied.settings(enabled=True, agent_emails=["team@example.org"], requests_per_client=1)
        url = servers(proxied)["actions"]

        def from_(forwarded: str, email: str) -> int:
            body = {
                "form_id": open_form(url)["form_id"],
                "values": {**VALUES, "email": email},
            }
            headers = {"X-Forwarded-For": forwarded}
            answer = requests.post(f"{url}/contact", json=body, headers=headers, timeout=30)
            return answer.status_code

        assert from_("203.0.113.9", "a@example.org") == 200
        assert from_("198.51.100.7, 203.0.113.9", "b@example.org") == 429
        assert from_("203.0.113.9, 203.0.113.10", "c@example.org") == 200
        ends = (ASK, "Ann Lee", "d@example.org", "+1 202 555 0123", "it never came", "Send")
        assert "several requests today" in over_rest(proxied, "1.1.1.1, 203.0.113.9", *ends)
        assert PASSED_ON in over_rest(proxied, "203.0.113.9, 203.0.113.11", *ends)
        eve = Client(proxied.rasa_url, headers={"X-Forwarded-For": "203.0.113.11"})
        eve.join()
        answer = [eve.say(text, metadata={"client": "a" * 32}) for text in ends][-1]
        eve.close()
        assert "several requests today" in answer
    finally:
        proxied.stop()
