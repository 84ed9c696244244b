"""The flow's messages by the moment in the conversation at which they are said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from admin import flow_wording
from support.flow.document import Flow

MOST_FOUND = 40


@dataclass(frozen=True)
class Moment:
    """One moment. pattern: the names of the responses that belong to it."""

    name: str
    title: str
    help: str
    pattern: str

    def has(self, key: str) -> bool:
        """Whether this message is said then."""
        return re.fullmatch(self.pattern, flow_wording.response(key)) is not None


MOMENTS = (
    Moment(
        "sent",
        "When the form ends",
        "What became of the request: passed on, saved, not delivered, stopped.",
        r"utter_request_(sent|saved|undelivered|not_saved|limited)|utter_cancelled|"
        r"utter_form_left|utter_support_off",
    ),
    Moment(
        "asking",
        "Asking once more",
        "A field's question in other words. The first question is at the field itself.",
        r"utter_opening|utter_ask_(name|email|phone|reason)",
    ),
    Moment(
        "added",
        "Asking for your own fields",
        "The words around the question that you wrote for a field.",
        r"utter_\w+_added_field|utter_hint_\w+",
    ),
    Moment(
        "between",
        "Questions in between",
        "Answers to what visitors ask while the form is open.",
        r"utter_(what_happens_to_data|how_long|are_you_a_bot|who_gets_this|question_for_team|"
        r"corrected)",
    ),
    Moment(
        "summary",
        "The summary",
        "What will be sent, and whether it shall be.",
        r"utter_ask_handoff_confirmed|utter_not_given",
    ),
    Moment(
        "talk",
        "Small talk",
        "Greeting, thanks, and what the assistant is.",
        r"utter_(greet|thank|goodbye|capabilities|is_bot|no_human_needed)",
    ),
    Moment(
        "offer",
        "The offer",
        "When the assistant has no answer of its own.",
        r"utter_(offer|offer_declined|nothing_offered)",
    ),
    Moment(
        "news",
        "News after the end",
        "When it turns out later what became of a request.",
        r"utter_(followup_)?news_\w+",
    ),
    Moment(
        "again",
        "A visitor who comes back",
        "Adding to an open request, correcting it, cancelling it.",
        r"utter_ask_followup_\w+|utter_followup_(?!news)\w+",
    ),
    Moment(
        "status",
        "How a request stands",
        "Also when a visitor asks from another device.",
        r"utter_request_status(_only)?|utter_ask_lookup_\w+|utter_lookup_\w+",
    ),
    Moment(
        "trouble",
        "When something is wrong",
        "A part of the system does not answer, or a visitor is too fast.",
        r"utter_(unavailable|slow_down)",
    ),
    Moment(
        "page",
        "The contact form's page",
        "For visitors who cannot use the chat.",
        r"utter_contact_\w+",
    ),
)
# For what a project adds to domain.yml.
OTHERS = Moment("others", "Other messages", "Said nowhere in the handoff itself.", r"\w+")


def of(key: str) -> Moment:
    """The moment that a message belongs to."""
    return next((moment for moment in MOMENTS if moment.has(key)), OTHERS)


def named(name: str) -> Moment | None:
    """The moment with this name."""
    return next((moment for moment in (*MOMENTS, OTHERS) if moment.name == name), None)


def grouped(flow: Flow) -> dict[Moment, list[str]]:
    """The keys of all messages by moment; moments without any are left out."""
    found: dict[Moment, list[str]] = {moment: [] for moment in (*MOMENTS, OTHERS)}
    for key in flow.messages:
        found[of(key)].append(key)
    return {moment: keys for moment, keys in found.items() if keys}


def searched(flow: Flow, words: str) -> list[str]:
    """The keys of the messages in whose name or text all these words are."""
    wanted = words.casefold().split()
    return [
        key
        for key, text in flow.messages.items()
        if all(word in f"{key} {text}".casefold() for word in wanted)
    ][:MOST_FOUND]


def changed(before: Flow, after: Flow, keys: Iterable[str]) -> list[str]:
    """Those of the messages that read otherwise."""
    return [key for key in keys if before.messages.get(key) != after.messages.get(key)]
