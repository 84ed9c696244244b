"""The form that collects a request: from what is known and one message to the next step.

Pure: no database, no clock, no sentences. The actions put its steps into Rasa's slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from support.commands import Command
from support.fields import tidy
from support.reading import (
    CONFIRMATION,
    REASON_LENGTH,
    read_answer,
    read_first,
    tells_something,
)

FIELDS = ("name", "email", "phone", "reason")


@dataclass(frozen=True)
class Step:
    """What follows from one message.

    values: every answer known now. ask: the question to put next, None when the form has ended.
    problem: why it is put again, for its wording. outcome: how the form ended ('send',
    'cancelled'), None while it goes on.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    ask: str | None = None
    problem: str | None = None
    outcome: str | None = None


def open_form(text: str, known: Mapping[str, str], region: str, earlier: str | None = None) -> Step:
    """Begin: take what the asking message says, and what is known of this visitor already.

    earlier: when the visitor said yes to an offer, the message that the offer was made for; it is
    kept as the reason.
    """
    values = {**known, **read_first(earlier or text, region).values}
    if earlier and "reason" not in values and tells_something(earlier, region):
        values["reason"] = tidy(earlier)[:REASON_LENGTH]
    return _ask_next(values)


def answer(text: str, asked: str, known: Mapping[str, str], region: str) -> Step:
    """Go on: take the answer to the question for `asked`."""
    reading = read_answer(text, asked, known, region)
    if reading.command is Command.CANCEL:
        return Step(outcome="cancelled")
    if reading.command is Command.SEND:
        return _send(known)
    if reading.change:
        values = {name: value for name, value in known.items() if name != reading.change}
        return Step(values, ask=reading.change)
    values = {**known, **reading.values}
    if reading.problem:
        return Step(values, ask=asked, problem=reading.problem)
    return _ask_next(values)


def is_complete(values: Mapping[str, str]) -> bool:
    """Whether nothing is left to ask but the confirmation."""
    return all(values.get(name) for name in FIELDS)


def _send(known: Mapping[str, str]) -> Step:
    return Step(known, outcome="send") if is_complete(known) else _ask_next(known)


def _ask_next(values: Mapping[str, str]) -> Step:
    missing = (name for name in FIELDS if not values.get(name))
    return Step(values, ask=next(missing, CONFIRMATION))
