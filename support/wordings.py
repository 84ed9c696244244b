"""Which words a question is put in, so that none is read three times.

A wording is the value of the slot `handoff_problem`, by which domain.yml chooses the text.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from support.form_fields import STANDARD
from support.form_state import FormState
from support.reading import CONFIRMATION

TIMES = 2
STOP_OR_GO_ON = "stop_or_go_on"
WELCOME_BACK = "welcome_back"
SUGGEST_EMAIL = "suggest_email"
WHICH_FIELD = "which_field"
ONLY_PHONE = "only_phone"
# Whatever a question is asked again for, it can be put in these words.
AGAIN = ("again", "at_last")
THEN: Mapping[str | None, tuple[str, ...]] = {
    **{f"invalid_{name}": (f"invalid_{name}_again", *AGAIN) for name in STANDARD.names},
    "unclear": ("unclear_again", *AGAIN),
    AGAIN[0]: AGAIN[1:],
    WHICH_FIELD: ("which_field_again", *AGAIN),
    # No and no again, or a suggestion nobody takes: asking once more helps nobody.
    STOP_OR_GO_ON: (),
    SUGGEST_EMAIL: (),
}


def ask(state: FormState, question: str, problem: str | None) -> FormState | None:
    """The state with this question put in words that are not worn out; None when all are."""
    for wording in (problem, *_then(question, problem)):
        key = _key(state, question, wording)
        times = state.put.get(key, 0)
        if times < TIMES:
            put = {**state.put, key: times + 1}
            return replace(state, asked=question, problem=wording, put=put)
    return None


def first(state: FormState, question: str) -> str | None:
    """The wording for a question that nothing has gone wrong with."""
    ways, required = state.fields.ways, state.fields.required
    if question != "phone" or question in required or len(ways) == 1 or ways[-1] != question:
        return None
    return None if state.may_skip(question) else ONLY_PHONE


def _then(question: str, problem: str | None) -> tuple[str, ...]:
    if problem == f"invalid_{question}":
        return (f"{problem}_again", *AGAIN)
    return THEN.get(problem, AGAIN)


def _key(state: FormState, question: str, wording: str | None) -> str:
    """What a visitor would recognise: the summary's words are others when an answer is."""
    key = f"{question} {wording or ''}"
    if question != CONFIRMATION:
        return key
    return f"{key} {zlib.crc32(repr(sorted(state.values.items())).encode()):x}"
