"""The flow as one document, and as the changes that it makes to the project's files.

Stored are the changes alone, so that a sentence or phrase that a developer adds to the files later
is in every version, and a flow that changes nothing is the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from support.fields import tidy
from support.flow import messages
from support.flow.project import Project
from support.form_fields import STANDARD, STANDARD_TYPES, Field, Fields

MAIL = Path(__file__).parent / "mail.txt"
SUBJECT = "[{{ reference }}] {{ name }} asks for a person"
CHAT_MESSAGE = Path(__file__).parent / "chat_message.txt"
TITLE = "{{ name }} asks for a person ({{ reference }})"
Json = dict[str, Any]


@dataclass(frozen=True)
class FlowField:
    """One field as its designer sees it. hint: what helps to answer, or why it is asked."""

    name: str
    type: str
    required: bool
    label: str
    question: str
    hint: str = ""
    error: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    min: str | None = None
    max: str | None = None

    def to_json(self) -> Json:
        """As in the document; options that do not belong to the type are left out."""
        row = asdict(self)
        for name in ("choices", "pattern", "min", "max"):
            if not row[name]:
                del row[name]
        return {**row, "choices": list(self.choices)} if self.choices else row

    def asked(self) -> Field:
        """What the form needs of it."""
        return Field(
            self.name, self.required, self.type, self.label,
            self.choices, self.pattern, self.min, self.max,
        )  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """The first mail to the team about a request: Jinja2 templates, or what they came to."""

    subject: str
    text: str


@dataclass(frozen=True)
class ChatMessage:
    """The same for Slack and every service behind Apprise, which take a title and plain text."""

    title: str
    text: str


@dataclass(frozen=True)
class Flow:
    """A whole, checked flow. messages: every sentence that belongs to no field, by key."""

    trigger_phrases: tuple[str, ...]
    fields: tuple[FlowField, ...]
    messages: Mapping[str, str]
    notification: Mail
    chat_message: ChatMessage

    def to_json(self) -> Json:
        """The document."""
        return {
            "trigger_phrases": list(self.trigger_phrases),
            "fields": [each.to_json() for each in self.fields],
            "messages": dict(self.messages),
            "notification": asdict(self.notification),
            "chat_message": asdict(self.chat_message),
        }

    def asked(self) -> Fields:
        """The fields as the form asks for them."""
        return Fields(tuple(each.asked() for each in self.fields))


@dataclass(frozen=True)
class Changes:
    """What a flow changes in the project's files; None: nothing there."""

    phrases_added: tuple[str, ...] = ()
    phrases_removed: tuple[str, ...] = ()
    fields: tuple[FlowField, ...] | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    notification: Mail | None = None
    chat_message: ChatMessage | None = None

    def to_json(self) -> Json:
        """As it is stored; what is not changed is left out."""
        row: Json = {
            "phrases_added": list(self.phrases_added),
            "phrases_removed": list(self.phrases_removed),
            "fields": [each.to_json() for each in self.fields] if self.fields else None,
            "messages": dict(self.messages),
            "notification": asdict(self.notification) if self.notification else None,
            "chat_message": asdict(self.chat_message) if self.chat_message else None,
        }
        return {name: value for name, value in row.items() if value}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Changes:
        """What `to_json` gave."""
        rows = row.get("fields")
        mail, chat_message = row.get("notification"), row.get("chat_message")
        return cls(
            tuple(row.get("phrases_added") or ()),
            tuple(row.get("phrases_removed") or ()),
            tuple(field_from_json(each) for each in rows) if rows else None,
            dict(row.get("messages") or {}),
            Mail(**mail) if mail else None,
            ChatMessage(**chat_message) if chat_message else None,
        )

    @property
    def fingerprint(self) -> str:
        """The same exactly as long as the changes are; empty when there are none."""
        row = self.to_json()
        canonical = json.dumps(row, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16] if row else ""


def field_from_json(row: Mapping[str, Any]) -> FlowField:
    """A field of a document that has been checked."""
    return FlowField(**{**row, "choices": tuple(row.get("choices") or ())})


def default(project: Project) -> Flow:
    """The flow as the files have it."""
    texts = messages.texts(project.responses())
    labels = _labels(texts)
    own = messages.of_fields()
    return Flow(
        project.phrases,
        tuple(
            FlowField(
                each.name,
                STANDARD_TYPES[each.name],
                each.required,
                labels.get(each.name, each.name),
                texts.get(messages.question_key(each.name), ""),
                texts.get(messages.hint_key(each.name), ""),
                texts.get(messages.error_key(each.name), ""),
            )
            for each in STANDARD
        ),
        {key: text for key, text in texts.items() if key not in own},
        Mail(SUBJECT, MAIL.read_text(encoding="utf-8")),
        ChatMessage(TITLE, CHAT_MESSAGE.read_text(encoding="utf-8")),
    )


def laid_over(changes: Changes, project: Project) -> Flow:
    """The whole flow: the files with these changes."""
    base = default(project)
    removed = {same(phrase) for phrase in changes.phrases_removed}
    kept = [phrase for phrase in base.trigger_phrases if same(phrase) not in removed]
    have = {same(phrase) for phrase in kept}
    added = [phrase for phrase in changes.phrases_added if same(phrase) not in have]
    # A sentence that the files have no more is no longer said.
    said = {key: text for key, text in changes.messages.items() if key in base.messages}
    return Flow(
        (*kept, *added),
        changes.fields or base.fields,
        {**base.messages, **said},
        changes.notification or base.notification,
        changes.chat_message or base.chat_message,
    )


def changes_of(flow: Flow, project: Project) -> Changes:
    """What the flow changes in the files."""
    base = default(project)
    before = {same(phrase): phrase for phrase in base.trigger_phrases}
    after = {same(phrase): phrase for phrase in flow.trigger_phrases}
    return Changes(
        tuple(phrase for key, phrase in after.items() if key not in before),
        tuple(phrase for key, phrase in before.items() if key not in after),
        flow.fields if flow.fields != base.fields else None,
        {key: text for key, text in flow.messages.items() if text != base.messages.get(key)},
        flow.notification if flow.notification != base.notification else None,
        flow.chat_message if flow.chat_message != base.chat_message else None,
    )


def same(phrase: str) -> str:
    """What two phrases that differ only in case and blanks have in common."""
    return tidy(phrase).casefold()


def _labels(texts: Mapping[str, str]) -> dict[str, str]:
    """What the summary calls each field."""
    lines = texts.get("utter_ask_handoff_confirmed", "").split("\n")
    found = {}
    for line in lines:
        label, _, value = line.partition(": ")
        if value in {f"{{{name}}}" for name in STANDARD.names}:
            found[value.strip("{}")] = label
    return found
