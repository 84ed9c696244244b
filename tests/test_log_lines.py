"""What a line of the log holds, in both forms."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from support import log_lines, logs
from support.errors import ConfigError, SettingsError
from support.log_lines import Fields, JsonLines, TextLines

SAID = "my purple trombone is broken"
FORMATTERS = (TextLines(), JsonLines())


def record(message: Any, *arguments: Any, name: str = "support.test", **more: Any) -> Any:
    """What a logger hands to its handlers."""
    return logging.getLogger(name).makeRecord(
        name, logging.WARNING, __file__, 1, message, arguments, more.get("exc_info")
    )


def raised(error: Exception) -> Any:
    """`exc_info` of an exception that came from somewhere."""
    try:
        raise error
    except Exception:
        return sys.exc_info()


def test_writes_a_line_for_people() -> None:
    line = TextLines().format(record("turn", Fields(ms=31.4, route="/a/{b}", note='say "hi"')))
    time, rest = line.split(" ", 1)
    assert time.endswith("Z")
    assert rest == r'WARNING  support.test  turn ms=31.4 route=/a/{b} note="say \"hi\""'


def test_writes_a_line_for_programs() -> None:
    line = json.loads(JsonLines().format(record("turn", Fields(ms=31.4, ready=True))))
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "support.test",
        "event": "turn",
        "ms": 31.4,
        "ready": True,
    }


def test_formats_other_peoples_sentences() -> None:
    assert TextLines().format(record("%s of %d", "one", 3)).endswith("  one of 3")
    assert TextLines().format(record("%(a)s", {"a": 1})).endswith("  1")


def test_keeps_one_json_object_on_one_line() -> None:
    line = JsonLines().format(record("one\ntwo\u2028three", exc_info=raised(ValueError("x\ny"))))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["event"] == "one\ntwo\u2028three"


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_tells_kind_and_place_of_an_exception_but_not_its_text(formatter: Any) -> None:
    line = formatter.format(record("It broke", exc_info=raised(ValueError(SAID))))
    assert "ValueError" in line
    assert "in raised" in line
    assert SAID not in line


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_takes_an_exception_as_its_kind_where_a_sentence_should_be(formatter: Any) -> None:
    line = formatter.format(record(ValueError(SAID)))
    assert "ValueError" in line
    assert SAID not in line


@pytest.mark.parametrize(
    "error, said",
    [
        (ValueError(SAID), "ValueError"),
        (SettingsError(SAID), "SettingsError"),
        (IntegrityError("INSERT", {}, sqlite3.IntegrityError(SAID)), "IntegrityError"),
        (
            OperationalError("INSERT", {"a": SAID}, sqlite3.OperationalError("database is locked")),
            "OperationalError: database is locked",
        ),
        (ConnectionRefusedError(111, "refused"), "ConnectionRefusedError: [Errno 111] refused"),
        (ConfigError("SMTP_URL is wrong"), "ConfigError: SMTP_URL is wrong"),
        (logs.TextWithheld("KeyError"), "KeyError"),
    ],
)
def test_says_what_cannot_quote_anybody(error: Exception, said: str) -> None:
    assert log_lines.said_by(error) == said


def test_says_nothing_of_errors_that_only_descend_from_the_systems() -> None:
    class RequestError(OSError):
        """As that of `requests`, with the URL in its text."""

    assert log_lines.said_by(RequestError(SAID)) == "RequestError"


@pytest.mark.parametrize(
    "message, arguments",
    [
        ("Exception occurred while handling uri: %s", (f"'http://x/?name={SAID}'",)),
        (f"Request: GET http://x/?reason={SAID.replace(' ', '%20')} stopped.", ()),
        (f'The error response will not be sent for: "{SAID}".', ()),
        (f"Task exception was never retrieved\nfuture: <Task exception={SAID!r}>", ()),
    ],
)
@pytest.mark.parametrize("name", ["sanic.error", "asyncio"])
@pytest.mark.parametrize("formatter", FORMATTERS)
def test_takes_quotations_out_of_the_servers_sentences(
    formatter: Any, name: str, message: str, arguments: tuple[Any, ...]
) -> None:
    line = formatter.format(record(message, *arguments, name=name))
    assert "trombone" not in line
    assert message[:5] in line


@pytest.fixture
def handler() -> Iterator[logging.Handler]:
    """One more handler of the process, which is then as it was."""
    root, last = logging.getLogger(), logging.lastResort
    before = {each: each.formatter for each in [*root.handlers, last] if each}
    added = logging.StreamHandler()
    root.addHandler(added)
    yield added
    root.removeHandler(added)
    logging.captureWarnings(False)
    for each, formatter in before.items():
        each.setFormatter(formatter)


@pytest.mark.parametrize("form, kind", [("text", TextLines), ("json", JsonLines)])
def test_writes_every_line_of_the_process_so(
    handler: logging.Handler, form: str, kind: type
) -> None:
    log_lines.install(form)
    assert isinstance(handler.formatter, kind)
    assert logging.lastResort
    assert isinstance(logging.lastResort.formatter, kind)
