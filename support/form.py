"""The form that collects a request: from its state and one message to the next step.

Pure: no database, no clock, no sentences. The actions put its steps into Rasa's slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from support import commands, suggestions, wordings
from support.commands import Command
from support.extraction import REASON_LENGTH
from support.fields import tidy
from support.form_state import NAMES, FormState, is_complete
from support.reading import (
    CONFIRMATION,
    Reading,
    read_answer,
    read_first,
    tells_something,
)

# Whoever uses the form finds its state and fields here too.
__all__ = ["CONFIRMATION", "NAMES", "FormState", "Step"]
__all__ += ["answer", "is_complete", "is_return", "open_form"]

# Whatever a visitor types, the form ends within so many of their messages.
MAX_TURNS = 40
# The failing value that is kept as typed.
LAST_ATTEMPT = 3
# As many messages in a row that say neither yes nor no nor what to change end the summary.
MAX_UNCLEAR = 3
# After this, a message is a new beginning, not the answer to an old question.
SILENCE_SECONDS = 3600.0
CORRECTED = "corrected"
OPENING = "opening"
_YES = (Command.YES, Command.GO_ON)
_NO = (Command.NO, Command.LATER)


@dataclass(frozen=True)
class Step:
    """What follows from one message.

    state: the form now, with the question to put next. outcome: how the form ended ('send',
    'cancelled', 'left'), None while it goes on. say: what is said before the question, as
    `utter_<say>`: the answer to a question of the visitor.
    """

    state: FormState
    outcome: str | None = None
    say: str | None = None


def open_form(text: str, known: FormState, region: str, earlier: str | None = None) -> Step:
    """Begin: take what the asking message says, and what is known of this visitor already.

    earlier: when the visitor said yes to an offer, the message that the offer was made for; it is
    kept as the reason.
    """
    values = dict(read_first(earlier or text, region, known.fields).values)
    if earlier and "reason" not in values and tells_something(earlier, region):
        values["reason"] = tidy(earlier)[:REASON_LENGTH]
    step = _next(_take(known.reopened(), values))
    # The question for the name says itself that this is on its way to the team.
    return step if step.state.asked == "name" else replace(step, say=OPENING)


def answer(state: FormState, text: str, region: str, silence: float = 0.0) -> Step:
    """Go on: take a message. silence: seconds since the visitor's message before it."""
    now = _as_asked_now(replace(state, turns=state.turns + 1))
    step = _return(now, text, silence) or _settle(now, text) or _answer(now, text, region)
    if step.outcome is None and now.turns >= MAX_TURNS:
        return Step(step.state, outcome="left")
    return step


def is_return(silence: float) -> bool:
    """Whether the visitor has been away so long that the open question is forgotten."""
    return silence > SILENCE_SECONDS


def _return(state: FormState, text: str, silence: float) -> Step | None:
    """After a long silence: say where it was, and read only a plain stop."""
    welcomed = state.problem == wordings.WELCOME_BACK
    if welcomed or not is_return(silence) or commands.spoken(text) is Command.CANCEL:
        return None
    return _put(state, state.asked or CONFIRMATION, wordings.WELCOME_BACK)


def _as_asked_now(state: FormState) -> FormState:
    """The field that is open may have been removed meanwhile; then its answer is not asked for."""
    if state.asked is None or state.asked == CONFIRMATION or state.asked in state.fields:
        return state
    return replace(state, asked=None, problem=None, suggestion=None)


def _settle(state: FormState, text: str) -> Step | None:
    """A yes or no to what the form asked on its own account; None for anything else."""
    command = commands.spoken(text)
    if state.problem in (wordings.STOP_OR_GO_ON, wordings.WELCOME_BACK):
        if command in _YES:
            return _again(state)
        return Step(FormState(fields=state.fields), outcome="cancelled") if command in _NO else None
    if state.problem != wordings.SUGGEST_EMAIL or state.suggestion is None:
        return None
    settled = replace(state, suggestion=None)
    if command in _YES or suggestions.is_named(text, state.suggestion):
        return _next(settled.with_values({"email": state.suggestion}))
    return _next(settled) if command in _NO else None


def _answer(state: FormState, text: str, region: str) -> Step:
    if state.asked is None and state.missing():
        return _go_on(state, text, region)
    asked = state.asked or CONFIRMATION
    reading = read_answer(text, asked, state.verified, region, state.fields)
    if reading.command is not None:
        return _obey(state, reading.command)
    if reading.change:
        return _change(state, reading.change)
    if reading.topic:
        return _digress(state, reading)
    corrected = any(state.values.get(n, v) != v for n, v in reading.values.items() if n != asked)
    taken = _take(state, reading.values)
    if reading.problem is None or (reading.values and not taken.is_open(asked)):
        return _next(replace(taken, unclear=0))
    if reading.values:
        step = _put(taken, asked, wordings.AGAIN[0])
        return replace(step, say=CORRECTED) if corrected and step.outcome is None else step
    return _fail(taken, reading)


