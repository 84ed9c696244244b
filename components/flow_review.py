"""Measuring what a flow would change: understanding now and then, and a conversation to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from rasa.core.processor import MessageProcessor

from components import understanding
from components.rehearsal import Rehearsal
from components.understanding import Examples
from support.flow import document, labelled, project, verdict, words
from support.flow.document import Changes, Flow
from support.flow.labelled import Labelled, Outcome
from support.flow.project import TRIGGER

# So many phrases are shown one by one.
MOST_PHRASES = 200
Say = Callable[[str], None]


def review(
    live: MessageProcessor, before: Changes, candidate: Rehearsal, say: Say, *, comes_back: bool
) -> dict[str, Any]:
    """What becomes of understanding and of a conversation when `candidate` goes live.

    `reasons` says why it should not; it is empty when it may. say: told of each step. comes_back:
    whether it was live before. Then it may find fewer asks: what it lacks is what has been added
    since, and somebody wants that away.
    """
    files = project.read()
    old, new = document.laid_over(before, files), candidate.flow
    say("Measuring what is understood")
    messages = labelled.read_messages(labelled.MESSAGES)
    then_processor = candidate.agent.processor
    now, then = (_outcomes(each, messages) for each in (live, then_processor))
    figures = {
        "now": labelled.figures(messages, [outcome for _, outcome in now]),
        "then": labelled.figures(messages, [outcome for _, outcome in then]),
    }
    added, removed = _phrases(old, new, live, then_processor)
    say("Holding a whole conversation")
    talk, problem = asyncio.run(candidate.walk(_opening(then_processor, new)))
    replay = {**talk.to_json(), "passed": problem is None, "why": problem}
    lost = verdict.asks_lost(figures["now"], figures["then"])
    reasons = verdict.false_starts_gained(figures["now"], figures["then"])
    reasons += [] if comes_back else lost
    if problem:
        reasons.append(f"A whole conversation with it fails: {problem}")
    return {
        "changes": words.differences(old, new),
        "figures": figures,
        "flips": verdict.flips(messages, now, then),
        "added": added,
        "removed": removed,
        "replay": replay,
        "warnings": [*(lost if comes_back else []), *verdict.warnings(new, added)],
        "reasons": reasons,
    }


def check(texts: list[str], live: MessageProcessor, examples: Examples) -> list[dict[str, Any]]:
    """What the live model makes of each text, and which examples it is close to."""
    return [
        {
            **each.to_json(),
            "close_to": examples.closest(each),
            "also_fits": examples.also_fits(each),
        }
        for each in understanding.read(live, texts)
    ]


def examples_of(processor: MessageProcessor, flow: Flow) -> Examples:
    """What a model with this flow was trained with."""
    others = {t: i for t, i in project.read().examples.items() if i != TRIGGER}
    return Examples(processor, {**others, **dict.fromkeys(flow.trigger_phrases, TRIGGER)})


def _outcomes(processor: MessageProcessor, messages: list[Labelled]) -> list[tuple[str, Outcome]]:
    found = understanding.read(processor, [item.text for item in messages])
    return [
        (each.intent, labelled.outcome(item.label, each.intent))
        for item, each in zip(messages, found, strict=True)
    ]


def _phrases(
    old: Flow, new: Flow, live: MessageProcessor, then: MessageProcessor
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Each phrase added, and each removed, as it is understood with the candidate."""
    had = {document.same(phrase) for phrase in old.trigger_phrases}
    have = {document.same(phrase) for phrase in new.trigger_phrases}
    added = [each for each in new.trigger_phrases if document.same(each) not in had]
    removed = [each for each in old.trigger_phrases if document.same(each) not in have]
    added, removed = added[:MOST_PHRASES], removed[:MOST_PHRASES]
    if not added:
        return [], [each.to_json() for each in understanding.read(then, removed)]
    examples = examples_of(then, new)
    before = {each.text: each.asks for each in understanding.read(live, added)}
    shown = [
        {
            **each.to_json(),
            "understood_now": before[each.text],
            "also_fits": examples.also_fits(each),
        }
        for each in understanding.read(then, added)
    ]
    return shown, [each.to_json() for each in understanding.read(then, removed)]


def _opening(processor: MessageProcessor, flow: Flow) -> str:
    """A phrase that opens the form, the clearest of the first ones."""
    first = understanding.read(processor, list(flow.trigger_phrases[:20]))
    return max(first, key=lambda each: each.confidence if each.asks else 0.0).text
