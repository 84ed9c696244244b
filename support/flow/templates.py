"""The templates of what the team is told: what they may say and do, and rendering them.

Designers write them, so they are Jinja2 without anything that calls, imports or computes: only
values, conditions, loops and a few filters.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from support.flow import samples
from support.flow.document import ChatMessage, Mail

Words = TypeVar("Words", bound="Mail | ChatMessage")
MAX_TEMPLATE = 20_000
MAX_HEAD = 200
MAX_LOOPS = 2
NOT_GIVEN = "not given"
# Wide enough for the default mail's column of labels.
COLUMN = 12
VARIABLES = {
    "reference": "the request's reference, such as R-7KQ9M",
    "name": "the visitor's name",
    "email": "the visitor's e-mail address, or “not given”",
    "phone": "the visitor's phone number, or “not given”",
    "reason": "what it is about",
    "answers": "all answers but the reason; each has label, value, name, verified",
    "unverified": "the names of answers that could not be checked",
    "asked_at": "when the visitor asked, in UTC",
    "asked_from": "the channel, and the page if it is known",
    "can_reply": "whether replying to a mail reaches the visitor",
    "conversation": "the conversation; each line has time, who, text",
}
FILTERS = ("one_line", "column", "indent", "upper", "lower", "title", "trim", "default", "length",
           "first", "last", "join")  # fmt: skip
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.CondExpr, nodes.Assign, nodes.Keyword,
)  # fmt: skip
_TESTS = ("defined", "undefined", "none", "equalto", "eq", "ne", "in")


class NotGiven(Undefined):
    """An answer to a field that this request was not asked for."""

    def __str__(self) -> str:
        return NOT_GIVEN


def problem(words: Mail | ChatMessage, field_names: Iterable[str]) -> tuple[str, str] | None:
    """The part at fault and why it cannot be rendered, None when all can."""
    known = {*VARIABLES, *field_names}
    for part, source in asdict(words).items():
        why = _problem(source, MAX_TEMPLATE if part == "text" else MAX_HEAD, known)
        if why:
            return part, why
        if part != "text" and "\n" in source.strip():
            return part, "It has more than one line."
    return None


def variables(words: Mail | ChatMessage) -> set[str]:
    """What they put in, of templates that have been checked."""
    parsed = (_environment().parse(source) for source in asdict(words).values())
    return set().union(*map(meta.find_undeclared_variables, parsed))


def rendered(words: Words, values: Mapping[str, Any]) -> Words:
    """What they come to, everything but the text in one line. Raises TemplateError."""
    try:
        parts = {
            part: _environment().from_string(source).render(values)
            for part, source in asdict(words).items()
        }
    except TemplateError:
        raise
    except Exception as error:
        raise TemplateError(type(error).__name__) from error
    return type(words)(**{p: t if p == "text" else one_line(t) for p, t in parts.items()})


def sample(fields: Iterable[Any]) -> dict[str, Any]:
    """A request's values as templates see them, for checking and previewing.

    fields: those of the flow, as `FlowField`s.
    """
    made = {"name": "Ann Lee", "email": "ann@example.org", "phone": "+12025550123"}
    answers = []
    reason = "My order 4711 has not arrived, and the tracking page shows nothing."
    for field in fields:
        value = made.get(field.name) or _made_up(field)
        if field.name == "reason":
            continue
        made[field.name] = value
        answers.append({"name": field.name, "label": field.label, "value": value, "verified": True})
    return {
        **dict.fromkeys(("name", "email", "phone"), NOT_GIVEN),
        **made,
        "reason": reason,
        "reference": "R-7KQ9M",
        "answers": answers,
        "unverified": [],
        "asked_at": "2026-12-24 12:00 UTC",
        "asked_from": "website chat, https://example.org/help",
        "can_reply": "email" in {answer["name"] for answer in answers},
        "conversation": [
            {"time": "12:00:00", "who": "Visitor", "text": "I want to talk to a person"},
            {"time": "12:00:01", "who": "Assistant", "text": "First, what's your name?"},
            {"time": "12:00:09", "who": "Visitor", "text": "Ann Lee"},
        ],
    }


def one_line(text: object) -> str:
    """Text safe in a header: line breaks and control characters become blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _problem(source: Any, most: int, known: set[str]) -> str | None:
    if not isinstance(source, str) or not source.strip():
        return "It is empty."
    if len(source) > most:
        return f"It has {len(source)} characters; at most {most} are possible."
    try:
        parsed = _environment().parse(source)
        _environment().from_string(source)
    except TemplateSyntaxError as error:
        return f"Line {error.lineno}: {error.message}"
    except RecursionError:
        return "It is nested too deeply."
    return _forbidden(parsed) or _unknown(parsed, known) or _fails(source, known)


def _forbidden(parsed: nodes.Template) -> str | None:
    for node in parsed.find_all(nodes.Node):
        if not isinstance(node, _NODES):
            what = type(node).__name__.lower()
            return (
                f"Line {node.lineno}: {what} is not possible here. Use values, if, for, and the "
                f"filters {', '.join(FILTERS)}."
            )
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            return f"Line {node.lineno}: the filter {node.name} is not one of {', '.join(FILTERS)}."
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            return f"Line {node.lineno}: the test {node.name} is not one of {', '.join(_TESTS)}."
    if _depth(parsed) > MAX_LOOPS:
        return f"It has loops in loops in loops; at most {MAX_LOOPS} are possible."
    if any(each.recursive for each in parsed.find_all(nodes.For)):
        return "A loop is recursive; only plain ones are possible."
    return None


def _depth(node: nodes.Node) -> int:
    inner = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)


def _unknown(parsed: nodes.Template, known: set[str]) -> str | None:
    unknown = meta.find_undeclared_variables(parsed) - known
    for node in parsed.find_all(nodes.Name):
        if node.name in unknown:
            return (
                f"Line {node.lineno}: there is nothing called {node.name}. These can be used: "
                f"{', '.join(sorted(known))}."
            )
    return None


def _fails(source: str, known: set[str]) -> str | None:
    values = {**dict.fromkeys(known, "4711"), **sample(())}
    try:
        _environment().from_string(source).render(values)
    except Exception as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == "<template>"
        ]
        return f"Line {lines[-1] if lines else 1}: {error}"
    return None


def _made_up(field: Any) -> str:
    if field.type == "choice":
        return str(field.choices[0])
    if field.type == "number":
        return field.min or "42"
    if field.type == "pattern":
        return samples.like(field.pattern) or "A1234567"
    made = {"date": "2026-12-24", "email": "bob@example.org", "phone": "+12025550188"}
    return made.get(field.type, "A1234567")


def _column(text: object) -> str:
    return f"{text!s:<{COLUMN - 1}} "


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=NotGiven,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    ours: dict[str, Callable[..., Any]] = {"one_line": one_line, "column": _column}
    kept = {name: environment.filters[name] for name in FILTERS if name not in ours}
    environment.filters.clear()
    environment.filters.update({**kept, **ours})
    environment.filters["indent"] = _indent
    return environment


def _indent(text: object, width: int = 4) -> str:
    # Jinja2's own takes any width, and so any amount of memory.
    return re.sub(r"\n(?=.)", "\n" + " " * min(int(width), 40), str(text))
