"""A designer's whole story on the running product: change, review, publish, roll back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from scripts import training
from support.config import environment
from tests.flow_product import ORDER_NUMBER, PHRASE, FlowProduct
from tests.http_server import serving
from tests.mail_server import free_port
from tests.system import wait_for

pytestmark = pytest.mark.timeout(600)
LOOPS = 6
# Memory moves by some megabytes from one moment to the next; each model is a dozen.
MEGABYTES = 60
# Of the messages that understanding is measured on, none of which asks for a person.
STEALING = [
    "agent feedback form",
    "customer service survey",
    "boolean operator",
    "operator precedence in java",
    "football agent fees",
    "sales rep salary",
    "legal representative form",
    "looking for a shipping agent in Hamburg",
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowProduct]:
    if training.is_needed():
        asyncio.run(training.train(environment()))
    product = FlowProduct(tmp_path_factory.mktemp("flow"))
    try:
        product.start()
        yield product
    finally:
        product.stop()


@pytest.fixture
def product(running: FlowProduct) -> FlowProduct:
    """The product as its files have it, with no draft."""
    running.open()
    running.api("DELETE")
    live = running.api("GET", "/state").json()["live"]
    if live["number"] and live["restores"] != 0:
        running.restore(0)
    return running


def someone() -> str:
    return f"visitor-{uuid.uuid4().hex[:8]}"


def add_both(document: dict[str, Any]) -> None:
    """The designer adds a phrase, and a field before the reason."""
    document["trigger_phrases"].append(PHRASE)
    document["fields"].insert(3, ORDER_NUMBER)


def workers_of(product: FlowProduct) -> Iterator[str]:
    """The command lines of this product's Rasa servers and what they have forked."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(product.models) in line:
                yield line


def last_mail(product: FlowProduct) -> Any:
    wait_for("mail", lambda: product.mail.received)
    return product.mail.received[-1]


def test_lets_a_visitor_use_what_a_designer_added_until_it_is_rolled_back(
    product: FlowProduct,
) -> None:
    assert product.change(add_both).status_code == 200
    job = product.publish()
    assert (job["status"], job["result"]["reasons"]) == ("done", [])
    visitor = someone()
    answers = product.talk(visitor, PHRASE, "Ann Lee", "ann@example.org", "skip")
    assert answers == ["Which order is it about?"]
    assert product.say(visitor, "why?")[0].endswith("such as AB-1234.")
    assert "I couldn't read that" in product.say(visitor, "17")[0]
    product.talk(visitor, "it is ab 1234", "it is broken")
    assert product.talk(visitor, "change my order number") != []
    summary = product.say(visitor, "CD-5678")[0]
    assert "Order number: CD-5678\nAbout: it is broken" in summary
    assert "Your reference is" in product.say(visitor, "Send")[0]
    text = last_mail(product).get_body(["plain"]).get_content()
    assert "Order number CD-5678" in text
    stored = product.admin("GET", "requests").json()["requests"][0]
    assert stored["answers"] == [
        {"name": "order_number", "label": "Order number", "value": "CD-5678"}
    ]

    assert product.restore(0)["status"] == "done"
    answers = product.talk(someone(), "I want an agent", "Ann", "ann@example.org", "skip")
    assert answers[0].startswith("Thanks, Ann.")


def test_says_before_publishing_what_will_be_understood(product: FlowProduct) -> None:
    before = product.live()
    product.change(add_both)
    result = product.done("POST", "/review")["result"]
    assert result["changes"][0] == f"Trigger phrase added: “{PHRASE}”"
    assert result["changes"][1].startswith("Field added: “Order number”")
    assert result["figures"]["then"]["asks"] > 200
    assert [each["understood"] for each in result["added"]] == [True]
    assert result["replay"]["passed"]
    assert "Order number" in result["replay"]["mail"]["text"]
    assert product.live() == before
    assert product.mail.received == []


def test_tells_what_is_understood_today(product: FlowProduct) -> None:
    found = product.done("POST", "/check", json={"phrases": [PHRASE, "tell me a joke"]})
    asks, joke = found["result"]["phrases"]
    assert (asks["understood"], joke["understood"]) == (True, False)
    assert 0 < joke["confidence"] <= 1
    assert "request_human" in {near["intent"] for near in asks["close_to"]}
    assert len(joke["close_to"]) == 3


