"""What a visitor may say to steer the form, recognised by exact words, never by a guess.

A command is the whole message, apart from case, punctuation and politeness, so that neither a
visitor called Noah Cancel nor "cancel my order" as a reason ends the form.
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

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
    YES = "yes"
    NO = "no"
    LATER = "later"
    CHANGE = "change"
    SKIP = "skip"
    BACK = "back"
    GO_ON = "go on"


WORDS = {
    Command.CANCEL: (
        "cancel|cancel it|cancel this|cancel that|cancel request|cancel the request|"
        "cancel everything|stop|stop it|stop this|i want to stop|forget it|forget about it|"
        "never mind|nevermind|quit|exit|abort|leave it|i changed my mind|i have changed my mind|"
        "don't send|don't send it|do not send|do not send it"
    ),
    Command.SEND: (
        "send|send it|send this|send that|send now|send it now|send request|send the request|"
        "submit|submit it|confirm|confirmed|yes send|yes send it|ok send|ok send it|okay send it|"
        "nothing send it"
    ),
    Command.YES: (
        "yes|y|yep|yeah|yup|ok|okay|sure|of course|correct|that's correct|that is correct|right|"
        "that's right|that is right|all correct|all good|looks good|looks right|good|fine|perfect|"
        "alright|all right|go ahead|go|do it|yes that's right|yes that is right|yes correct|"
        "yes go on|yes continue|yes i do"
    ),
    Command.NO: "no|n|nope|nah|no no|not really|no i don't",
    Command.LATER: (
        "later|not now|maybe later|not today|not yet|another time|some other time|no not now|"
        "no later|i don't want to|i don't want this|not interested|no not interested"
    ),
    Command.CHANGE: (
        "change|change something|change it|change that|edit|edit it|correct it|correct something|"
        "correction|something is wrong|something's wrong|that's wrong|that is wrong|wrong|"
        "not correct|not right|that's not right|no change something|i made a mistake|"
        "i want to change something|i'd like to change something"
    ),
    Command.SKIP: (
        "skip|skip it|skip this|skip that|skip this question|skip the question|pass|leave it out|"
        "leave that out|leave this out|none|nothing|n a|i don't have one|i do not have one|"
        "don't have one|i don't have any|i have none|i don't have that|i don't have it|"
        "rather not|i'd rather not|i would rather not|i'd rather not say|rather not say|"
        "prefer not to|prefer not to say|i prefer not to|i prefer not to say|"
        "i'd prefer not to|i'd prefer not to say|i don't want to say|i don't want to give it|"
        "i won't tell you|i won't say"
    ),
    Command.BACK: (
        "back|go back|please go back|step back|one step back|previous|previous question|"
        "the previous question|go to the previous question|undo|take me back|back please"
    ),
    Command.GO_ON: (
        "go on|continue|resume|carry on|keep going|proceed|let's go on|let's continue|next"
    ),
}
# Where a name is asked for, these may well be one.
NAMES_TOO = ("y", "n", "go", "good", "fine", "right", "sure", "perfect", "back", "pass", "next")
_COMMANDS = {
    word.replace("'", ""): command for command, words in WORDS.items() for word in words.split("|")
}
_POLITE = re.compile(r"^(?:please|pls|plz|oh|um|hey)\s+|\s+(?:please|pls|plz|thanks|thank you)$")
# What the fields are called: name and regular expression of each.
Words = tuple[tuple[str, str], ...]
WORDS_OF_FIELDS: Words = tuple(FIELD_WORDS.items())
_WRONG = r"(?:wrong|incorrect|not right|not correct|misspelled|misspelt)"
_SAYS_CHANGE = re.compile(
    r"\b(?:change|edit|correct|fix|update|wrong|incorrect|not right|not my|typo|mistake|error|"
    r"mistyped|misspelled|misspelt)\b"
)


def spoken(text: str) -> Command | None:
    """The command that the whole message is, if it is one."""
    command = _COMMANDS.get(plain(text).replace("'", ""))
    # "/back" is no word of ours; but whoever types "/stop" wants that.
    return None if text.startswith("/") and command is not Command.CANCEL else command


def could_be_name(text: str) -> bool:
    """Whether a word that steers elsewhere may be somebody's name."""
    return plain(text) in NAMES_TOO


def field_to_change(text: str, *, bare: bool, called: Words = WORDS_OF_FIELDS) -> str | None:
    """The field that the message, as a whole, asks to change: 'change my e-mail', 'wrong number'.

    bare: whether a field's name alone ('e-mail') counts, as after 'What would you like to change?'.
    """
    words = plain(text)
    if not (bare or _SAYS_CHANGE.search(words)):
        return None
    for pattern in _change_field(called):
        match = pattern.fullmatch(words)
        if match:
            return next(field for field, _ in called if match[field])
    return None


def refused_field(text: str, called: Words = WORDS_OF_FIELDS) -> str | None:
    """The field that the visitor says there is none of: 'no e-mail', 'I have no phone'."""
    match = _refuses(called).fullmatch(plain(text))
    if match is None:
        return None
    return next(field for field, _ in called if match[field] or match[f"no__{field}"])


def one_of(called: Words, before: str = "") -> str:
    """A regular expression for any field, with a group for each."""
    return "|".join(f"(?P<{before}{field}>{words})" for field, words in called)


def plain(text: str) -> str:
    """The message's words in lower case, without punctuation and politeness; '' if it is long."""
    if len(text) > COMMAND_LENGTH:
        return ""
    words = re.sub(r"[^\w'’ -]+", " ", text.casefold()).replace("’", "'")
    shorter = " ".join(words.split())
    while (rest := _POLITE.sub("", shorter)) != shorter:
        shorter = rest
    return shorter


@lru_cache(maxsize=16)
def _change_field(called: Words) -> tuple[re.Pattern[str], ...]:
    field = one_of(called)
    patterns = (
        r"(?:(?:(?:i|we) (?:want|need|would like|have) to |i'd like to |can i |could i |let me )?"
        rf"(?:change|edit|correct|fix|update) (?:my |the )?|my |the )?(?:{field})"
        rf"(?P<wrong__> (?:is|was) {_WRONG})?",
        r"(?:no |sorry |oops )?(?:(?:that's|that is|that was|it's|i gave you|i gave) )?"
        rf"(?:the |a |my )?wrong (?:{field})",
        rf"(?:no |sorry )?(?:that's|that is|it's|this is) not my (?:{field})",
        r"(?:no |sorry |oops )?(?:(?:there's|there is|i made|i have) )?(?:an? )?"
        rf"(?:typo|mistake|error) in (?:my |the )?(?:{field})",
        rf"(?:sorry |oops )?i (?:mistyped|misspelled|misspelt) (?:my |the )?(?:{field})",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


@lru_cache(maxsize=16)
def _refuses(called: Words) -> re.Pattern[str]:
    return re.compile(
        r"(?:(?:no |sorry )?(?:(?:i )?(?:don't|dont|do not) (?:have|use|own)|i have no|i've no|"
        r"i haven't got|without|skip|leave out))"
        rf" (?:an? |any |my |the )?(?:{one_of(called)})|no (?:{one_of(called, 'no__')})"
    )
