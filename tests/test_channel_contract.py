"""What holds for every way to tell the team, tried on each against a real server."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from support import outgoing
from support.config import SmtpServer
from support.delivery import Channel
from support.errors import DeliveryError
from support.flow.document import ChatMessage
from support.guard import Guard
from support.notifications import email
from support.notifications.apprise import Apprise
from support.notifications.email import Email
from support.notifications.message import Added, Change, Line, News
from support.notifications.slack import Slack
from support.notifications.webhook import Webhook
from tests.http_server import HttpServer, serving
from tests.mail_server import MailServer
from tests.test_email import ANN, NOON, parts

HERE = Guard(["127.0.0.0/8"])
SECRET = "xoxb-very-secret-1234567890"
TEAM_URL = "https://support.example.org"


@dataclass
class Rig:
    """One channel, the server it talks to, and how to read what arrived there.

    make: the channel again, as after a restart. behave: 'accept', 'defer', 'refuse' or 'hang'.
    texts: what arrived, as people or programs read it, one for each message.
    """

    make: Callable[[], Channel]
    behave: Callable[[str], None]
    texts: Callable[[], list[str]]
    raw: Callable[[], list[str]]

    def send(self, **changes: Any) -> str:
        """Ann's message, unless `changes` say otherwise."""
        return self.make().send(replace(ANN, **changes))

    def refused(self, **changes: Any) -> DeliveryError:
        """The error that it ends in."""
        with pytest.raises(DeliveryError) as failed:
            self.send(**changes)
        return failed.value


@contextmanager
def email_rig() -> Iterator[Rig]:
    """E-mail to a real SMTP server."""
    server = MailServer()
    server.start()
    smtp = SmtpServer("127.0.0.1", server.port, "none")

    def texts() -> list[str]:
        return [f"{mail['Subject']}\n{parts(mail)['plain']}" for mail in server.received]

    try:
        yield Rig(
            lambda: Email(smtp, "Website assistant <assistant@example.com>"),
            lambda behaviour: setattr(server, "behaviour", behaviour),
            texts,
            lambda: [mail["Message-ID"] for mail in server.received],
        )
    finally:
        server.stop()


@contextmanager
def http_rig(make: Callable[[HttpServer], Channel], read: Callable[[bytes], str]) -> Iterator[Rig]:
    """A channel over HTTP to a real server."""
    with serving() as server:

        def behave(behaviour: str) -> None:
            server.behaviour = "never" if behaviour == "hang" else "answer"
            status = {"defer": 503, "refuse": 404}.get(behaviour, 200)
            # As some servers do, it repeats what it was sent, the secret among it.
            server.answers(
                status, b"ok" if status == 200 else f"no: /{SECRET} {ANN.email}".encode()
            )

        yield Rig(
            lambda: make(server),
            behave,
            lambda: [read(call.body) for call in server.received],
            lambda: [f"{call.headers} {call.body.decode()}" for call in server.received],
        )


def blocks(body: bytes) -> str:
    """Slack's message as people read it."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") in ("plain_text", "mrkdwn"):
                found.append(part["text"])
            part = list(part.values())
        if isinstance(part, list):
            for item in part:
                walk(item)

    walk(json.loads(body)["blocks"])
    text = "\n".join(found)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said(body: bytes) -> str:
    """A web hook's body with everything in it as text."""
    content = json.loads(body)
    return json.dumps(content, ensure_ascii=False, indent=1).replace('\\"', '"')


def through_apprise(body: bytes) -> str:
    """What Apprise's own JSON service gets."""
    content = json.loads(body)
    return f"{content['title']}\n{content['message']}"


def slack_rig() -> Any:
    """Slack."""
    return http_rig(
        lambda server: Slack({"url": f"http://{server.host}/services/{SECRET}"}, HERE, TEAM_URL),
        blocks,
    )


def webhook_rig() -> Any:
    """A web hook."""
    return http_rig(
        lambda server: Webhook(
            {"url": f"http://{server.host}/{SECRET}", "signing_key": SECRET}, HERE, TEAM_URL
        ),
        said,
    )


def apprise_rig() -> Any:
    """Everything else."""
    return http_rig(
        lambda server: Apprise({"url": f"json://{server.host}/{SECRET}?rto=2"}, HERE, TEAM_URL),
        through_apprise,
    )


RIGS = {"email": email_rig, "slack": slack_rig, "webhook": webhook_rig, "apprise": apprise_rig}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with RIGS[request.param]() as rig:
        yield rig


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time limits for tests. Apprise's own are in its URL, and loading it takes a while."""
    monkeypatch.setattr(email, "SECONDS_PER_STEP", 0.3)
    monkeypatch.setattr(outgoing, "READ_SECONDS", 0.3)