def test_rehearses_the_draft_without_telling_anybody(product: FlowProduct) -> None:
    product.settings(enabled=False)
    product.change(add_both)
    before = len(product.admin("GET", "requests").json()["requests"])
    messages = [PHRASE, "Ann Lee", "ann@example.org", "skip", "AB-1234", "it is broken", "Send"]
    result = product.done("POST", "/rehearse", json={"messages": messages})["result"]
    assert result["conversation"][-1]["text"].startswith("Done: your request has been passed on")
    assert result["mail"]["subject"].endswith("Ann Lee asks for a person")
    assert "AB-1234" in result["mail"]["text"]
    time.sleep(1)
    assert product.mail.received == []
    assert len(product.admin("GET", "requests").json()["requests"]) == before


def test_refuses_phrases_that_steal_from_other_intents_unless_an_admin_insists(
    product: FlowProduct,
) -> None:
    def steal(document: dict[str, Any]) -> None:
        document["trigger_phrases"] += STEALING

    before = product.live()
    assert product.change(steal).status_code == 200
    job = product.publish()
    assert job["status"] == "refused"
    assert "starts the form for visitors who did not ask" in " ".join(job["result"]["reasons"])
    assert any("also fits" in each for each in job["result"]["warnings"])
    assert any(not flip["right_then"] for flip in job["result"]["flips"])
    assert product.live() == before
    assert product.publish(insist=True)["status"] == "done"
    stealing = product.live()
    assert stealing > before
    assert product.restore(0)["status"] == "done"
    assert product.restore(stealing)["status"] == "refused"


def test_brings_a_version_back_that_finds_fewer_asks_and_says_so(product: FlowProduct) -> None:
    def forget(document: dict[str, Any]) -> None:
        del document["trigger_phrases"][5:]

    product.change(forget)
    assert product.publish()["status"] == "refused"
    assert product.publish(insist=True)["status"] == "done"
    fewer = product.live()
    assert product.restore(0)["status"] == "done"
    job = product.restore(fewer)
    assert job["status"] == "done"
    assert any(each.startswith("It understands less") for each in job["result"]["warnings"])


def test_carries_conversations_over_that_are_at_a_field_which_is_removed(
    product: FlowProduct,
) -> None:
    product.change(add_both)
    product.publish()
    visitor = someone()
    product.talk(visitor, "I want an agent", "Ann Lee", "ann@example.org", "skip")
    product.restore(0)
    assert product.say(visitor, "AB-1234")[0].startswith("Thanks, Ann Lee.")
    assert "About: broken thing" in product.say(visitor, "broken thing")[0]
    assert "Your reference is" in product.say(visitor, "Send")[0]


def test_asks_a_visitor_at_the_summary_for_a_field_added_meanwhile(product: FlowProduct) -> None:
    visitor = someone()
    product.talk(visitor, "I want an agent", "Ann", "ann@example.org", "skip", "broken")
    needed = {**ORDER_NUMBER, "required": True}
    product.change(lambda document: document["fields"].insert(3, needed))
    product.publish()
    assert product.say(visitor, "Send") == ["Which order is it about?"]
    assert "Order number: AB-1234" in product.say(visitor, "AB-1234")[0]


def test_asks_in_another_order_without_what_was_removed(product: FlowProduct) -> None:
    def reorder(document: dict[str, Any]) -> None:
        fields = {field["name"]: field for field in document["fields"]}
        document["fields"] = [fields["reason"], fields["email"], fields["name"]]

    assert product.change(reorder).status_code == 200
    assert product.publish()["status"] == "done"
    visitor = someone()
    assert product.say(visitor, "I want an agent")[-1].startswith("What is it about?")
    assert "Which e-mail" in product.say(visitor, "my parcel")[0]
    assert "one sure way" in product.say(visitor, "skip")[0]
    assert "what's your name" in product.say(visitor, "ann@example.org")[0]
    assert "About: my parcel\nE-mail: ann@example.org\nName: Ann" in product.say(visitor, "Ann")[0]


def test_tells_the_team_in_the_designers_words(product: FlowProduct) -> None:
    mail_words = {"subject": "{{ name }} wants us", "text": "Call {{ name }}: {{ reason }}"}
    chat_words = {"title": "{{ name }} waits", "text": "{{ reason|upper }}"}
    changes = {"notification": mail_words, "chat_message": chat_words}
    product.change(lambda document: document.update(changes))
    assert product.publish()["status"] == "done"
    with serving() as slack:
        address = {"url": f"http://{slack.host}/services/T0"}
        channel = {"kind": "slack", "name": "The team's", "address": address}
        made = product.admin("POST", "channels", json=channel).json()
        product.talk(
            someone(), "I want an agent", "Ann", "ann@example.org", "skip", "<b>old</b>", "Send"
        )
        mail = last_mail(product)
        wait_for("the message to Slack", lambda: slack.received)
        blocks = json.loads(slack.received[0].body)["blocks"]
        said = [block["text"]["text"] for block in blocks if "text" in block]
        assert said[:2] == ["Ann waits", "&lt;B&gt;OLD&lt;/B&gt;"]
        product.admin("DELETE", f"channels/{made['id']}")
    assert mail["Subject"] == "Ann wants us"
    assert mail.get_body(["plain"]).get_content().strip() == "Call Ann: <b>old</b>"
    assert "&lt;b&gt;old" in mail.get_body(["html"]).get_content()


