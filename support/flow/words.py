"""What is different between two flows, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from support.flow.document import ChatMessage, Flow, FlowField, Mail, same

SHOWN = 120
OPTIONS = {
    "type": "type", "label": "label", "question": "question", "hint": "hint",
    "error": "error text", "choices": "choices", "pattern": "pattern", "min": "least",
    "max": "greatest",
}  # fmt: skip


def differences(before: Flow, after: Flow) -> list[str]:
    """One sentence for each difference; none when they are the same."""
    return [
        *_phrases(before, after),
        *_fields(before.fields, after.fields),
        *_texts(before.messages, after.messages),
        *_template("Mail", before.notification, after.notification),
        *_template("Message to chat channels", before.chat_message, after.chat_message),
    ]


def _phrases(before: Flow, after: Flow) -> Iterator[str]:
    old = {same(phrase): phrase for phrase in before.trigger_phrases}
    new = {same(phrase): phrase for phrase in after.trigger_phrases}
    for key, phrase in new.items():
        if key not in old:
            yield f"Trigger phrase added: “{phrase}”"
    for key, phrase in old.items():
        if key not in new:
            yield f"Trigger phrase removed: “{phrase}”"


def _fields(before: tuple[FlowField, ...], after: tuple[FlowField, ...]) -> Iterator[str]:
    old = {each.name: each for each in before}
    new = {each.name: each for each in after}
    for each in after:
        if each.name not in old:
            needed = "required" if each.required else "optional"
            yield f"Field added: “{each.label}” ({each.name}, {each.type}, {needed})"
    for each in before:
        if each.name not in new:
            yield f"Field removed: “{each.label}” ({each.name})"
    common = [name for name in old if name in new]
    if common != [name for name in new if name in old]:
        yield "Fields are asked in another order: " + ", ".join(each.label for each in after)
    for name in common:
        yield from _field(old[name], new[name])


def _field(before: FlowField, after: FlowField) -> Iterator[str]:
    if before.required != after.required:
        yield f"Field “{after.label}” is now {'required' if after.required else 'optional'}"
    for option, called in OPTIONS.items():
        was, now = getattr(before, option), getattr(after, option)
        if was != now:
            yield f"Field “{after.label}”, {called}: {_shown(was)} → {_shown(now)}"


def _texts(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for key, text in after.items():
        if key in before and before[key] != text:
            yield f"Message {key}: {_shown(before[key])} → {_shown(text)}"


def _template(called: str, before: Mail | ChatMessage, after: Mail | ChatMessage) -> Iterator[str]:
    new = asdict(after)
    for part, was in asdict(before).items():
        if was != new[part]:
            # A whole template is too much for a line.
            change = "changed" if part == "text" else f"{_shown(was)} → {_shown(new[part])}"
            yield f"{called}, {part}: {change}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    text = " ".join(str(value or "").split())
    if not text:
        return "none"
    return f"“{text[:SHOWN]}…”" if len(text) > SHOWN else f"“{text}”"
