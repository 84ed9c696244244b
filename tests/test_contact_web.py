"""The contact form over HTTP: the widget's calls, the page without scripts, and every refusal."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from support import database, delivery, followups, outbox, requests, settings, truth
from support.chat_records import NOTHING
from support.config import Config
from support.contact import desk, page, web
from support.contact.desk import Desk
from support.contact.web import Answer, Call
from support.conversations import Tokens
from support.models import LimitHit, Request
from tests.stored import ANN, NOON, submit, switch_on

VALUES = {"name": "Ann Lee", "email": "ann@example.org", "reason": "My parcel is late"}
CALL = "call +1 202 555 0199"
PHONE = ANN.phone or ""


class Site:
    """The form on a server that nobody sees."""

    def __init__(self, config: Config) -> None:
        self.desk = Desk(config)

    def call(self, method: str, path: str, body: bytes = b"", **more: Any) -> Answer:
        given = {"content_type": web.JSON, "referer": None, "client": None, **more}
        return asyncio.run(web.answer(self.desk, Call(method, path, body=body, **given)))

    def json(self, path: str, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
        answer = self.call("POST", path, json.dumps(body).encode(), **more)
        return answer.status, json.loads(answer.body)

    def form(self, token: Any = None) -> dict[str, Any]:
        return self.json(web.FORM_PATH, {"session_id": token})[1]

    def send(self, **body: Any) -> tuple[int, dict[str, Any]]:
        if "form_id" not in body:
            body["form_id"] = self.form(body.get("session_id"))["form_id"]
        client = body.pop("client", None)
        return self.json(web.CONTACT_PATH, {"values": VALUES, **body}, client=client)

    def page(self, referer: str | None = None) -> str:
        return self.call("GET", web.CONTACT_PATH, referer=referer).body.decode()

    def post(self, form_id: str | None = None, **values: str) -> tuple[int, str]:
        """The page's form, sent."""
        form_id = hidden(self.page(), "form_id") if form_id is None else form_id
        body = urlencode({**VALUES, page.TRAP: "", "form_id": form_id, **values}).encode()
        answer = self.call("POST", web.CONTACT_PATH, body, content_type=web.POSTED_FORM)
        return answer.status, answer.body.decode()


def hidden(html: str, name: str) -> str:
    """A hidden field's value."""
    return re.findall(rf'name="{name}" value="([^"]*)"', html)[0]