def test_leaves_what_is_live_when_the_action_server_is_away(product: FlowProduct) -> None:
    before = product.live()
    product.change(add_both)
    job_id = product.api("POST", "/publish", headers={"Prefer": "respond-async"}).json()["id"]
    product.kill_actions()
    time.sleep(1)
    product.start_actions()

    def ended() -> Any:
        job = product.api("GET", f"/jobs/{job_id}").json()
        return job if job["ended_at"] else None

    job = wait_for("the end", ended, 120)
    assert job["status"] in ("refused", "failed", "done")
    assert product.live() == job["result"].get("version", before)
    assert product.say(someone(), "I want an agent") != []


def test_leaves_what_is_live_when_the_server_dies_half_way(product: FlowProduct) -> None:
    before = product.live()
    product.change(add_both)
    job_id = product.api("POST", "/publish", headers={"Prefer": "respond-async"}).json()["id"]

    def job() -> Any:
        return product.api("GET", f"/jobs/{job_id}").json()

    wait_for("the work to begin", lambda: job()["step"], 30)
    product.kill_rasa()
    wait_for("its processes to end", lambda: not list(workers_of(product)), 10)
    product.start_rasa()
    assert product.live() == before
    assert product.say(someone(), PHRASE) != ["Which order is it about?"]
    wait_for("the end", lambda: job()["ended_at"], 60)
    assert (job()["status"], product.live()) == ("failed", before)
    assert "is gone" in job()["result"]["reasons"][0]
    assert product.publish()["status"] == "done"


def test_is_followed_by_every_server_and_outlives_a_restart(product: FlowProduct) -> None:
    port = free_port()
    second = product.start_second_rasa(port)
    try:
        product.change(lambda d: d["messages"].update(utter_thank="You are very welcome indeed."))
        assert product.publish()["status"] == "done"

        def thanked() -> bool:
            answer = requests.post(
                f"http://127.0.0.1:{port}/webhooks/rest/webhook",
                json={"sender": someone(), "message": "thank you"},
                timeout=40,
            )
            return answer.json()[0]["text"] == "You are very welcome indeed."

        wait_for("the second server to follow", thanked, 60)
    finally:
        second.terminate()
        second.wait()
    product.change(lambda d: d["messages"].update(utter_thank="A draft's words."))
    said = product.done("POST", "/rehearse", json={"messages": ["thank you"]})["result"]
    assert said["conversation"][-1]["text"] == "A draft's words."
    product.kill_rasa()
    product.start_rasa()
    assert product.say(someone(), "thank you") == ["You are very welcome indeed."]


def test_publishes_again_and_again_while_visitors_talk(product: FlowProduct) -> None:
    stop = threading.Event()
    slowest, failed, sent = [0.0], [], [0]

    def chat() -> None:
        while not stop.is_set():
            visitor = someone()
            for text in ("I want an agent", "Ann Lee", "ann@example.org", "skip", "cancel"):
                start = time.monotonic()
                response = product.post(visitor, text)
                slowest[0] = max(slowest[0], time.monotonic() - start)
                sent[0] += 1
                said = " ".join(each.get("text", "") for each in response.json())
                if response.status_code != 200 or not said or "isn't working" in said:
                    failed.append((text, said))
                # People type; without a pause this would measure how fast programs are.
                time.sleep(0.1)

    visitors = [threading.Thread(target=chat) for _ in range(3)]
    for thread in visitors:
        thread.start()
    memory: list[int] = []
    took: list[float] = []
    try:
        for number in range(LOOPS):
            words = f"Version {number} says goodbye."
            product.change(lambda d, said=words: d["messages"].update(utter_goodbye=said))
            begun = time.monotonic()
            assert product.publish()["status"] == "done"
            took.append(round(time.monotonic() - begun, 1))
            memory.append(product.memory())
    finally:
        stop.set()
        for thread in visitors:
            thread.join()
    print(f"{sent[0]} messages, the slowest {slowest[0]:.2f} s; publishing took {took} s")
    print(f"memory {memory} MB")
    assert failed == []
    assert sent[0] > LOOPS
    assert memory[-1] - memory[1] < MEGABYTES
