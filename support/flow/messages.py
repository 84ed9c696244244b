"""The flow's sentences, each with a key: its response, and the conditions it is said under.

`utter_request_saved` is what is said when nothing else fits;
`utter_request_saved[other_ways=unknown]` are the words for that case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from support.form_fields import STANDARD

MAX_TEXT = 1000
# What a sentence can say, and what that is.
VARIABLES = {
    "name": "the visitor's name",
    "email": "the visitor's e-mail address",
    "phone": "the visitor's phone number",
    "reason": "what it is about",
    "reference": "the request's reference, such as R-7KQ9M",
    "response_time": "Reply time, as it is in Support Operations",
    "alternative_contact": "Other ways to reach the team, as they are in Support Operations",
    "contact_form": "the address of the contact form",
    "email_suggestion": "what a misspelt address was probably meant to be",
    "asked_ago": "how long ago a request was sent, such as “12 minutes ago”",
    "corrected_value": "what the visitor has corrected",
    "followup_text": "what the visitor wants to add",
}
# In the words for added fields: what their designer wrote.
FIELD_VARIABLES = {
    "field_label": "the field's label",
    "field_question": "the field's question",
    "field_hint": "the field's hint",
    "field_error": "the field's error text",
    "field_choices": "the field's choices",
}
_VARIABLE = re.compile(r"\{(\w+)\}")
_ABOUT_FIELDS = re.compile(r"utter_(?:\w+_added_field|hint_\w+)\b")


def keyed(responses: Mapping[str, list[dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every variation of every response with its key."""
    for response, variations in responses.items():
        seen: dict[str, int] = {}
        for variation in variations:
            key = response + _conditions(variation)
            seen[key] = seen.get(key, 0) + 1
            yield key if seen[key] == 1 else f"{key}#{seen[key]}", variation


def of_fields() -> set[str]:
    """The keys of sentences that belong to a field, and are not listed as messages."""
    return {
        key
        for name in STANDARD.names
        for key in (question_key(name), error_key(name), hint_key(name))
    }


def question_key(name: str) -> str:
    """Where a field's question stands."""
    return f"utter_ask_{name}"


def error_key(name: str) -> str:
    """Where the words stand for an answer that could not be read."""
    return f"utter_ask_{name}[handoff_problem=invalid_{name}]"


def hint_key(name: str) -> str:
    """Where the answer to "why do you need that?" stands."""
    return f"utter_why_{name}"


def texts(responses: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """The text of every variation that has one, by key."""
    return {key: each["text"] for key, each in keyed(responses) if "text" in each}


def allowed(key: str, field_names: Iterable[str]) -> set[str]:
    """The variables that the message may use."""
    extra = set(FIELD_VARIABLES) if _ABOUT_FIELDS.match(key) else set()
    return {*VARIABLES, *field_names, *extra}


def variables(text: str) -> list[str]:
    """The variables in a text, in order."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def problem(text: Any, known: set[str]) -> str | None:
    """Why this cannot be said, None when it can."""
    if not isinstance(text, str) or not text.strip():
        return "It is empty; write what the visitor shall read."
    if len(text) > MAX_TEXT:
        return f"It has {len(text)} characters; at most {MAX_TEXT} are possible."
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isprintable() and any(not (c.isprintable() or c == "\t") for c in line):
            return f"Line {number} holds control characters; remove them."
        unknown = [name for name in variables(line) if name not in known]
        if unknown:
            return (
                f"Line {number}: there is no variable {{{unknown[0]}}}. "
                f"These can be used here: {', '.join(sorted(known))}."
            )
        if set(_VARIABLE.sub("", line)) & {"{", "}"}:
            return f"Line {number}: a brace stands alone. Variables are written like {{reference}}."
    return None


def _conditions(variation: Mapping[str, Any]) -> str:
    conditions = [f"{each['name']}={each['value']}" for each in variation.get("condition") or ()]
    return f"[{','.join(conditions)}]" if conditions else ""
