"""What a visitor may say to steer the form, recognised by exact words, never by a guess.

A command is the whole message, apart from case, punctuation and politeness, so that neither a
visitor called Noah Cancel nor "cancel my order" as a reason ends the form.
"""

from __future__ import annotations

import enum
import re

COMMAND_LENGTH = 200
FIELD_WORDS = {
    "name": "name|names|surname|first name|last name",
    "email": "e-?mail|mail|e-?mail address|mail address",
    "phone": "phone|number|phone number|telephone|telephone number|mobile|mobile number|cell",
    "reason": "reason|message|description|problem|question|what it is about",
}


class Command(str, enum.Enum):
    """A steering word."""

    CANCEL = "cancel"
    SEND = "send"
    CHANGE = "change"


WORDS = {
    Command.CANCEL: (
        "cancel|cancel it|cancel this|cancel that|cancel request|cancel the request|stop|stop it|"
        "stop this|forget it|forget about it|never mind|nevermind|quit|exit|abort|"
        "leave it|i changed my mind|i have changed my mind|don't send|don't send it|do not send|"
        "do not send it"
    ),
    Command.SEND: (
        "send|send it|send this|send that|send now|send it now|send request|send the request|"
        "submit|submit it|confirm|confirmed|yes|y|yep|yeah|yup|yes send|yes send it|ok|okay|"
        "ok send|ok send it|okay send it|sure|correct|that's correct|that is correct|right|"
        "that's right|that is right|all correct|all good|looks good|looks right|good|perfect|"
        "go ahead|go|do it|nothing send it|yes that's right|yes that is right|yes correct"
    ),
    Command.CHANGE: (
        "change|change something|change it|change that|edit|edit it|correct it|correct something|"
        "correction|something is wrong|something's wrong|that's wrong|that is wrong|wrong|"
        "not correct|not right|that's not right|no|n|nope|no change something|"
        "i want to change something|i'd like to change something"
    ),
}
_COMMANDS = {word: command for command, words in WORDS.items() for word in words.split("|")}
_POLITE = re.compile(r"^(?:please|pls|plz|oh|um|hey)\s+|\s+(?:please|pls|plz|thanks|thank you)$")
_FIELD = "|".join(f"(?P<{field}>{words})" for field, words in FIELD_WORDS.items())
_CHANGE_FIELD = re.compile(
    r"(?:(?:(?:i|we) (?:want|need|would like|have) to |i'd like to |can i |could i |let me )?"
    r"(?:change|edit|correct|fix|update) (?:my |the )?|wrong |my |the )?"
    rf"(?:{_FIELD})(?P<wrong> (?:is|was) (?:wrong|incorrect|not right|not correct))?"
)
_SAYS_CHANGE = re.compile(r"\b(?:change|edit|correct|fix|update|wrong|incorrect|not right)\b")


def spoken(text: str) -> Command | None:
    """The command that the whole message is, if it is one."""
    return _COMMANDS.get(_plain(text))


def field_to_change(text: str, *, bare: bool) -> str | None:
    """The field that the message, as a whole, asks to change: 'change my e-mail', 'wrong number'.

    bare: whether a field's name alone ('e-mail') counts, as after 'What would you like to change?'.
    """
    plain = _plain(text)
    match = _CHANGE_FIELD.fullmatch(plain)
    if match is None or not (bare or _SAYS_CHANGE.search(plain)):
        return None
    return next(field for field in FIELD_WORDS if match[field])


def _plain(text: str) -> str:
    if len(text) > COMMAND_LENGTH:
        return ""
    words = re.sub(r"[^\w'’ -]+", " ", text.casefold()).replace("’", "'")
    plain = " ".join(words.split())
    while (shorter := _POLITE.sub("", plain)) != plain:
        plain = shorter
    return plain
