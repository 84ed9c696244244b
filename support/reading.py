"""Reading one message of a visitor: which answers it holds, or which command or question it is.

Pure functions of the text, what was asked, what is known, and the country of phone numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from support import answers, commands, corrections, extraction, fields, questions
from support.commands import Command
from support.extraction import REASON_LENGTH, contacts, introduction
from support.form_fields import STANDARD, Field, Fields

CONFIRMATION = "handoff_confirmed"
_SAYS_SEND = (Command.SEND, Command.YES, Command.GO_ON)
_SAYS_CHANGE = (Command.CHANGE, Command.NO)
# Before the summary these neither answer nor steer.
_SAYS_NOTHING = (Command.SEND, Command.YES, Command.GO_ON)


@dataclass(frozen=True)
class Reading:
    """What one message said.

    values: answers found, by field, those that replace a known one among them. problem: why it
    does not answer what was asked (None when it does). command: the steering word it was. change:
    the field to ask again. topic: what it asks in between. typed: what it said instead of the
    answer, if that may be one that cannot be checked; never a question or a command.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    command: Command | None = None
    change: str | None = None
    topic: str | None = None
    typed: str | None = None


def read_first(text: str, region: str, form: Fields = STANDARD) -> Reading:
    """Read the message that asked for a person: whatever it already tells is not asked again."""
    values, rest = contacts(fields.tidy(text), None, region)
    name = introduction(rest)
    if name:
        values["name"] = name
    reason = extraction.reason_of_asking(rest)
    if reason:
        values["reason"] = reason
    return Reading(form.only(values))


def read_answer(
    text: str, asked: str, known: Mapping[str, str], region: str, form: Fields = STANDARD
) -> Reading:
    """Read an answer to the question for the field `asked`, when `known` has been answered."""
    tidied = fields.tidy(text)
    steered = _read_command(tidied, asked, form)
    if steered is not None:
        return steered
    if asked == CONFIRMATION:
        return _read_confirmation(tidied, known, region, form)
    rest, topic = questions.split(tidied, asked, form.words)
    if not rest:
        return Reading(problem=f"invalid_{asked}", topic=topic)
    if asked == "reason":
        # It is kept whole, its question included: the team answers that one.
        rest, topic = tidied, None
    if topic is None and _is_question(rest, asked, form):
        return Reading(problem=f"invalid_{asked}", topic=questions.OTHER)
    values = _values(rest, asked, known, region, form)
    if asked in values:
        return Reading(values, topic=topic)
    if topic is None and not values and asked != "reason" and questions.is_question(rest):
        topic = questions.OTHER
    typed = None if values or topic else _typed(rest, asked, form)
    return Reading(values, f"invalid_{asked}", topic=topic, typed=typed)


def tells_something(text: str, region: str) -> bool:
    """Whether a message holds words besides an address and a number."""
    _, rest = contacts(fields.tidy(text), None, region)
    return any(c.isalpha() for c in rest)


def _is_question(rest: str, asked: str, form: Fields) -> bool:
    """Whether it asks something where free words would be an answer."""
    field = form.by_name[asked]
    free = field.type == "text" and not field.is_standard
    return free and questions.is_question(rest)


def _read_command(tidied: str, asked: str, form: Fields) -> Reading | None:
    """What the message is as a whole, if that steers the form."""
    command = commands.spoken(tidied)
    if asked in form and _is_choice(tidied, form.by_name[asked]):
        return None
    if asked == "name" and commands.could_be_name(tidied):
        return None
    if asked == CONFIRMATION:
        if command in _SAYS_CHANGE:
            return Reading(command=Command.CHANGE, problem="which_field")
        command = Command.SEND if command in _SAYS_SEND else command
        if command is not None and command is not Command.SKIP:
            return Reading(command=command)
    elif command in _SAYS_NOTHING:
        return Reading(problem=f"invalid_{asked}")
    elif command is not None:
        # Something is wrong while a question is open: with the answer before it.
        return Reading(command=Command.BACK if command is Command.CHANGE else command)
    elif commands.refused_field(tidied, form.words) == asked:
        return Reading(command=Command.SKIP)
    change = commands.field_to_change(tidied, bare=asked == CONFIRMATION, called=form.words)
    # A reason may well be "change my phone number"; "wrong number" is none.
    if change is None or (asked == "reason" and not _says_only_wrong(tidied)):
        return None
    return Reading(change=change)


def _is_choice(tidied: str, field: Field) -> bool:
    """Whether a word that steers elsewhere, such as "no", is one of the choices offered."""
    said = commands.plain(tidied)
    return field.type == "choice" and said in {commands.plain(each) for each in field.choices}


def _says_only_wrong(tidied: str) -> bool:
    words = commands.plain(tidied).split()
    return "wrong" in words and not {"my", "is", "was", "change", "correct"} & set(words)


def _read_confirmation(tidied: str, known: Mapping[str, str], region: str, form: Fields) -> Reading:
    corrected = corrections.read(tidied, CONFIRMATION, known, region, form.words)
    values = answers.reread(corrected, form, region)
    if values:
        return Reading(values)
    rest, topic = questions.split(tidied, CONFIRMATION, form.words)
    values, rest = contacts(rest, None, region)
    name = introduction(rest)
    if name:
        values["name"] = name
    values = form.only(values)
    if topic is None and not values and questions.is_question(tidied):
        return Reading(problem="unclear", topic=questions.OTHER)
    return Reading(values, None if values or topic else "unclear", topic=topic)


def _values(
    text: str, asked: str, known: Mapping[str, str], region: str, form: Fields
) -> dict[str, str]:
    """Every answer in a message."""
    corrected = answers.reread(
        corrections.read(text, asked, known, region, form.words), form, region
    )
    if corrected:
        return corrected
    field = form.by_name[asked]
    own = None if field.is_standard else answers.read(field, text, region, form.today)
    if own:
        return {asked: own}
    found, rest = contacts(text, asked, region)
    # An address that is the whole message is a better one; a reason only mentions some.
    alone = asked != "reason" and not any(c.isalnum() for c in rest)
    values = {n: v for n, v in found.items() if n == asked or n not in known or alone}
    if asked == "name":
        values.update(extraction.name_and_more(rest, known))
    elif asked == "reason" and any(c.isalnum() for c in text):
        values["reason"] = text[:REASON_LENGTH]
    return form.only(values)


def _typed(rest: str, asked: str, form: Fields) -> str | None:
    """The message as an answer that could not be checked."""
    if not rest or (asked == "name" and fields.name_problem(rest) == "not a name"):
        return None
    if asked in ("email", "phone") and not any(c.isalnum() for c in rest):
        return None
    return rest[: form.by_name[asked].length].strip()
