"""Rasa's structured lines, as Rasa itself sets them up, after ours has seen to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.config import PROJECT

SAID = "my purple trombone is broken"
SCRIPT = f"""
import logging, sys
from rasa.utils.log_utils import configure_structlog
import structlog
logging.basicConfig(stream=sys.stderr, level=logging.INFO)
configure_structlog(logging.INFO)
early = structlog.get_logger("early")
early.info("before", text="nothing yet")

from components import rasa_logs
from support import log_lines
rasa_logs.withhold()
rasa_logs.withhold()
log_lines.install("json")
sys.stderr.write("--\\n")

def fail(text):
    raise ValueError(text)

late = structlog.get_logger("late")
for logger in (early, late):
    logger.warning("message.parsing.failed", user_text={SAID!r}, rasa_events=[{SAID!r}], count=3)
    logger.info("100 % sure", action_name="action_listen", confidence=0.5)
    logger.info("nothing beside")
    logger.info("100 % alone")
    logger.debug("not shown", user_text={SAID!r})
    try:
        fail({SAID!r})
    except ValueError:
        logger.exception("rest.message.received.failure", text={SAID!r})
        logger.error("again", exc_info=True)
"""


@pytest.fixture(scope="module")
def written() -> list[dict[str, Any]]:
    """What both loggers have written: one that had been used before, and a new one."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        cwd=PROJECT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "trombone" not in ran.stdout
    lines = ran.stderr.partition("--\n")[2].splitlines()
    return [json.loads(line) for line in lines]


def test_lets_no_text_through(written: list[dict[str, Any]]) -> None:
    assert "trombone" not in json.dumps(written)


def test_says_what_it_withholds(written: list[dict[str, Any]]) -> None:
    failed = [line for line in written if line["event"] == "message.parsing.failed"]
    assert [line["withheld"] for line in failed] == ["rasa_events,user_text"] * 2
    assert [line["count"] for line in failed] == [3, 3]


def test_keeps_names_and_numbers(written: list[dict[str, Any]]) -> None:
    sure = [line for line in written if line["event"] == "100 % sure"]
    assert [(line["action_name"], line["confidence"]) for line in sure] == [
        ("action_listen", 0.5)
    ] * 2


def test_keeps_the_level_and_the_logger(written: list[dict[str, Any]]) -> None:
    assert {line["level"] for line in written} == {"info", "warning", "error"}
    assert [line["event"] for line in written].count("nothing beside") == 2
    assert [line["event"] for line in written].count("100 % alone") == 2


def test_tells_where_an_exception_was_without_the_values_there(
    written: list[dict[str, Any]],
) -> None:
    broken = [line for line in written if "error" in line]
    assert len(broken) == 4
    assert all(line["error"] == "ValueError" and "in fail" in line["trace"] for line in broken)