@pytest.fixture
def site(db: Config, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Switched on; nobody waits long, and forms are filled in at once."""
    switch_on()
    change(response_time="soon", alternative_contact=CALL)
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(web, "SECONDS_TO_FILL_IN", 0.0)
    return Site(db)


def change(**changes: Any) -> None:
    with database.session_scope() as session:
        settings.update(session, changes, actor="Bob", now=NOON)


def stored() -> list[Request]:
    with database.read_scope() as session:
        return list(session.scalars(select(Request).order_by(Request.id)))


# --- the widget's calls ---


def test_hands_out_a_form_as_the_widget_expects_it(site: Site) -> None:
    form = site.form()
    assert set(form) == {"open", "form_id", "fields", "message"}
    assert form["open"] is True
    assert "soon" in form["message"]
    assert form["fields"][0] == {
        "name": "name",
        "type": "text",
        "label": "Your name",
        "required": True,
        "autocomplete": "name",
        "max_length": 80,
        "value": "",
    }
    kinds = {f["name"]: (f["type"], f["required"]) for f in form["fields"]}
    assert kinds == {
        "name": ("text", True),
        "email": ("email", False),
        "phone": ("tel", False),
        "reason": ("textarea", True),
    }


@pytest.mark.parametrize(
    ("progress", "outcome", "words"),
    [
        ("accepted", "sent", "has been passed on"),
        ("pending", "saved", "has not accepted it yet"),
        ("delayed", "saved", "has not accepted it yet"),
        ("undeliverable", "undelivered", "could not get it through"),
    ],
)
def test_says_what_is_recorded_in_the_words_of_the_chat(
    site: Site, monkeypatch: pytest.MonkeyPatch, progress: str, outcome: str, words: str
) -> None:
    monkeypatch.setattr(outbox, "progress_of", lambda *_: progress)
    status, answer = site.send(page_url="https://shop.example.org/cart")
    [request] = stored()
    assert status == 200
    assert answer["outcome"] == outcome
    assert answer["reference"] == request.reference
    assert words in answer["message"]
    assert request.reference in answer["message"]
    assert request.page_url == "https://shop.example.org/cart"


def test_lets_the_chat_tell_when_it_turns_out_otherwise(site: Site, db: Config) -> None:
    conversation, token = Tokens(db.secret_key).issue()
    assert site.send(session_id=token)[1]["outcome"] == "saved"
    now = delivery.utc_now()
    assert truth.take_news(conversation, now) == []
    (claim,) = outbox.claim(now, 1)
    outbox.record_sent(claim, "250 OK", now)
    (news,) = truth.take_news(conversation, now)
    assert (news.told, news.now) == ("saved", "sent")


def test_says_all_the_same_what_it_cannot_remember(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(truth, "tell", cannot)
    assert site.send()[1]["outcome"] == "saved"


def test_waits_for_the_mail_servers_yes_but_not_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = iter(["pending", "accepted"])
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 10)
    monkeypatch.setattr(outbox, "progress_of", lambda *_: next(words))
    assert site.send()[1]["outcome"] == "sent"


def test_confirms_the_same_request_when_a_form_comes_twice(site: Site) -> None:
    form_id = site.form()["form_id"]
    first, second = site.send(form_id=form_id), site.send(form_id=form_id)
    assert first == second
    assert len(stored()) == 1


def test_says_that_it_was_added_to_the_open_request(site: Site, db: Config) -> None:
    conversation, token = Tokens(db.secret_key).issue()
    requests.submit(replace(ANN, conversation_id=conversation), delivery.utc_now())
    status, answer = site.send(session_id=token, values={**VALUES, "phone": PHONE})
    assert status == 200
    assert answer["outcome"] == "saved"
    assert "added that to your request" in answer["message"]
    assert "has not accepted" in answer["message"]
    assert len(stored()) == 1


def test_takes_the_conversation_that_began_after_the_form_was_opened(
    site: Site, db: Config
) -> None:
    conversation, token = Tokens(db.secret_key).issue()
    site.send(form_id=site.form()["form_id"], session_id=token)
    assert stored()[0].conversation_id == conversation


@pytest.mark.parametrize("token", ["web-ann", "web-ann.forged", 7, {"a": 1}, "x" * 5000])
def test_takes_a_forged_token_for_none(site: Site, token: Any) -> None:
    submit(conversation_id="web-ann")
    assert site.send(session_id=token)[0] == 200
    assert stored()[1].conversation_id.startswith("contact-")


def test_reads_no_chat_for_whoever_asks_all_the_time(
    site: Site, db: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    monkeypatch.setattr(site.desk._records, "read", lambda c: reads.append(c) or NOTHING)
    change(messages_per_minute=5)
    token = Tokens(db.secret_key).issue()[1]
    assert all(site.form(token)["open"] for _ in range(8))
    assert len(reads) == 5


def test_names_the_field_that_is_wrong(site: Site) -> None:
    status, answer = site.send(values={**VALUES, "name": "", "email": "ann"})
    assert status == 422
    assert answer["error"] == {
        "code": "invalid",
        "field": "email",
        "message": answer["errors"][0]["message"],
    }
    assert {each["field"] for each in answer["errors"]} == {"name", "email"}
    assert stored() == []


def test_takes_as_typed_what_is_sent_once_more(site: Site) -> None:
    form_id = site.form()["form_id"]
    values = {"name": "Ann", "reason": "help", "phone": "ext 12"}
    assert site.send(form_id=form_id, values=values)[0] == 422
    assert site.send(form_id=form_id, values=values)[0] == 200
    assert stored()[0].unverified == ["phone"]


@pytest.mark.parametrize("values", [None, [], "x", {}, {"name": 7, "email": ["a"]}, {"x": "y"}])
def test_refuses_values_that_are_none(site: Site, values: Any) -> None:
    assert site.send(values=values)[0] == 422


@pytest.mark.parametrize("form_id", [None, "", 7, "contact-guess", ["x"]])
def test_gives_another_form_for_one_that_is_not_ours(site: Site, form_id: Any) -> None:
    status, answer = site.json(web.CONTACT_PATH, {"form_id": form_id, "values": VALUES})
    assert status == 422
    assert answer["error"]["code"] == "expired"
    assert site.send(form_id=answer["form_id"])[0] == 200


def test_gives_another_form_when_the_request_has_ended(site: Site) -> None:
    form_id = site.form()["form_id"]
    site.send(form_id=form_id)
    followups.cancel(stored()[0].id, NOON)
    status, answer = site.send(form_id=form_id)
    assert (status, answer["error"]["code"]) == (422, "expired")
    assert site.send(form_id=answer["form_id"])[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (web.CONTACT_PATH, b"{", 400),
        (web.CONTACT_PATH, b'"\xff"', 400),
        (web.CONTACT_PATH, b"[" * 50_000, 400),
        (web.CONTACT_PATH, b"[]", 422),
        (web.FORM_PATH, b"null", 422),
        (web.CONTACT_PATH, b" " * (web.BODY_SIZE + 1), 413),
    ],
)
def test_refuses_bodies_that_are_none(site: Site, path: str, body: bytes, status: int) -> None:
    answer = site.call("POST", path, body)
    assert answer.status == status
    assert json.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_refuses_other_kinds_of_bodies(site: Site, kind: str) -> None:
    assert site.call("POST", web.CONTACT_PATH, b"a=b", content_type=kind).status == 415


def test_lets_every_site_call_without_credentials(site: Site) -> None:
    for answer in (site.call("OPTIONS", web.CONTACT_PATH), site.call("POST", web.FORM_PATH, b"{}")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


# --- switched off, limits, faults ---


def test_says_that_it_is_closed_with_the_other_ways(site: Site) -> None:
    form_id = site.form()["form_id"]
    change(enabled=False)
    form = site.form()
    assert form["open"] is False
    assert CALL in form["message"]
    status, answer = site.send(form_id=form_id)
    assert (status, answer["outcome"], answer["reference"]) == (200, "off", None)
    assert CALL in answer["message"]
    assert stored() == []


def test_says_that_it_takes_no_more_today(site: Site) -> None:
    change(requests_per_client=1)
    assert site.send()[0] == 200
    status, answer = site.send()
    assert status == 429
    assert CALL in answer["error"]["message"]
    assert len(stored()) == 1


def test_lets_nobody_press_the_button_all_the_time(site: Site) -> None:
    change(messages_per_minute=5)
    form_id = site.form()["form_id"]
    statuses = [site.send(form_id=form_id, client="c" * 32)[0] for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    with database.read_scope() as session:
        assert [hit.kind for hit in session.scalars(select(LimitHit))] == ["messages_per_minute"]


Break = Callable[[Config], None]


def _no_table(_config: Config) -> None:
    with database.session_scope() as session:
        session.connection().exec_driver_sql("DROP TABLE deliveries")


def _gone(_config: Config) -> None:
    database.connect("postgresql://ann:secret@127.0.0.1:1/support")


@pytest.mark.parametrize("fail", [_no_table, _gone])
def test_confirms_nothing_that_is_not_stored(site: Site, db: Config, fail: Break) -> None:
    form_id = site.form()["form_id"]
    fail(db)
    status, answer = site.send(form_id=form_id)
    assert status == 503
    assert "was not sent" in answer["error"]["message"]
    # Known from the last time that the settings could be read.
    assert CALL in answer["error"]["message"]
    assert "ann@example.org" in site.post(form_id)[1]


def test_confirms_what_is_stored_although_looking_fails(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> str:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(outbox, "progress_of", fail)
    assert site.send()[1]["outcome"] == "saved"
    assert len(stored()) == 1


def test_turns_away_politely_when_too_many_wait(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 0)
    assert site.send()[0] == 503
    assert stored() == []


# --- the page ---


def test_shows_a_page_without_scripts_under_a_strict_policy(site: Site) -> None:
    answer = site.call("GET", web.CONTACT_PATH)
    assert answer.status == 200
    assert b"<script" not in answer.body
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert site.call("GET", web.STYLE_PATH).content_type.startswith("text/css")


def test_confirms_on_the_page_and_once_when_reloaded(site: Site) -> None:
    form_id = hidden(site.page(), "form_id")
    pages = {site.post(form_id) for _ in range(2)}
    [(status, html)] = pages
    assert status == 200
    # Never broken over two lines.
    assert f'<span class="whole">{stored()[0].reference}</span>' in html
    assert "<form" not in html


def test_keeps_what_was_typed_and_says_at_the_field_what_is_wrong(site: Site) -> None:
    typed = {"email": "ann@<b>", "reason": "a\n</textarea><script>x</script>"}
    status, html = site.post(**typed)
    assert status == 422
    assert 'id="email-problem"' in html
    assert 'aria-describedby="email-problem"' in html
    assert "ann@&lt;b&gt;" in html
    assert "&lt;/textarea&gt;&lt;script&gt;" in html
    assert "<script" not in html
    assert stored() == []


def test_asks_whoever_fills_in_the_hidden_field_to_look_again(site: Site) -> None:
    status, html = site.post(**{page.TRAP: "https://spam.example"})
    assert status == 422
    assert "has been sent yet" in html
    assert "spam.example" not in html
    assert stored() == []
    # A person whose browser filled it in presses once more.
    assert site.post(hidden(html, "form_id"))[0] == 200


def test_asks_whoever_is_faster_than_people_to_look_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS_TO_FILL_IN", 60.0)
    assert site.post()[0] == 422
    assert stored() == []


def test_remembers_the_page_that_the_visitor_came_from(site: Site) -> None:
    assert hidden(site.page("https://shop.example.org/cart"), "page_url").endswith("/cart")
    for own in ("https://example.org/contact", "javascript:alert(1)", "//x", "http://[", None):
        assert hidden(site.page(own), "page_url") == ""


def test_keeps_what_was_typed_when_the_form_is_too_old(site: Site) -> None:
    status, html = site.post("old")
    assert status == 422
    assert "ann@example.org" in html
    assert site.post(hidden(html, "form_id"))[0] == 200


def test_keeps_what_was_typed_when_it_is_switched_off_meanwhile(site: Site) -> None:
    form_id = hidden(site.page(), "form_id")
    change(enabled=False)
    assert CALL in site.page()
    assert "<form" not in site.page()
    status, html = site.post(form_id)
    assert status == 200
    assert CALL in html
    assert "My parcel is late" in html


@pytest.mark.parametrize("body", [b"\xff=%ff", b"&".join(b"a=b" for _ in range(50))])
def test_refuses_a_form_that_cannot_be_read(site: Site, body: bytes) -> None:
    answer = site.call("POST", web.CONTACT_PATH, body, content_type=web.POSTED_FORM)
    assert answer.status == 400
    assert b"could not be read" in answer.body


def test_reads_half_a_character_as_nothing(site: Site) -> None:
    body = {"form_id": site.form()["form_id"], "values": {**VALUES, "name": "\ud83d", "email": ""}}
    status, answer = site.json(web.CONTACT_PATH, body)
    assert status == 422
    assert answer["error"]["field"] == "name"