def _go_on(state: FormState, text: str, region: str) -> Step:
    """Nothing that is still asked for was open: take what the message says all the same."""
    if commands.spoken(text) is Command.CANCEL:
        return Step(FormState(fields=state.fields), outcome="cancelled")
    found = read_first(text, region, state.fields).values
    return _next(_take(state, {n: v for n, v in found.items() if n in ("email", "phone")}))


def _obey(state: FormState, command: Command) -> Step:
    """Do what a steering word says."""
    if command is Command.CANCEL:
        return Step(FormState(fields=state.fields), outcome="cancelled")
    if command is Command.SEND:
        complete = is_complete(state.values, state.fields) and state.missing() is None
        return Step(state, outcome="send") if complete else _next(state)
    if command is Command.CHANGE:
        return _put(replace(state, unclear=0), CONFIRMATION, wordings.WHICH_FIELD)
    if command is Command.SKIP:
        return _skip(state)
    if command is Command.BACK:
        return _back(state)
    return _put(state, state.asked or CONFIRMATION, wordings.STOP_OR_GO_ON)


def _skip(state: FormState) -> Step:
    """Leave the open question out, or say why that cannot be."""
    name = state.asked or CONFIRMATION
    if state.values.get(name):
        return _next(replace(state, suggestion=None))
    if name in state.fields.required:
        return _put(state, name, f"needed_{name}")
    refused = replace(state.without(name), refused=(*_others(state.refused, name), name))
    return _next(refused) if state.may_skip(name) else _put(refused, name, f"needed_{name}")


def _back(state: FormState) -> Step:
    """To the question before this one."""
    if (state.problem or "").startswith(wordings.WHICH_FIELD):
        return _put(state, CONFIRMATION, None)
    order = (*state.fields.names, CONFIRMATION)
    before = order[: order.index(state.asked or CONFIRMATION)]
    put = [name for name in before if state.values.get(name) or name in state.refused]
    return _change(state, put[-1]) if put else _again(state)


def _change(state: FormState, name: str) -> Step:
    """Ask one field anew; the others stay."""
    return _put(replace(state.without(name), suggestion=None, unclear=0), name, f"change_{name}")


def _digress(state: FormState, reading: Reading) -> Step:
    """Answer what was asked in between, and go on where the form was."""
    taken = _take(state, reading.values) if reading.values else state
    if state.asked == CONFIRMATION and reading.problem:
        step = _fail(taken, reading)
    else:
        step = _next(taken) if reading.values and reading.problem is None else _again(taken)
    return replace(step, say=reading.topic) if step.outcome is None else step


def _fail(state: FormState, reading: Reading) -> Step:
    """The message did not answer: ask in other words, and take the third value as it is."""
    asked = state.asked or CONFIRMATION
    if asked == CONFIRMATION:
        unclear = replace(state, unclear=state.unclear + 1)
        if unclear.unclear >= MAX_UNCLEAR:
            return Step(unclear, outcome="left")
        return _put(unclear, asked, "unclear" if unclear.unclear == 1 else "unclear_again")
    if state.values.get(asked):
        return _next(state)
    if reading.typed is None:
        return _put(state, asked, f"invalid_{asked}")
    times = state.attempts.get(asked, 0) + 1
    if times >= LAST_ATTEMPT:
        kept = state.with_values({asked: reading.typed})
        return _next(replace(kept, unverified=(*kept.unverified, asked)))
    failed = replace(state, attempts={**state.attempts, asked: times})
    return _put(failed, asked, f"invalid_{asked}" if times == 1 else f"invalid_{asked}_again")


def _take(state: FormState, values: Mapping[str, str]) -> FormState:
    """With new answers, and the suggestion that a new address calls for."""
    meant = suggestions.for_address(values["email"]) if "email" in values else None
    return replace(state.with_values(values), suggestion=meant)


def _again(state: FormState) -> Step:
    """The open question once more, nothing being wrong with the answer."""
    asked = state.asked or CONFIRMATION
    if not state.is_open(asked):
        return _next(state)
    return _put(state, asked, wordings.first(state, asked))


def _next(state: FormState) -> Step:
    """The first question that has no answer, or the summary."""
    if state.suggestion:
        suggested = wordings.ask(state, "email", wordings.SUGGEST_EMAIL)
        if suggested:
            return Step(suggested)
    asked = state.missing() or CONFIRMATION
    return _put(replace(state, suggestion=None), asked, wordings.first(state, asked))


def _put(state: FormState, asked: str, problem: str | None) -> Step:
    """Ask; when all words for it are worn out, talking on helps nobody."""
    put = wordings.ask(state, asked, problem)
    return Step(put) if put else Step(state, outcome="left")


def _others(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)
