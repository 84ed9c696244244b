"""Jinja2 as designers may use it: values, conditions, loops and a few filters that cannot grow."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import Template, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOT_GIVEN = "not given"
FILTERS = ("one_line", "column", "indent", "upper", "lower", "title", "trim", "default", "length",
           "first", "last", "join")  # fmt: skip
# Wide enough for the default mail's column of labels.
COLUMN = 12
MAX_INDENT = 40
MAX_SEPARATOR = 20
COMPILED_KEPT = 64


class NotGiven(Undefined):
    """An answer to a field that this request was not asked for."""

    def __str__(self) -> str:
        return NOT_GIVEN


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Made once: no globals, no filters but FILTERS."""
    made = ImmutableSandboxedEnvironment(
        undefined=NotGiven,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.clear()
    ours: dict[str, Callable[..., Any]] = {
        "one_line": one_line,
        "column": _column,
        "indent": _indent,
        "join": _join,
    }
    made.filters = {name: ours.get(name) or made.filters[name] for name in FILTERS}
    return made


@lru_cache(maxsize=COMPILED_KEPT)
def compiled(source: str) -> Template:
    """The template, ready to render. Raises whatever reading it does."""
    return environment().from_string(source)


def one_line(text: object) -> str:
    """Text safe in a header: line breaks and control characters become blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _column(text: object) -> str:
    return f"{text!s:<{COLUMN - 1}} "


# Jinja2's own take any width and any separator, of a text's letters too, and so any memory.
def _indent(text: object, width: int = 4) -> str:
    return re.sub(r"\n(?=.)", "\n" + " " * min(int(width), MAX_INDENT), str(text))


def _join(values: object, separator: object = "", attribute: str | None = None) -> str:
    if not isinstance(values, (list, tuple)):
        return str(values)
    if attribute is not None:
        values = [each.get(attribute, NOT_GIVEN) for each in values if isinstance(each, dict)]
    return str(separator)[:MAX_SEPARATOR].join(map(str, values))
