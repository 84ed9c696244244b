"""A visitor who types anything: answers, corrections, questions, nonsense; by the seed."""

from __future__ import annotations

import random
import re
from functools import cache

from support import suggestions
from support.commands import WORDS
from support.fields import tidy

ASKS = ("agent", "I'm Bob, I need a person about my refund", "agent please, ann@gmial.com")
ANSWERS = (
    "Ann Lee",
    "Bob Stop",
    "Noah Cancel",
    "李小龙",
    "X",
    "ann@example.org",
    "bob@gmial.com",
    "+1 202 555 0123",
    "it's 202-555-0199",
    "my order never came",
    "Ann Lee, ann@example.org, 202-555-0123, my order 4711 never came",
    "my mail is eve@example.org, not ann@example.org",
    "no, it's Anna not Ann",
    "my name is Eve",
)
STEERING = (
    *(word.split("|")[0] for word in WORDS.values()),
    "no thanks",
    "change my name",
    "change my e-mail",
    "wrong number",
    "Change the reason",
    "go back",
    "I don't have one",
)
QUESTIONS = (
    "why do you need my phone?",
    "what happens with my data?",
    "are you a bot?",
    "do you sell chairs?",
    "why?",
)
NONSENSE = (
    "",
    "🙂",
    "12345",
    "...",
    "ann at example",
    "asdf jkl",
    "\u202eمرحبا\u202c",
    "/restart",
    "x" * 300,
    "agent",
    "send it to my friend",
)
# What a visitor is like: which of these they type how often.
KINDS = ((6, 1, 1, 1), (1, 1, 1, 1), (1, 5, 1, 1), (1, 1, 5, 1), (1, 1, 1, 5), (0, 1, 0, 1))


class Visitor:
    """Types one message after another, by the dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self._weights = self.dice.choice(KINDS)
        self._text = self.dice.choice(ASKS)

    def asks(self) -> str:
        """The first message, which asks for a person."""
        return self._text

    def types(self) -> str:
        """The next message."""
        (pool,) = self.dice.choices((ANSWERS, STEERING, QUESTIONS, NONSENSE), self._weights)
        # Some repeat themselves.
        self._text = self._text if self.dice.random() < 0.2 else self.dice.choice(pool)
        return self._text


@cache
def heard(text: str) -> str:
    """A text as it may be stored."""
    return tidy(text).casefold()


def was_said(name: str, value: str, texts: set[str]) -> bool:
    """Whether an answer is made of what the visitor typed."""
    said = " ".join(heard(text) for text in texts)
    if name == "phone":
        return value[-7:] in re.sub(r"\D", "", said) or value.casefold() in said
    if name == "email":
        addresses = (word.strip(",.") for word in said.split() if "@" in word)
        return value.casefold() in said or value in map(suggestions.for_address, addresses)
    return all(word in said for word in value.casefold().split())
