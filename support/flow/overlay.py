"""Laying a flow over what domain.yml says: its sentences, and questions and slots for its fields.

Form, action and intent names stay as they are. A flow that changes nothing gives back the domain.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from support import commands
from support.flow import field_words, messages
from support.flow.document import Changes, Flow, FlowField, default, laid_over
from support.flow.project import Project
from support.form_fields import STANDARD_TYPES, Fields
from support.reading import CONFIRMATION

FORM = "handoff_form"
FIELDS_SLOT = "handoff_fields"
# Which flow a model holds: the fingerprint of its changes, empty for the files alone.
FLOW_SLOT = "handoff_flow"
SUMMARY = f"utter_ask_{CONFIRMATION}"
WHICH_FIELD_LATER = "utter_ask_followup_field"
_FIELD_LINE = re.compile(r".*\{(\w+)\}")
_SLOT = {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}
Responses = dict[str, list[dict[str, Any]]]


def lay_over(domain: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A domain (as domain.yml, read) with the changes made in it; the one given stays as it is."""
    changed = copy.deepcopy(dict(domain))
    if not changes.fingerprint:
        return changed
    project = Project(domain, {})
    flow, before = laid_over(changes, project), default(project)
    changed["slots"][FLOW_SLOT]["initial_value"] = changes.fingerprint
    responses: Responses = changed["responses"]
    for key, variation in messages.keyed(responses):
        if key in flow.messages:
            variation["text"] = flow.messages[key]
    if changes.fields:
        _lay_fields(changed, flow, before)
    return changed


def fingerprint_in(domain_slots: Mapping[str, Any]) -> str:
    """Which flow a model holds, told by its slots' initial values."""
    return str(domain_slots.get(FLOW_SLOT) or "")


def _lay_fields(domain: dict[str, Any], flow: Flow, before: Flow) -> None:
    responses: Responses = domain["responses"]
    known = {each.name: each for each in before.fields}
    for number, field in enumerate(flow.fields):
        if field.name not in STANDARD_TYPES:
            responses.update(field_words.responses_of(field, responses))
            domain["slots"][field.name] = copy.deepcopy(_SLOT)
        else:
            _word(responses, field, known[field.name])
        _leave_out_what_is_not_known(responses, flow.fields, number)
    fields = flow.asked()
    if not _asks_like_standard(fields, before.asked()):
        domain["slots"][FIELDS_SLOT]["initial_value"] = fields.to_json()
    domain["forms"][FORM]["required_slots"] = [*fields.names, CONFIRMATION]
    _offer_skipping(responses, fields)
    for variation in responses[SUMMARY]:
        variation["text"] = _summary(variation.get("text", ""), flow.fields)
        _offer_fields(variation, flow.fields, before.fields, "Change my {}")
    for variation in responses[WHICH_FIELD_LATER]:
        _offer_fields(variation, flow.fields, before.fields, "{}")


def _asks_like_standard(fields: Fields, standard: Fields) -> bool:
    return fields.all == standard.all


def _word(responses: Responses, field: FlowField, before: FlowField) -> None:
    """Put a standard field's own words in their places."""
    texts = {
        messages.question_key(field.name): (field.question, before.question),
        messages.error_key(field.name): (field.error, before.error),
        messages.hint_key(field.name): (field.hint, before.hint),
    }
    for key, variation in messages.keyed(responses):
        now, was = texts.get(key, ("", ""))
        if now and now != was:
            variation["text"] = now


def _leave_out_what_is_not_known(
    responses: Responses, fields: tuple[FlowField, ...], number: int
) -> None:
    """A sentence of a question that needs an answer which need not be there is not said."""
    given = {each.name for each in fields[:number] if each.required}
    own = {each.name for each in fields} | set(STANDARD_TYPES)
    question = messages.question_key(fields[number].name)
    for variation in responses[question]:
        if variation.get("condition"):
            continue
        parts = re.split(r"(?<=[.!?])\s+", variation["text"])
        kept = [p for p in parts if not (set(messages.variables(p)) & own) - given]
        variation["text"] = " ".join(kept or parts)


def _offer_skipping(responses: Responses, fields: Fields) -> None:
    """ "Skip" stands under the questions that may be skipped, and under no other."""
    skip = field_words.skip_buttons(responses)
    alone = len(fields.ways) == 1
    for field in fields:
        needed = field.required or (alone and field.name in fields.ways)
        for variation in responses[messages.question_key(field.name)]:
            buttons = variation.get("buttons") or []
            if needed:
                variation["text"] = _without_skipping(variation["text"])
                variation["buttons"] = [b for b in buttons if b not in skip and not _skips(b)]
            elif not buttons and not variation.get("condition"):
                variation["buttons"] = copy.deepcopy(skip)
            if not variation.get("buttons"):
                variation.pop("buttons", None)


def _without_skipping(text: str) -> str:
    parts = re.split(r"(?<=[.!?])\s+", text)
    kept = [part for part in parts if "“skip”" not in part]
    return " ".join(kept or parts)


def _skips(button: Mapping[str, Any]) -> bool:
    return commands.spoken(str(button.get("payload", ""))) is commands.Command.SKIP


def _summary(text: str, fields: tuple[FlowField, ...]) -> str:
    """The lines that show an answer each, one for every field in its order."""
    lines = text.split("\n")
    named = {n: match[1] for n, line in enumerate(lines) if (match := _FIELD_LINE.fullmatch(line))}
    shown = {n: name for n, name in named.items() if lines[n].endswith(f": {{{name}}}")}
    if not shown:
        return text
    by_name = {name: lines[n] for n, name in shown.items()}
    block = [by_name.get(f.name, f"{f.label}: {{{f.name}}}") for f in fields]
    for number, field in enumerate(fields):
        if field.name in STANDARD_TYPES and field.name in by_name:
            block[number] = f"{field.label}: {{{field.name}}}"
    start = min(shown)
    rest = [line for n, line in enumerate(lines) if n not in shown]
    return "\n".join([*rest[:start], *block, *rest[start:]])


def _offer_fields(
    variation: dict[str, Any],
    fields: tuple[FlowField, ...],
    before: tuple[FlowField, ...],
    payload: str,
) -> None:
    """Where the visitor is asked which answer to change: a button for each field."""
    buttons = variation.get("buttons") or []
    named = [(commands.field_to_change(str(b["payload"]), bare=True), b) for b in buttons]
    if not any(name for name, _ in named):
        return
    old = {name: button for name, button in named if name}
    offered = [
        old.get(each.name) or {"title": each.label, "payload": payload.format(each.label)}
        for each in fields
    ]
    gone = {each.name for each in before}
    variation["buttons"] = [*offered, *(b for name, b in named if name not in gone)]
