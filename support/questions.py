"""Questions that visitors ask in the middle of the form, recognised by unmistakable patterns.

A topic is what `utter_<topic>` in domain.yml answers. A question that is none of them is still a
question, and no name, address or number.
"""

from __future__ import annotations

import re
from functools import lru_cache

from support.commands import FIELD_WORDS, WORDS_OF_FIELDS, Words, one_of, plain

OTHER = "question_for_team"
TOPICS = (
    *(f"why_{field}" for field in FIELD_WORDS),
    "what_happens_to_data",
    "how_long",
    "are_you_a_bot",
    "who_gets_this",
    OTHER,
)
WORDS_OF_A_QUESTION = 3

_BEFORE = r"(?:(?:and|but|so|ok|okay|well|wait|hm+|sorry|first|hi|hello) )*"
_NEED = r"(?:need|ask(?: me)?(?: for)?|asking(?: me)?(?: for)?|want|require|have|collect|know|give|"
_NEED += r"tell|share|enter|provide|leave|use)"
_DATA = re.compile(
    rf"{_BEFORE}(?:(?:what|where|how|who)\b.*|(?:is|are|do you|will you|does anyone)\b.*)"
    r"\b(?:my|this|the|these|our) (?:\w+ )?(?:data|information|info|details)\b.*"
)
_DATA_VERB = re.compile(
    r"\b(?:happens?|happening|do with|does with|use[ds]?|stored?|keep|kept|saved?|safe|secure|"
    r"shared?|sell|sold|protected|private|confidential|goes|going)\b"
)
_PRIVACY = re.compile(
    rf"{_BEFORE}(?:is (?:this|it|that) (?:safe|secure|private|confidential)|what about "
    r"(?:my )?(?:privacy|data protection|gdpr)|(?:is (?:this|it) )?gdpr(?: compliant)?|"
    r"(?:where is |what is |do you have )?(?:your|the|a) privacy policy)"
)
_TIME_WORD = (
    "does do will would it this that take usually normally typically to get an a answer answers "
    "reply response hear back from you them someone somebody anyone the team i have wait until "
    "till before is be contact contacts contacted me call calls called respond responds answered "
    "reach out can expect for gets in touch your with my request and then they people a person "
    "human agent be long now it'll be"
).replace(" ", "|")
_TIME = re.compile(
    rf"{_BEFORE}(?:how (?:long|soon|quickly|quick|fast)|when (?:will|can|do|does|would))"
    rf"(?: (?:{_TIME_WORD}))*"
)
_MACHINE = r"(?:bot|robot|chat ?bot|machine|computer|program|ai|human|person|human being|real|"
_MACHINE += r"alive|real person|real human|actual person|people|somebody|someone)"
_BOT = re.compile(
    rf"{_BEFORE}(?:(?:are|r) (?:you|u) (?:a |an |even |really |actually )*{_MACHINE}"
    rf"(?: or (?:a |an )?{_MACHINE})?|is (?:this|that|it) (?:a |an )?{_MACHINE}|"
    rf"am i (?:talking|speaking|chatting|writing) (?:to|with) (?:a |an )?{_MACHINE}"
    rf"(?: or (?:a |an )?{_MACHINE})?|you(?:'re| are) a (?:bot|robot|machine)|"
    r"(?:who|what) are you|who am i (?:talking|speaking|chatting) (?:to|with))(?: now| here)?"
)
_WHO = re.compile(
    rf"{_BEFORE}(?:who (?:gets|sees|reads|receives|(?:will|can|is going to) (?:get|see|read|"
    r"receive)|has access to|is (?:on )?(?:the|your) team|will (?:call|contact|answer|reply to|"
    r"write to|write|get back to) me)(?: (?:this|that|it|them|my (?:\w+ ?){1,2}))?|"
    r"who (?:do|will|are) you (?:send|sending|give|giving|pass|passing|tell) (?:this|that|it|my "
    r"(?:\w+ ?){1,2})(?: on)? to|where (?:does|will) (?:this|it|that|my (?:message|request)) go)"
)
_ASKS = re.compile(r"^(?:why|what|what's|whats|how|who|when|where|which)\b", re.I)
_LAST_CLAUSE = re.compile(r"^(?P<rest>.*\S)(?:[,;]\s*|(?<=[.!?…])\s+|\s+[-–—]\s+)(?P<last>\S.*)$")


def topic(text: str, asked: str, called: Words = WORDS_OF_FIELDS) -> str | None:
    """What the whole message asks about, if that can be told from its words."""
    words = plain(text)
    why = _why(words, asked, called)
    if why:
        return why
    if _PRIVACY.fullmatch(words) or (_DATA.fullmatch(words) and _DATA_VERB.search(words)):
        return "what_happens_to_data"
    for name, pattern in (("how_long", _TIME), ("are_you_a_bot", _BOT), ("who_gets_this", _WHO)):
        if pattern.fullmatch(words):
            return name
    return None


def split(text: str, asked: str, called: Words = WORDS_OF_FIELDS) -> tuple[str, str | None]:
    """An answer, and the topic of the question behind it: 'Ann. Why do you need my phone?'"""
    whole = topic(text, asked, called)
    if whole:
        return "", whole
    match = _LAST_CLAUSE.match(text) if len(text) <= 400 else None
    behind = topic(match["last"], asked, called) if match else None
    return (match["rest"], behind) if match and behind else (text, None)


def is_question(text: str) -> bool:
    """Whether the message asks something, so that it is no answer to a short question."""
    if len(text.split()) < WORDS_OF_A_QUESTION:
        return False
    # "How Wei Ling" is a name.
    return text.rstrip().endswith(("?", "？")) or bool(_ASKS.match(text) and not text.istitle())


def _why(words: str, asked: str, called: Words) -> str | None:
    match = next((found for why in _whys(called) if (found := why.fullmatch(words))), None)
    if match is None:
        return None
    names = [field for field, _ in called]
    field = next((field for field in names if match[field]), asked)
    return f"why_{field}" if field in names else None


@lru_cache(maxsize=16)
def _whys(called: Words) -> tuple[re.Pattern[str], ...]:
    field = one_of(called)
    why = re.compile(
        rf"{_BEFORE}(?:why|what for|for what|how come|do i (?:really )?(?:have|need) to|must i)"
        rf"(?: (?:do|would|should|must|are|does|did|is|you|i|we|they|it|the team|have to|need to|"
        rf"to|that|this|needed|necessary|required|important|even|really|all|my|your|the|an?|"
        rf"{_NEED}))*"
        rf"(?: (?:{field}))?(?: (?:for|at all|needed|necessary|required|then|from me|you|to you))*"
    )
    what_for = re.compile(
        rf"{_BEFORE}what (?:do|will|would) (?:you|they) (?:need|want|do with|use|ask for) "
        rf"(?:my |the |this|that|it)(?:{field})?(?: for)?"
    )
    return why, what_for
