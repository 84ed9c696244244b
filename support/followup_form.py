"""The talk about a request that is stored: adding, correcting, cancelling, asking how it stands.

Pure: no database, no clock, no sentences. No question is put a third time, so the talk ends
within MOST_MESSAGES messages of the visitor, whatever they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from support import answers, commands, fields, reading
from support.extraction import REASON_LENGTH
from support.followup_words import Wish, leaves, reference_in, wish, yes_or_no
from support.form_fields import STANDARD, Fields

CHOICE = "followup_choice"
ADDITION = "followup_addition"
CHECK = "followup_check"
FIELD = "followup_field"
VALUE = "followup_value"
CANCELLATION = "followup_cancellation"
LOOKUP_REFERENCE = "lookup_reference"
LOOKUP_EMAIL = "lookup_email"
QUESTIONS = (
    CHOICE, ADDITION, CHECK, FIELD, VALUE, CANCELLATION, LOOKUP_REFERENCE, LOOKUP_EMAIL
)  # fmt: skip
MOST_MESSAGES = 10
WORDS_OF_AN_ADDITION = 3
# As long as a message can be: what a visitor adds is kept whole.
ADDITION_LENGTH = 4000
UNCLEAR = "unclear"
State = Mapping[str, str]


@dataclass(frozen=True)
class Own:
    """The visitor's own request. state: how it stands; is_open: whether it can be changed."""

    reference: str
    state: str
    is_open: bool


@dataclass(frozen=True)
class Step:
    """What follows from one message.

    ask: the question to put next, None when the talk has ended. wording: which wording of it.
    outcome: how the talk ended: 'send' (state says what), 'look_up', 'another', 'status',
    'status_only', 'off', 'unchanged', 'not_understood' or 'left'. state: what is remembered.
    """

    ask: str | None = None
    wording: str | None = None
    outcome: str | None = None
    state: State = field(default_factory=dict)


def open_followup(
    text: str, own: Own | None, offered: str | None = None, *, asks_status: bool, enabled: bool
) -> Step:
    """Begin. asks_status: the visitor asked about a request, not for a person once more.

    offered: what the visitor has just agreed to have passed on.
    """
    named = reference_in(text, asked=False)
    if asks_status and named and (own is None or named != own.reference):
        return Step(ask=LOOKUP_EMAIL, state={"lookup": named})
    if own is None:
        return Step(ask=LOOKUP_REFERENCE)
    if not own.is_open:
        return Step(outcome="status_only")
    state = {"reference": own.reference}
    wanted = wish(text)
    if wanted in (Wish.ADD, Wish.CORRECT, Wish.CANCEL):
        return _choose(wanted, state, enabled)
    if asks_status:
        return Step(outcome="status", state=state)
    if offered and enabled:
        remembered = {"text": offered[:ADDITION_LENGTH], "otherwise": own.state}
        return Step(ask=CHECK, wording="offered", state={**state, **remembered})
    return Step(ask=CHOICE, wording=own.state if enabled else "off", state=state)


def answer(
    text: str, asked: str, state: State, region: str, *, enabled: bool, form: Fields = STANDARD
) -> Step:
    """Go on: take the answer to the question `asked`. form: what can be corrected."""
    tidied = fields.tidy(text)
    if asked == CHOICE:
        step = _answer_choice(tidied, state, enabled, form)
    elif asked in (LOOKUP_REFERENCE, LOOKUP_EMAIL):
        step = _answer_lookup(tidied, asked, state)
    elif asked in (CHECK, CANCELLATION):
        step = _answer_yes_or_no(tidied, asked, state)
    elif wish(tidied) is Wish.CANCEL and "request" in tidied.casefold():
        step = Step(ask=CANCELLATION)
    elif leaves(tidied):
        step = Step(outcome="unchanged")
    else:
        step = _answer_in_words(tidied, asked, state, region, form)
    if step.ask == asked and state.get("again") == asked:
        return Step(outcome=_given_up(asked), state=state)
    again = {"again": asked} if step.ask == asked else {}
    kept = {name: value for name, value in state.items() if name != "again"}
    return replace(step, state={**kept, **step.state, **again})


