"""How the handoff flow reads on the pages: intents, conditions, steps, places."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from support.flow import labelled

INTENTS = {
    "request_human": "asking for a person",
    "ask_request_status": "asking how a request stands",
    "affirm": "a yes",
    "deny": "a no",
    "greet": "a greeting",
    "goodbye": "a goodbye",
    "thank": "thanks",
    "ask_capabilities": "asking what the assistant can do",
    "ask_is_bot": "asking whether it is a computer",
    "refuse_human": "not wanting a person",
    "insult_bot": "an insult",
    "out_of_scope": "another subject",
    "nlu_fallback": "nothing it knows",
    "ask": "asking for a person",
    "background": "another subject",
}
SLOTS = {
    "support=on": "Support Operations is on",
    "support=off": "Support Operations is off",
    "other_ways=known": "other ways to reach the team are entered",
    "other_ways=unknown": "no other way to reach the team is entered",
    "misunderstood=twice": "it is the second message in a row without an answer",
    "handoff_problem=again": "asked once more",
    "handoff_problem=at_last": "asked once more, the other words being worn out",
    "handoff_problem=stop_or_go_on": "after a “no” that may mean stop",
    "handoff_problem=welcome_back": "after an hour of silence",
    "handoff_problem=only_phone": "there is no e-mail address that could be checked",
    "handoff_problem=suggest_email": "the address looks misspelt",
    "handoff_problem=unclear": "the answer was not clear",
    "handoff_problem=unclear_again": "the answer was not clear, a second time",
    "handoff_problem=which_field": "the visitor wants to change something",
    "handoff_problem=which_field_again": "it is not clear what the visitor wants to change",
    "followup_wording=unclear": "the answer was not clear",
    "followup_wording=offered": "the visitor has said something about the request",
    "followup_wording=waiting": "the team's side has not accepted it yet",
    "followup_wording=undeliverable": "the team could not be told",
    "followup_wording=off": "Support Operations is off",
    "followup_wording=taken": "somebody of the team has taken it",
    "followup_wording=answered": "the team has answered it",
    "request_state=waiting": "the team's side has not accepted it yet",
    "request_state=undeliverable": "the team could not be told",
    "request_state=cancelled": "the visitor has cancelled it",
    "request_state=taken": "somebody of the team has taken it",
    "request_state=answered": "the team has answered it",
    "request_state=closed": "the team has closed it",
    "followup_told=saved": "the team's side has not accepted the message yet",
    "followup_told=undelivered": "the team could not be told",
}
# Values that name a field, and what they say of it.
ABOUT_A_FIELD = (
    (re.compile(r"invalid_(\w+)_again"), "a second answer that is no {}"),
    (re.compile(r"invalid_(\w+)"), "an answer that is no {}"),
    (re.compile(r"needed_(\w+)"), "the {} was skipped, and is needed"),
    (re.compile(r"change_(\w+)"), "the visitor wants to change the {}"),
)
FIELDS = {
    "name": "name",
    "email": "e-mail address",
    "phone": "phone number",
    "reason": "reason",
    "added_field": "answer to it",
}
STEPS = {
    "review": ("Training", "Measuring what is understood", "Holding a whole conversation"),
    "publish": (
        "Training",
        "Measuring what is understood",
        "Holding a whole conversation",
        "Going live",
    ),
    "rehearse": ("Making the draft ready to talk to",),
    "check": (),
}
# The figures of understanding: name, what it is, over how many, and whether more is better.
FIGURES = (
    ("found_at_once", "Asks for a person found at once", "asks", True),
    ("found_with_offer", "Asks found, at once or by the offer", "asks", True),
    ("false_starts", "Contact form started without being asked for", "others", False),
    ("answered", "Other questions answered rightly", "answerable", True),
)
TEMPLATES = {"notification": "Mail", "chat_message": "Message to chat channels"}
TYPES = {
    "text": "Text",
    "email": "E-mail address",
    "phone": "Phone number",
    "number": "Number",
    "choice": "Choice",
    "date": "Date",
    "pattern": "Pattern",
}


def intent(name: str) -> str:
    """What a message is taken for."""
    return INTENTS.get(name, name)


def percent(share: float) -> str:
    """A share from 0 to 1."""
    return f"{share:.0%}"


def verdict(understood: Mapping[str, Any]) -> tuple[str, str]:
    """What the assistant does with a phrase: a tone, and a word or two."""
    if understood["understood"]:
        return "good", "Understood"
    if understood["intent"] in labelled.OFFER_INTENTS:
        return "wait", "Only an offer"
    return "bad", "Misunderstood"


def outcome(name: str) -> str:
    """What a visitor meets whose message has this intent."""
    if name == "request_human":
        return "starts the contact form"
    if name in labelled.OFFER_INTENTS:
        return "an offer to pass it on"
    return f"taken for {intent(name)}"


def condition(key: str) -> str:
    """When this variation of a message is said; empty for the plain one."""
    found = re.search(r"\[(.*)\]", key)
    said = [_condition(each) for each in found[1].split(",")] if found else []
    return ", and ".join(said)


def response(key: str) -> str:
    """A message's name without its conditions."""
    return re.sub(r"[\[#].*", "", key)


def place(where: str) -> str:
    """The page on which a part of the document is changed."""
    section, _, rest = where.partition(".")
    if section == "messages":
        return f"/admin/flow/messages?q={quote(response(rest))}"
    if section.startswith("fields"):
        return "/admin/flow/fields"
    return {
        "notification": "/admin/flow/mail",
        "chat_message": "/admin/flow/chat",
        "trigger_phrases": "/admin/flow/phrases",
    }.get(section, "/admin/flow")


def place_name(where: str) -> str:
    """A part of the document in words."""
    section, _, rest = where.partition(".")
    if section == "messages":
        return f"Message {rest}"
    if section.startswith("fields"):
        number = re.search(r"\[(\d+)\]", section)
        return f"Field {int(number[1]) + 1}" if number else "Fields"
    if section in TEMPLATES:
        return f"{TEMPLATES[section]}, {rest}" if rest else TEMPLATES[section]
    return "Trigger phrases" if section.startswith("trigger_phrases") else where


def _condition(text: str) -> str:
    if text in SLOTS:
        return SLOTS[text]
    slot, _, value = text.partition("=")
    for pattern, words in ABOUT_A_FIELD:
        found = pattern.fullmatch(value)
        if found:
            return words.format(FIELDS.get(found[1], found[1]))
    if value in FIELDS:
        return f"it is about the {FIELDS[value]}"
    return f"{slot} is {value}"


FILTERS: dict[str, Callable[..., Any]] = {
    "intent": intent,
    "percent": percent,
    "verdict": verdict,
    "outcome": outcome,
    "condition": condition,
    "response": response,
    "place": place,
    "place_name": place_name,
}
