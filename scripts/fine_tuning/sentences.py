"""Draws labelled sentences from the grammar in sentences.yml, and misspells some of them.

Only fine-tuning uses them. They teach the sentence model what a message turns on (who is asked for,
by whom, whether it is wanted); what the assistant answers is taught by data/nlu.yml alone.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.sentence_encoder import VOCABULARY

GRAMMAR = Path(__file__).parent / "sentences.yml"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
CHAT_SPELLING = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "please": "plz",
    "to": "2",
    "someone": "sum1",
    "because": "cuz",
    "want": "wnt",
    "talk": "tlk",
    "with": "wit",
    "the": "da",
    "for": "4",
    "what": "wat",
    "my": "mi",
}
# Words of the vocabulary that may belong to an ask; {any} never stands for one of them.
ASKING = re.compile(
    "agent|human|person|people|operat|represent|staff|team|manag|supervis|support|service|custom|"
    "help|call|contact|phone|speak|talk|chat|live|real|some|any|advis|consult|expert|escalat|bot|"
    "machine|transfer|connect|assist|employ|specialist|technic|clerk|colleague|reception|yes|no|"
    "hello|hi|hey|bye|thank"
)
NEIGHBOURS = "qwertyuiopasdfghjklzxcvbnm"


@dataclass(frozen=True)
class Sentence:
    """One labelled message."""

    text: str
    intent: str


def draw(counts: dict[str, int], seed: int) -> list[Sentence]:
    """Draws `counts[intent]` different sentences per intent; the same seed draws the same ones.

    Fewer come back for an intent whose templates cannot make that many.
    """
    grammar = yaml.safe_load(GRAMMAR.read_text(encoding="utf-8"))
    words, templates = {**grammar["words"], "any": _any_words()}, grammar["templates"]
    rng = random.Random(seed)  # noqa: S311 - a seed is wanted, not secrecy
    sentences: list[Sentence] = []
    for intent, count in counts.items():
        texts: dict[str, None] = {}
        for _ in range(count * 3):
            texts.setdefault(_expand(rng.choice(templates[intent]), words, rng))
            if len(texts) == count:
                break
        sentences += [Sentence(text, intent) for text in texts]
    return sentences


def misspell(text: str, rng: random.Random) -> str:
    """The text with one or two typing mistakes, or in chat spelling."""
    if rng.random() < 0.25:
        return " ".join(CHAT_SPELLING.get(word.lower(), word) for word in text.split())
    for _ in range(rng.choice((1, 1, 2))):
        text = _one_mistake(text, rng)
    return text


def _expand(template: str, words: dict[str, list[str | None]], rng: random.Random) -> str:
    while PLACEHOLDER.search(template):
        template = PLACEHOLDER.sub(lambda m: rng.choice(words[m.group(1)]) or "", template, 1)
    text = re.sub(r"\ba ([aeiou])", r"an \1", " ".join(template.split()))
    return re.sub(r"\ban ([^aeiou])", r"a \1", text)


def _any_words() -> list[str | None]:
    """Words of all kinds: the whole words of the model's vocabulary, but those of an ask."""
    vocabulary = VOCABULARY.read_text(encoding="utf-8").splitlines()
    return [w for w in vocabulary if re.fullmatch("[a-z]{3,}", w) and not ASKING.search(w)]


def _one_mistake(text: str, rng: random.Random) -> str:
    letters = [i for i, char in enumerate(text) if char.isalpha()]
    if len(letters) < 4:
        return text
    at = rng.choice(letters)
    kind = rng.choice(("drop", "double", "swap", "replace", "vowel"))
    if kind == "drop":
        return text[:at] + text[at + 1 :]
    if kind == "double":
        return text[:at] + text[at] + text[at:]
    if kind == "swap":
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    if kind == "vowel" and text[at].lower() in "aeiou":
        return text[:at] + rng.choice("aeiou") + text[at + 1 :]
    place = NEIGHBOURS.find(text[at].lower())
    return text[:at] + NEIGHBOURS[(place + 1) % len(NEIGHBOURS)] + text[at + 1 :]