def _answer_choice(text: str, state: State, enabled: bool, form: Fields) -> Step:
    wanted = wish(text)
    called = form.words
    if wanted is None and (changed := commands.field_to_change(text, bare=True, called=called)):
        return _ask_value(changed) if enabled else Step(outcome="off")
    if wanted is not None:
        return _choose(wanted, state, enabled)
    if len(text.split()) >= WORDS_OF_AN_ADDITION and enabled:
        return Step(ask=CHECK, state={"text": text[:ADDITION_LENGTH]})
    return Step(ask=CHOICE, wording=UNCLEAR)


def _choose(wanted: Wish, state: State, enabled: bool) -> Step:
    if wanted is Wish.LEAVE:
        return Step(outcome="unchanged", state=state)
    if wanted is Wish.CANCEL:
        return Step(ask=CANCELLATION, state=state)
    if not enabled:
        return Step(outcome="off", state=state)
    if wanted is Wish.ANOTHER:
        return Step(outcome="another")
    return Step(ask=ADDITION if wanted is Wish.ADD else FIELD, state=state)


def _answer_yes_or_no(text: str, asked: str, state: State) -> Step:
    said = yes_or_no(text)
    if said is None and asked == CANCELLATION and wish(text) is Wish.CANCEL:
        said = True
    if said is None and not leaves(text):
        return Step(ask=asked, wording=UNCLEAR)
    if said is False and state.get("otherwise"):
        return Step(ask=CHOICE, wording=state["otherwise"], state={"otherwise": ""})
    if not said:
        return Step(outcome="unchanged")
    return Step(outcome="send", state={"do": "cancel" if asked == CANCELLATION else "add"})


def _answer_in_words(text: str, asked: str, state: State, region: str, form: Fields) -> Step:
    """The addition, the field to correct, or the field's new value."""
    if asked == ADDITION:
        if not any(c.isalnum() for c in text) or yes_or_no(text) is not None:
            return Step(ask=ADDITION, wording=UNCLEAR)
        return Step(outcome="send", state={"do": "add", "text": text[:ADDITION_LENGTH]})
    if asked == FIELD:
        changed = commands.field_to_change(text, bare=True, called=form.words)
        if changed:
            return _ask_value(changed)
        values = {name: read_value(name, text, region) for name in ("email", "phone")}
        given = [name for name, value in values.items() if value]
        return _correction(given[0], values[given[0]]) if given else Step(FIELD, UNCLEAR)
    name = state["field"]
    value = read_value(name, text, region, form)
    return _correction(name, value) if value else Step(VALUE, f"invalid_{name}")


def _answer_lookup(text: str, asked: str, state: State) -> Step:
    if leaves(text):
        return Step(outcome="left")
    if asked == LOOKUP_REFERENCE:
        reference = reference_in(text, asked=True)
        if reference is None:
            return Step(ask=asked, wording=UNCLEAR)
        return _with_email(text, {"lookup": reference}) or Step(
            ask=LOOKUP_EMAIL, state={"lookup": reference}
        )
    return _with_email(text, state) or Step(ask=asked, wording=UNCLEAR)


def _with_email(text: str, state: State) -> Step | None:
    email = fields.find_email(text)
    return Step(outcome="look_up", state={**state, "email": email.value}) if email else None


def read_value(name: str, text: str, region: str, form: Fields = STANDARD) -> str | None:
    """The new value for a field, checked as the form checks it; None when there is none."""
    field = form.by_name.get(name)
    if field is not None and not field.is_standard:
        return answers.read(field, text, region, form.today)
    if name == "email":
        email = fields.find_email(text)
        return email.value if email else None
    if name == "phone":
        phone = fields.find_phone(text, region, asked=True)
        return phone.value if phone else None
    if name == "reason":
        return text[:REASON_LENGTH] if any(c.isalpha() for c in text) else None
    return reading.read_answer(text, name, {}, region).values.get(name)


def _ask_value(name: str) -> Step:
    return Step(ask=VALUE, wording=name, state={"field": name})


def _correction(name: str, value: str | None) -> Step:
    return Step(outcome="send", state={"do": "correct", "field": name, "value": value or ""})


def _given_up(asked: str) -> str:
    if asked in (LOOKUP_REFERENCE, LOOKUP_EMAIL):
        return "left"
    return "unchanged" if asked in (CHOICE, CHECK, CANCELLATION) else "not_understood"
