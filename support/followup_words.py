"""What a visitor may say about a request that is stored, recognised by exact words.

A word is the whole message, apart from case, punctuation, politeness and "I would like to".
"""

from __future__ import annotations

import enum
import re

from support.requests import REFERENCE_LENGTH, REFERENCE_LETTERS

WORDS_LENGTH = 120


class Wish(str, enum.Enum):
    """What the visitor wants with the request."""

    ADD = "add"
    CORRECT = "correct"
    CANCEL = "cancel"
    ANOTHER = "another"
    LEAVE = "leave"


_THE = r"(?:my|the|this|that) "
_REQUEST = rf"(?:{_THE})?(?:open |last )?(?:request|message|ticket|enquiry|inquiry)"
_DETAILS = rf"(?:{_THE})?(?:contact )?(?:details?|data|answers?|information)"
_MORE = (
    r"(?:something|sth|more|(?:some |more )?(?:information|details?)|an?(?:other)? (?:note|detail))"
)
_WISHES = {
    Wish.ADD: rf"add|(?:add|say|tell (?:them|you)) {_MORE}(?: (?:to|about) (?:it|{_REQUEST}))?"
    rf"|add to (?:it|{_REQUEST})|(?:i have )?something to add|forgot (?:to say )?something",
    Wish.CORRECT: rf"(?:correct|change|edit|update|fix)(?: (?:it|something|{_DETAILS}|{_REQUEST}))?"
    rf"|(?:correct|change|edit|update|fix) {_DETAILS} (?:in|of|for) {_REQUEST}|correction"
    rf"|something is wrong|{_DETAILS} (?:is|are) wrong",
    Wish.CANCEL: rf"(?:cancel|withdraw|delete|take back|drop)(?: (?:it|that|this|{_REQUEST}))?"
    r"|take (?:it|that) back|i don't need (?:it|an answer|anybody|anyone) any ?more",
    Wish.ANOTHER: r"(?:something|sth) (?:else|different|new)(?: entirely| altogether)?"
    r"|(?:(?:ask|send|make|open|have) )?(?:an? |another )?(?:other |new |different |second )*"
    r"(?:request|question|problem|issue|topic)|another (?:thing|one)",
    Wish.LEAVE: r"never ?mind|forget (?:it|about it)|stop(?: it)?|quit|exit|abort|back|"
    r"no|n|nope|nah|nothing(?: else)?|neither|none|not now|no need|leave it(?: as it is)?|"
    r"keep it(?: as it is)?|(?:i )?changed my mind|i have changed my mind|"
    r"that's (?:all|it|fine|ok|okay)|that is all|all good|all right|alright|good|great|"
    r"fine|ok|okay|thanks?|thank you(?: very much)?|thx|ty|bye|goodbye",
}
_YES = (
    r"(?:yes|y|yep|yeah|yup|sure|ok|okay|of course|correct|right|go ahead|do it|confirm)"
    r"(?: (?:do|do it|do that|cancel|cancel it|add it|send it|go ahead))?"
    r"|(?:add|send|pass on) (?:it|that|this)|really|(?:yes )?really cancel(?: it)?"
)
_NO = (
    r"(?:no|n|nope|nah|don't|do not|rather not)(?: (?:do|don't|do not))?"
    rf"(?: (?:keep|leave|cancel|add|send)(?: (?:it|that|this|{_REQUEST}))?)?"
    rf"|(?:keep|leave) (?:it|{_REQUEST})"
)
# "Back", "nothing" and the like: what answers no question for words of one's own.
_OUT = (
    r"never ?mind|forget (?:it|about it)|stop(?: it)?|cancel(?: (?:it|this|that))?|quit|exit|abort"
    r"|back|no|nope|nothing(?: else)?|leave it|not now|(?:i )?changed my mind"
)
_LEAD = re.compile(
    r"^(?:(?:no|yes|oh|um|hey|hi|please|pls|ok|okay|actually|and)\s+(?=\S)|"
    r"(?:i|we) (?:want|need|would like|have|wish|d like) to |(?:i|we)'d like to |"
    r"(?:can|could|may) (?:i|you|we) (?:please )?|let me |i (?=forgot|have)|it's (?:about )?)"
)
_POLITE = re.compile(r"\s+(?:please|pls|plz|thanks|thank you|instead)$")
_LETTERS = f"[{REFERENCE_LETTERS}]"
_REFERENCE = re.compile(rf"\bR\s*[-–—]?\s*((?:[A-Z0-9] ?){{{REFERENCE_LENGTH}}})(?![A-Z0-9])", re.I)
_BARE = re.compile(rf"(?:{_LETTERS}\s?){{{REFERENCE_LENGTH}}}", re.I)
_COMPILED = {wish: re.compile(pattern) for wish, pattern in _WISHES.items()}
_IS_YES, _IS_NO, _IS_OUT = re.compile(_YES), re.compile(_NO), re.compile(_OUT)


def wish(text: str) -> Wish | None:
    """What the whole message asks to do with the request, if it does."""
    for form in _forms(text):
        for each, pattern in _COMPILED.items():
            if pattern.fullmatch(form):
                return each
    return None


def yes_or_no(text: str) -> bool | None:
    """Whether the whole message is a yes or a no; None when it is neither."""
    for form in _polite_forms(text):
        if _IS_NO.fullmatch(form):
            return False
        if _IS_YES.fullmatch(form):
            return True
    return None


def leaves(text: str) -> bool:
    """Whether the whole message ends what is going on, wherever the visitor is asked."""
    return any(_IS_OUT.fullmatch(form) for form in _forms(text))


def reference_in(text: str, *, asked: bool) -> str | None:
    """The reference that the text holds, as it is written in mails.

    asked: the visitor was asked for it, so one without its 'R-' counts.
    """
    match = _REFERENCE.search(text)
    if match and ("-" in match[0] or any(c.isdigit() for c in match[1]) or match[1].isupper()):
        return "R-" + "".join(match[1].upper().split())
    if asked and _BARE.fullmatch(text.strip(" .!,:")):
        return "R-" + "".join(text.strip(" .!,:").upper().split())
    return None


def _forms(text: str) -> list[str]:
    """The message in plain words: as it is, and without what leads to the point."""
    forms = _polite_forms(text)
    return [*forms, *_shortened(forms[-1], _LEAD)] if forms else []


def _polite_forms(text: str) -> list[str]:
    """The message in plain words: as it is, and without the politeness at its end."""
    if len(text) > WORDS_LENGTH:
        return []
    words = re.sub(r"[^\w'’ -]+", " ", text.casefold()).replace("’", "'")
    plain = " ".join(words.split())
    return [plain, *_shortened(plain, _POLITE)]


def _shortened(plain: str, pattern: re.Pattern[str]) -> list[str]:
    forms = []
    while (shorter := pattern.sub("", plain, count=1).strip()) != plain and shorter:
        plain = shorter
        forms.append(plain)
    return forms
