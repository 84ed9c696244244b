"""A whole flow as one YAML file, to review it and to keep it in git."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.scalarstring import LiteralScalarString

from support.errors import FlowError

HEAD = "# The handoff flow, as exported from Support Operations, which also imports it.\n"
MAX_SIZE = 2_000_000
MAX_DEPTH = 20


def written(document: Mapping[str, Any]) -> str:
    """The document as a file."""
    yaml = YAML()
    yaml.width = 4096  # type: ignore[assignment]
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(_with_blocks(dict(document)), out)
    return HEAD + out.getvalue()


def read(text: str) -> dict[str, Any]:
    """The document that a file holds, not checked yet. Raises FlowError."""
    if len(text) > MAX_SIZE:
        raise FlowError([("file", f"It has {len(text)} characters; at most {MAX_SIZE}.")])
    _look_over(text)
    try:
        found = YAML(typ="safe").load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"Line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise FlowError([("file", f"{where}{what}.")]) from None
    try:
        json.dumps(found, default=str, skipkeys=True)
    except ValueError:
        # Written in hexadecimal it can be read, and never again be shown.
        raise FlowError([("file", "It holds a number with thousands of digits.")]) from None
    if not isinstance(found, dict):
        raise FlowError([("file", "It holds no flow; export one to see what it looks like.")])
    return found


def _look_over(text: str) -> None:
    """Refuse what costs far more than its size to read, before it is read. Raises FlowError."""
    depth = 0
    try:
        for event in YAML(typ="safe").parse(text):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                # The loader calls itself for each level, and ends the process when it cannot.
                raise FlowError([("file", "It is nested too deeply to be a flow.")])
            if getattr(event, "anchor", None):
                # A few lines of references can stand for gigabytes.
                why = "It uses references (& and *); write everything out."
                raise FlowError([("file", why)])
    except (YAMLError, ValueError):
        return


def _with_blocks(value: Any) -> Any:
    """Texts of several lines are written line by line."""
    if isinstance(value, dict):
        return {key: _with_blocks(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_blocks(each) for each in value]
    several = isinstance(value, str) and "\n" in value and value == _plain(value)
    return LiteralScalarString(value) if several else value


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))
