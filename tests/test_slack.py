"""Slack's own: what it takes, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from support.errors import DeliveryError
from support.flow.document import ChatMessage
from support.guard import Guard
from support.notifications.message import Added, Line
from support.notifications.slack import FIELD_LENGTH, HEADER_LENGTH, TEXT_LENGTH, Slack
from tests.http_server import HttpServer, serving
from tests.test_email import ANN, NOON

HERE = Guard(["127.0.0.1"])


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with serving() as server:
        yield server


def slack(server: HttpServer | None = None, team_url: str | None = None) -> Slack:
    """A webhook that leads to the server."""
    host = server.host if server else "127.0.0.1"
    return Slack({"url": f"http://{host}/services/T0/B0/secret"}, HERE, team_url)


def texts(part: Any) -> Iterator[dict[str, Any]]:
    """Every text of a message, with its kind."""
    if isinstance(part, dict):
        if part.get("type") in ("plain_text", "mrkdwn"):
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from texts(item)


# From https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors"
@pytest.mark.parametrize(
    "status, word, permanent",
    [
        (400, "invalid_payload", True),
        (400, "user_not_found", True),
        (400, "no_text", True),
        (400, "too_many_attachments", True),
        (403, "invalid_token", True),
        (403, "action_prohibited", True),
        (403, "posting_to_general_channel_denied", True),
        (403, "team_disabled", True),
        (404, "channel_not_found", True),
        (404, "no_service", True),
        (404, "no_team", True),
        (410, "channel_is_archived", True),
        (429, "rate_limited", False),
        (500, "rollup_error", False),
        (503, "service_unavailable", False),
    ],
)
def test_knows_what_slacks_answers_mean(
    server: HttpServer, status: int, word: str, permanent: bool
) -> None:
    server.answers(status, word.encode())
    with pytest.raises(DeliveryError) as failed:
        slack(server).send(ANN)
    assert str(failed.value) == f"Slack answered {status}: {word}"
    assert failed.value.permanent is permanent


def test_heeds_how_long_slack_wants_to_be_left_alone(server: HttpServer) -> None:
    server.answers(429, b"rate_limited", Retry_After="30")
    with pytest.raises(DeliveryError) as failed:
        slack(server).send(ANN)
    assert failed.value.retry_after == 30


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b'{"ok": false}', b"no_service"])
def test_takes_only_ok_for_an_acceptance(server: HttpServer, body: bytes) -> None:
    server.answers(200, body)
    with pytest.raises(DeliveryError, match="answered 200, but not") as failed:
        slack(server).send(ANN)
    assert not failed.value.permanent
    assert "Sign in" not in str(failed.value)


def test_escapes_what_slack_would_read_as_markup() -> None:
    evil = "<!channel> & <https://evil.example|here>"
    message = slack().render(replace(ANN, name=evil, reason=evil))
    written = json.dumps(message)
    assert "<!channel>" not in written
    assert "<https://evil" not in written
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;" in written


def test_writes_only_its_own_link_as_markup() -> None:
    message = slack(team_url="https://example.org").render(replace(ANN, reason="*bold* _it_"))
    marked = [text["text"] for text in texts(message) if text["type"] == "mrkdwn"]
    assert marked == [f"<https://example.org/admin/requests/{ANN.reference}|Open the request>"]


def test_has_no_link_where_there_is_none_to_give() -> None:
    assert not [text for text in texts(slack().render(ANN)) if text["type"] == "mrkdwn"]


@pytest.mark.parametrize("letter", ["x", "&", "🙂", "<"])
def test_keeps_to_slacks_limits(letter: str) -> None:
    long = letter * 20_000
    transcript = tuple(Line(NOON, "visitor", letter * 400) for _ in range(100))
    message = slack().render(
        replace(ANN, name=long, email=long, phone=long, reason=long, transcript=transcript)
    )
    many = tuple(Added(f"field_{n}", "Label", letter * 2000) for n in range(20))
    keeps_to_the_limits(slack().render(replace(ANN, answers=many)))
    own = ChatMessage("{{ name }}", "{{ reason }}{{ conversation }}")
    keeps_to_the_limits(message)
    keeps_to_the_limits(slack().render(replace(ANN, name=long, reason=long, chat_message=own)))


def keeps_to_the_limits(message: dict[str, Any]) -> None:
    assert len(message["blocks"]) <= 50
    assert len(message["text"]) <= TEXT_LENGTH
    for block in message["blocks"]:
        limit = HEADER_LENGTH if block["type"] == "header" else TEXT_LENGTH
        fields = block.get("fields", ())
        assert len(fields) <= 10
        assert all(len(field["text"]) <= FIELD_LENGTH for field in fields)
        assert all(len(text["text"]) <= limit for text in texts(block))


def test_keeps_the_end_of_a_long_conversation() -> None:
    transcript = tuple(Line(NOON, "visitor", f"line {number} " + "x" * 100) for number in range(50))
    written = json.dumps(slack().render(replace(ANN, transcript=transcript)), ensure_ascii=False)
    assert "line 49" in written
    assert "line 0 " not in written
    assert "…\\nVisitor" in written
