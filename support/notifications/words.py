"""The words that all channels share: the same news, whether in a mail or in a chat."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from support.flow.template_environment import one_line
from support.notifications.message import Line, Message

TEMPLATES = Path(__file__).parent / "templates"
LABELS = {"name": "Name", "email": "E-mail", "phone": "Phone", "reason": "What it is about"}
TEST_NOTE = "This is a test from Support Operations: no visitor has asked for anything."
MISSED = "The first message about this request did not get through, so all of it is here."
HEADLINES = {
    "addition": "adds to the request",
    "correction": "corrects the request",
    "cancelled": "has cancelled the request",
}


def templates() -> Environment:
    """The mails' templates."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["one_line"] = one_line
    made.globals["test_note"] = TEST_NOTE
    return made


def clean(text: str) -> str:
    """Text without control characters, its line breaks kept; half an emoji becomes a blank."""
    return "\n".join(one_line(line) for line in text.splitlines()).strip()


def shortened(text: str, length: int) -> str:
    """Text of at most so many characters, with a sign where it is cut."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def headline(message: Message) -> str:
    """What this message is, in one line."""
    what = HEADLINES[message.news.kind] if message.news else "asks for a person"
    line = f"{one_line(message.name)} {what} ({message.reference})"
    return f"Test: {line}" if message.test else line


def labels(message: Message) -> dict[str, str]:
    """What the team calls each field, those that a designer added among them."""
    return {**LABELS, **{each.name: one_line(each.label) for each in message.answers}}


def said(message: Message) -> str:
    """What the visitor said this time."""
    news = message.news
    if news is None:
        return clean(message.reason)
    if news.kind == "addition":
        return clean(news.text)
    if news.kind == "correction":
        called = labels(message)
        return "\n".join(
            f"{called.get(change.field, change.field)}: {one_line(change.new or 'not given')} "
            f"(before: {one_line(change.old or 'not given')})"
            for change in news.changes
        )
    return "No answer is expected any more."


def facts(message: Message) -> list[tuple[str, str]]:
    """Who asks, as it stands now: labels and values, each in one line."""
    # Not by label: a designer may call a field "Where".
    values = [
        ("Name", _marked(message, "name", message.name)),
        ("E-mail", _marked(message, "email", message.email)),
        ("Phone", _marked(message, "phone", message.phone)),
        *((each.label, _marked(message, each.name, each.value)) for each in message.answers),
        ("Asked", f"{message.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Where", message.asked_from),
    ]
    return [(one_line(label), one_line(value)) for label, value in values]


def conversation(message: Message, length: int) -> str:
    """The newest lines of the conversation that have room in `length` characters."""
    lines = [_line(line) for line in message.transcript]
    room = length - len("…\n")
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*(["…"] if len(kept) < len(lines) else []), *reversed(kept)])


def is_whole(message: Message) -> bool:
    """Whether the message stands alone: the first about its request that this target gets."""
    return message.news is None or message.news.follows is None


def mark(message: Message) -> str:
    """What makes a repeat of this message recognisable to people."""
    return f"{message.reference} · message {message.delivery_id[:8]}"


def link(message: Message, team_url: str | None) -> str | None:
    """Where the team finds the request; None when it is not known or there is no request."""
    if team_url is None or message.test:
        return None
    return f"{team_url}/admin/requests/{message.reference}"


def _line(line: Line) -> str:
    who = "Visitor" if line.who == "visitor" else "Assistant"
    return f"{who}: {one_line(line.text)}"


def _marked(message: Message, field: str, value: str | None) -> str:
    return (value or "not given") + (" (not verified)" if field in message.unverified else "")
