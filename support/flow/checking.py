"""From a document that somebody sent to a flow that can be published, or to what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from support.errors import FlowError
from support.fields import tidy
from support.flow import field_checks, messages, templates
from support.flow.document import Flow, FlowField, same
from support.flow.project import TRIGGER, Project
from support.flow.templates import Words
from support.form_fields import STANDARD_TYPES

TEMPLATES = ("notification", "chat_message")
SECTIONS = ("trigger_phrases", "fields", "messages", *TEMPLATES)
MAX_PHRASE = 200
MIN_PHRASES = 5
Problems = list[tuple[str, str]]


def checked(document: Mapping[str, Any], before: Flow, project: Project) -> Flow:
    """The flow that the document describes.

    A section that it leaves out stays as it is in `before`; a message that it leaves out is said as
    the files have it. Raises FlowError with everything that is wrong.
    """
    problems: Problems = [
        (str(name), f"There is no such section; a flow has {', '.join(SECTIONS)}.")
        for name in document
        if name not in SECTIONS
    ]
    flow = Flow(
        _phrases(document.get("trigger_phrases"), project, problems)
        if "trigger_phrases" in document
        else before.trigger_phrases,
        field_checks.read(document["fields"], _reserved(project), problems)
        if "fields" in document
        else before.fields,
        before.messages,
        _template("notification", document, before.notification, problems),
        _template("chat_message", document, before.chat_message, problems),
    )
    said = _messages(document.get("messages"), flow, before, project, problems)
    if not problems:
        # A variable may be a field's, so this is asked when the fields are known.
        for section in TEMPLATES:
            wrong = templates.problem(getattr(flow, section), flow.fields)
            if wrong:
                problems.append((f"{section}.{wrong[0]}", wrong[1]))
    if problems:
        raise FlowError(problems)
    return replace(flow, messages=said)


def _phrases(value: Any, project: Project, problems: Problems) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        problems.append(("trigger_phrases", "It must be a list of texts."))
        return ()
    found: dict[str, str] = {}
    others = {same(text): intent for text, intent in project.examples.items() if intent != TRIGGER}
    for number, text in enumerate(value):
        place = f"trigger_phrases[{number}]"
        phrase = tidy(text)
        if not any(c.isalnum() for c in phrase):
            problems.append((place, "It is empty; write what a visitor may say."))
        elif len(phrase) > MAX_PHRASE:
            problems.append((place, f"It has {len(phrase)} characters; at most {MAX_PHRASE}."))
        elif phrase.startswith("/") or set("{}[]") & set(phrase):
            problems.append((place, "It begins with / or holds brackets or braces; write words."))
        elif same(phrase) in others:
            why = f"{phrase!r} is an example of {others[same(phrase)]} in data/."
            problems.append((place, f"{why} It cannot mean both; leave it out here or there."))
        found.setdefault(same(phrase), phrase)
    if len(found) < MIN_PHRASES:
        why = f"Understanding what is meant takes at least {MIN_PHRASES} phrases, not {len(found)}."
        problems.append(("trigger_phrases", why))
    return tuple(found.values())


def _messages(
    value: Any, flow: Flow, before: Flow, project: Project, problems: Problems
) -> dict[str, str]:
    from_files = messages.texts(project.responses())
    own = messages.of_fields()
    base = {key: text for key, text in from_files.items() if key not in own}
    if value is None:
        value = dict(before.messages)
    if not isinstance(value, dict):
        problems.append(("messages", "It must be an object of texts by response."))
        return base
    names = [each.name for each in flow.fields]
    for key, text in value.items():
        if key in own:
            problems.append(
                (f"messages.{key}", "These words belong to a field; change them there.")
            )
        elif key not in base:
            problems.append((f"messages.{key}", "There is no such message."))
        elif text != base[key]:
            why = messages.problem(text, messages.allowed(key, names))
            if why:
                problems.append((f"messages.{key}", why))
    return {**base, **{key: text for key, text in value.items() if key in base}}


def _template(
    section: str, document: Mapping[str, Any], before: Words, problems: Problems
) -> Words:
    value = document.get(section)
    if value is None:
        return before
    parts = asdict(before)
    if not isinstance(value, dict) or set(value) - set(parts):
        problems.append((section, f"It must be an object with {' and '.join(parts)}."))
        return before
    wrong = [part for part, given in value.items() if not isinstance(given, str)]
    problems += [(f"{section}.{part}", "It must be text.") for part in wrong]
    if wrong:
        return before
    given = {part: text.replace("\r\n", "\n") for part, text in value.items()}
    return type(before)(**{**parts, **given})


def _reserved(project: Project) -> set[str]:
    return set(project.domain["slots"]) - set(STANDARD_TYPES)


def asked_before(fields: tuple[FlowField, ...], number: int) -> set[str]:
    """The fields that surely have an answer when this one is asked for."""
    return {each.name for each in fields[:number] if each.required}
