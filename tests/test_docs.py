"""The documents name everything that can be set, and everything a designer meets."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from support.channel_kinds import KINDS
from support.config import PROJECT
from support.settings import SETTINGS
from tests.assistant import domain

DOCS = PROJECT / "docs"


def variables() -> set[str]:
    """The environment variables that support/config.py reads."""
    source = (PROJECT / "support/config.py").read_text(encoding="utf-8")
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    texts = (node.value for node in constants if isinstance(node.value, str))
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]*[A-Z]", text)}


def missing_in(names: set[str], *files: Path) -> list[str]:
    """Those of the names that stand nowhere in the files as a word."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    return sorted(name for name in names if not re.search(rf"(?<!\w){name}(?!\w)", text))


def test_finds_the_variables_to_look_for() -> None:
    assert {"SMTP_URL", "ADMIN_TOKEN", "MAILBOX_PORT", "CONVERSATIONS_URL"} <= variables()


def test_lists_every_variable_in_the_example_file() -> None:
    assert missing_in(variables(), PROJECT / ".env.example") == []


def test_lists_no_variable_that_nobody_reads() -> None:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?\s?([A-Z][A-Z_]+)=", text, re.M)) <= variables()


def test_explains_every_variable() -> None:
    assert missing_in(variables(), DOCS / "configuration.md") == []


def test_explains_every_setting() -> None:
    assert missing_in({setting.name for setting in SETTINGS}, *DOCS.rglob("*.md")) == []


def test_names_every_action_and_form() -> None:
    names = {*domain()["actions"], *domain()["forms"]}
    assert missing_in(names, *DOCS.rglob("*.md")) == []


def test_explains_every_kind_of_channel() -> None:
    assert missing_in(set(KINDS), DOCS / "admins.md") == []
