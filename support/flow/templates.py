"""The templates of what the team is told: checking and rendering them.

Designers write them, so they are Jinja2 without anything that calls, imports or computes
(`template_rules.py`, `template_environment.py`).
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

from support.flow import sample_request, template_rules
from support.flow.document import ChatMessage, FlowField, Mail
from support.flow.template_environment import compiled, environment, one_line

Words = TypeVar("Words", bound="Mail | ChatMessage")
MAX_TEMPLATE = 20_000
MAX_HEAD = 200
MAX_RENDERED = 1_000_000
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


def problem(words: Mail | ChatMessage, fields: Sequence[FlowField]) -> tuple[str, str] | None:
    """The part at fault and why it cannot be rendered, None when all can."""
    for part, source in asdict(words).items():
        why = _problem(source, MAX_TEMPLATE if part == "text" else MAX_HEAD, fields)
        if why:
            return part, why
        if part != "text" and "\n" in source.strip():
            return part, "It has more than one line."
    return None


def variables(words: Mail | ChatMessage) -> set[str]:
    """What they put in, of templates that have been checked."""
    parsed = (environment().parse(source) for source in asdict(words).values())
    return set().union(*map(meta.find_undeclared_variables, parsed))


def rendered(words: Words, values: Mapping[str, Any]) -> Words:
    """What they come to, everything but the text in one line. Raises TemplateError."""
    try:
        parts = {part: _rendered(source, values) for part, source in asdict(words).items()}
    except TemplateError:
        raise
    except Exception as error:
        raise TemplateError(type(error).__name__) from error
    return type(words)(**{p: t if p == "text" else one_line(t) for p, t in parts.items()})


def _rendered(source: str, values: Mapping[str, Any]) -> str:
    pieces, length = [], 0
    for piece in compiled(source).generate(values):
        length += len(piece)
        if length > MAX_RENDERED:
            raise TemplateError(f"It comes to more than {MAX_RENDERED} characters.")
        pieces.append(piece)
    return "".join(pieces)


def _problem(source: Any, most: int, fields: Sequence[FlowField]) -> str | None:
    if not isinstance(source, str) or not source.strip():
        return "It is empty."
    if len(source) > most:
        return f"It has {len(source)} characters; at most {most} are possible."
    try:
        parsed = environment().parse(source)
    except TemplateSyntaxError as error:
        return f"Line {error.lineno}: {error.message}"
    except (RecursionError, ValueError) as error:
        return f"It cannot be read: {error}"
    return template_rules.broken(parsed) or _unknown(parsed, fields) or _fails(source, fields)


def _unknown(parsed: nodes.Template, fields: Sequence[FlowField]) -> str | None:
    known = {*VARIABLES, *(field.name for field in fields)}
    unknown = meta.find_undeclared_variables(parsed) - known
    for node in parsed.find_all(nodes.Name):
        if node.name in unknown:
            return (
                f"Line {node.lineno}: there is nothing called {node.name}. These can be used: "
                f"{', '.join(sorted(known))}."
            )
    return None


def _fails(source: str, fields: Sequence[FlowField]) -> str | None:
    for verified in (True, False):
        try:
            _rendered(source, sample_request.values(fields, verified=verified))
        except TemplateSyntaxError as error:
            return f"Line {error.lineno}: {error.message}"
        except Exception as error:
            lines = [
                frame.lineno
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == "<template>"
            ]
            return f"Line {lines[-1] if lines else 1}: {error}"
    return None