def test_hands_over_and_says_who_accepted(rig: Rig) -> None:
    assert "accepted" in rig.send().lower() or "answered 200" in rig.send()
    assert len(rig.texts()) >= 1


def test_tells_what_the_visitor_gave_and_asked(rig: Rig) -> None:
    rig.send()
    (text,) = rig.texts()
    for needed in (
        *(ANN.reference, ANN.name, ANN.email, ANN.phone, ANN.reason, ANN.page_url),
        "I want an agent",
    ):
        assert needed is not None
        assert needed in text


def test_tries_again_after_a_refusal_that_may_heal(rig: Rig) -> None:
    rig.behave("defer")
    assert not rig.refused().permanent


def test_gives_up_after_a_refusal_for_good(rig: Rig) -> None:
    rig.behave("refuse")
    assert rig.refused().permanent


@pytest.mark.usefixtures("impatient")
def test_waits_for_no_answer_for_ever(rig: Rig) -> None:
    rig.behave("hang")
    assert not rig.refused().permanent


@pytest.mark.parametrize("behaviour", ["defer", "refuse", "hang"])
@pytest.mark.usefixtures("impatient")
def test_puts_neither_a_secret_nor_an_answer_in_an_error_or_a_log(
    rig: Rig, behaviour: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig.behave(behaviour)
    with caplog.at_level(logging.DEBUG):
        error = rig.refused()
    for hidden in (SECRET, "very-secret", ANN.email, ANN.phone, ANN.reason):
        assert hidden is not None
        assert hidden not in str(error)
        # The mail server of the test logs too, on its own side.
        logged = (r.getMessage() for r in caplog.records if not r.name.startswith("mail."))
        assert hidden not in "\n".join(logged)
    assert error.__cause__ is None or SECRET not in str(error.__cause__)


def test_is_recognisable_when_it_is_repeated(rig: Rig) -> None:
    rig.send()
    rig.send()
    rig.send(delivery_id="fedcba9876543210")
    ids = [text.count("01234567") for text in rig.raw()]
    assert ids[0] >= 1
    assert ids == [ids[0], ids[0], 0]


@pytest.mark.parametrize(
    "news, needed",
    [
        (News("addition", NOON, text="it was blue", follows="abc"), ["it was blue"]),
        (
            News("correction", NOON, changes=(Change("phone", None, "+4930123"),), follows="abc"),
            ["+4930123"],
        ),
        (News("cancelled", NOON, follows="abc"), ["cancelled"]),
        (News("addition", NOON, text="it was blue"), ["it was blue", "I want an agent"]),
    ],
    ids=["addition", "correction", "cancelled", "the first was missed"],
)
def test_tells_what_the_visitor_does_later(rig: Rig, news: News, needed: list[str]) -> None:
    rig.send(news=news)
    (text,) = rig.texts()
    assert ANN.reference in text
    for part in needed:
        assert part in text


def test_marks_answers_that_could_not_be_checked(rig: Rig) -> None:
    rig.send(email="ann@example,org", unverified=("email",))
    (text,) = rig.texts()
    assert "ann@example,org" in text
    assert "(not verified)" in text or '"unverified": [\n   "email"\n  ]' in text


def test_marks_a_test(rig: Rig) -> None:
    rig.send(test=True)
    assert "test" in rig.texts()[0].lower()
    rig.send()
    assert "test" not in rig.texts()[1].lower()


HOSTILE = [
    "<!channel> <https://evil.example|click> & *bold* `code` @here",
    '"}]}, {"text": "x\\',
    "<img src=x onerror=alert(1)>{{ 7*7 }}",
    "Robert'); DROP TABLE requests;--",
    "مرحبا 🙂 李",
]
BROKEN = ["Ann\r\nBcc: eve@example.org", "a\x00b\x1b[31m", "half \ud83d an emoji", "x" * 20_000]


def hostile(text: str) -> dict[str, Any]:
    """The text in every field that a visitor can reach."""
    return {
        "name": text,
        "email": text,
        "phone": text,
        "reason": text,
        "page_url": text,
        "unverified": ("name", "email", "phone", "reason"),
        "transcript": (Line(NOON, "visitor", text),),
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_shows_hostile_text_as_it_was_typed(rig: Rig, text: str) -> None:
    rig.send(**hostile(text))
    (shown,) = rig.texts()
    assert text in shown or json.dumps(text)[1:-1].replace('\\"', '"') in shown


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("kind", [None, "addition", "correction"])
def test_carries_broken_text_in_every_field(rig: Rig, text: str, kind: str | None) -> None:
    news = kind and News(kind, NOON, text, (Change("name", text, text),))
    assert rig.send(**hostile(text), news=news)
    assert len(rig.texts()) == 1


DISCORDS = 2000
CONVERSATION = "{% for line in conversation %}{{ line.text }}\n{% endfor %}"
OWN = ChatMessage("{{ name }} waits", "About {{ reason }}, on {{ order_number }}.")


@pytest.mark.parametrize("rig", ["slack", "apprise"], indirect=True)
class TestOwnWords:
    """Where a message is made of words, the flow's designer may choose them."""

    def test_says_what_the_designer_wrote(self, rig: Rig) -> None:
        order = Added("order_number", "Order number", "AB-1234")
        rig.send(chat_message=OWN, answers=(order,))
        (text,) = rig.texts()
        assert text.startswith(f"{ANN.name} waits\n")
        assert f"About {ANN.reason}, on AB-1234." in text
        assert "E-mail" not in text

    def test_is_recognisable_and_leads_to_the_request_all_the_same(self, rig: Rig) -> None:
        rig.send(chat_message=OWN)
        (text,) = rig.texts()
        assert "message 01234567" in text
        assert f"{TEAM_URL}/admin/requests/{ANN.reference}" in text

    def test_keeps_the_way_to_all_of_it_where_a_service_cuts(self, rig: Rig) -> None:
        lines = tuple(Line(NOON, "visitor", "line " * 20) for _ in range(100))
        rig.send(chat_message=replace(OWN, text=CONVERSATION), transcript=lines)
        (text,) = rig.texts()
        assert "…" in text
        assert f"{TEAM_URL}/admin/requests/{ANN.reference}" in text
        assert len(text) < DISCORDS or "unfurl_links" in rig.raw()[0]

    def test_tells_what_happens_later_in_the_products_words(self, rig: Rig) -> None:
        rig.send(chat_message=OWN, news=News("addition", NOON, text="it was blue", follows="abc"))
        (text,) = rig.texts()
        assert "adds to the request" in text
        assert "waits" not in text

    def test_says_that_a_test_is_one(self, rig: Rig) -> None:
        rig.send(chat_message=OWN, test=True)
        assert "waits" not in rig.texts()[0]

    def test_tells_the_team_all_the_same_when_they_fail(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig.send(chat_message=replace(OWN, text="{% for a in name.b.c %}{% endfor %}"))
        assert f"{ANN.name} asks for a person" in rig.texts()[0]
        assert "cannot be rendered" in caplog.text

    def test_has_a_title_when_the_designers_comes_to_nothing(self, rig: Rig) -> None:
        rig.send(chat_message=replace(OWN, title="{% if not can_reply %}Call!{% endif %}"))
        assert rig.texts()[0].startswith(f"{ANN.name} asks for a person")

    @pytest.mark.parametrize("text", [*HOSTILE, *BROKEN])
    def test_carries_whatever_a_visitor_typed(self, rig: Rig, text: str) -> None:
        both = ChatMessage("{{ name }}", "{{ reason }} {{ page_url }} {{ conversation }}")
        assert rig.send(**hostile(text), chat_message=both)
        (shown,) = rig.texts()
        if text in HOSTILE:
            assert text in shown


def test_has_a_contract_for_every_kind() -> None:
    from support.channel_kinds import KINDS
    from support.senders import KINDS as CLASSES

    assert set(RIGS) == {"email", *KINDS}
    assert set(CLASSES) == set(KINDS)


@pytest.mark.parametrize("quote", [str, json.dumps])
def test_repeats_nothing_of_what_the_visitor_said_when_a_web_hook_quotes_it(
    quote: Callable[[str], str],
) -> None:
    told = News("addition", NOON, text='It is "blue",\nnot José\'s')
    message = replace(ANN, name="José Lee", news=told, asked_as="Jo Lee")
    said = (message.name, told.text, "Jo Lee", ANN.email, ANN.reason)
    with serving() as server:
        hook = Webhook({"url": f"http://{server.host}/", "signing_key": SECRET}, HERE, TEAM_URL)
        for text in said:
            server.answers(422, f"no: {quote(text or '')}".encode())
            with pytest.raises(DeliveryError) as failed:
                hook.send(message)
            assert str(failed.value).endswith(("no: …", 'no: "…"')), text
