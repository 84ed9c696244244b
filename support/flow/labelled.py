"""The labelled messages that understanding is measured on, and what counts as right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

MESSAGES = Path(__file__).parent / "labelled_messages.txt"
OFFER_INTENTS = {"nlu_fallback", "out_of_scope", "insult_bot"}


@dataclass(frozen=True)
class Labelled:
    """A message with what is right for it: "ask", "background" or an intent's name."""

    label: str
    group: str
    text: str


class Outcome(str, Enum):
    """What the assistant does with a message."""

    STARTS = "starts"  # the contact flow, at once
    OFFERS = "offers"  # to pass the message on
    ANSWERS = "answers"  # with the answer that is right
    ERRS = "errs"  # with an answer that is not


class MessagesMalformed(Exception):
    """The file of labelled messages cannot be read."""


def read_messages(path: Path) -> list[Labelled]:
    """The labelled messages in a file (its first lines say how they are written).

    Raises:
        MessagesMalformed: a heading has no "LABEL: GROUP", or a message stands before the first.
    """
    found, label, group = [], "", ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text == "#" or text.startswith("# "):
            continue
        if text.startswith("== "):
            label, _, group = text[3:].partition(": ")
        else:
            found.append(Labelled(label, group, text))
        if not label or not group:
            raise MessagesMalformed(
                f"{path}, line {number}: {text!r} has no label. Write a heading such as "
                "'== ask: plain and polite' above it."
            )
    return found


def outcome(label: str, intent: str) -> Outcome:
    """What the dialogue makes of `intent` for a message with this label."""
    if intent == "request_human":
        return Outcome.STARTS
    if intent in OFFER_INTENTS:
        return Outcome.OFFERS
    return Outcome.ANSWERS if intent == label else Outcome.ERRS


def is_right(item: Labelled, result: Outcome) -> bool:
    """Whether the visitor got what they wanted, in one turn."""
    if item.label == "ask":
        return result is Outcome.STARTS
    if item.label in {"background", "insult_bot"}:
        return result is Outcome.OFFERS
    return result is Outcome.ANSWERS


def figures(messages: Sequence[Labelled], results: Sequence[Outcome]) -> dict[str, float]:
    """The four figures of understanding, in per cent, and what they are counted over."""
    pairs = list(zip(messages, results, strict=True))
    asks = [result for item, result in pairs if item.label == "ask"]
    others = [result for item, result in pairs if item.label != "ask"]
    answerable = [
        result for item, result in pairs if item.label not in {"ask", "background", "insult_bot"}
    ]
    return {
        "asks": len(asks),
        "found_at_once": _share(asks, {Outcome.STARTS}),
        "found_with_offer": _share(asks, {Outcome.STARTS, Outcome.OFFERS}),
        "others": len(others),
        "false_starts": _share(others, {Outcome.STARTS}),
        "answerable": len(answerable),
        "answered": _share(answerable, {Outcome.ANSWERS}),
        "offered_away": _share(answerable, {Outcome.OFFERS}),
    }


def _share(results: list[Outcome], wanted: set[Outcome]) -> float:
    return round(100 * sum(r in wanted for r in results) / len(results), 2) if results else 0.0
