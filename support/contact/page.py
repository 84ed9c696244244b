"""The contact form as a page: plain HTML that needs no script, and its style."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from support.form_fields import STANDARD

HERE = Path(__file__).parent / "templates"
STYLE = "contact.css"
# Machines fill in everything; people do not see this one.
TRAP = "homepage"
# Short words that must not be broken over two lines, a reference above all.
HYPHENED = re.compile(r"\b(\w{1,9}-\w{1,9})\b")
_INPUTS = {
    "name": ("text", "name"),
    "email": ("email", "email"),
    "phone": ("tel", "tel"),
    "reason": ("textarea", "off"),
}
Words = Callable[[str], str]


@dataclass(frozen=True)
class Input:
    """One field. autocomplete: what browsers may offer; length: most characters."""

    name: str
    type: str
    label: str
    required: bool
    autocomplete: str
    length: int
    text: str
    problem: str | None = None


@dataclass(frozen=True)
class View:
    """What the page shows. inputs: none when there is nothing to fill in.

    tone: of the message above everything, 'good', 'wait' or 'bad'.
    """

    message: str
    tone: str | None = None
    form_id: str = ""
    page_url: str = ""
    inputs: tuple[Input, ...] = field(default=())


def inputs(
    words: Words, texts: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> tuple[Input, ...]:
    """The form's fields, filled in with `texts`."""
    return tuple(
        Input(
            name=each.name,
            type=_INPUTS[each.name][0],
            label=words(f"utter_contact_label_{each.name}"),
            required=each.required,
            autocomplete=_INPUTS[each.name][1],
            length=each.length,
            text=texts.get(each.name, ""),
            problem=(problems or {}).get(each.name),
        )
        for each in STANDARD
    )


def render(view: View, words: Words) -> bytes:
    """The page. words: a response's text by its name."""
    text = _templates().get_template("contact.html").render(view=view, words=words, trap=TRAP)
    # What visitors typed may hold half a character, which UTF-8 cannot carry.
    return text.encode("utf-8", "replace")


@lru_cache(maxsize=1)
def style() -> bytes:
    """The page's style sheet."""
    return (HERE / STYLE).read_bytes()


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["hyphened"] = HYPHENED.split
    return made
