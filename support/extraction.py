"""What a visitor's words hold: a name, an address, a number, a reason.

Text in, values out; which question was asked hardly matters here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from support import fields

REASON_LENGTH = 2000

_GREETING = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there)?(?:[\s,.!-]+|$)", re.I
)
_TITLE = r"\b(?:dr|mr|mrs|ms|prof|st|\w(?!\.\s+I\b))\."
_NAME_IS = re.compile(
    r"\b(?:my|the) (?:full |first )?name(?:'s|’s| is|:)\s+"
    r"(?!(?:not|wrong|incorrect|missing|misspel\w+|spelled|spelt)\b)"
    rf"(?P<name>(?:{_TITLE}|[^,;.!?\n])+?)"
    r"(?=\s+(?:and|but|from|with|here|speaking)\b|[,;.!?\n]|$)"
    r"|^name\s*[:=]\s*(?P<labelled>[^,;\n]+)",
    re.I,
)
_LEAD_IN = re.compile(
    r"^(?:(?:(?:my|the) )?name(?:'s|’s| is|:)|i am|i'm|i’m|im|it is|it's|it’s|this is|"
    r"(?:you can |please |just )?call me|(?:sure|ok|okay|yes|of course)[,.!]+)\s+",
    re.I,
)
# "I'm Ann" names, "I'm angry" does not: without "my name is" only capitals are believed.
_WORD_OF_NAME = r"(?:(?:Dr|Mr|Mrs|Ms|Prof|St|[^\W\d_a-z])\.|[^\W\d_a-z][\w'’-]*)"
_INTRODUCED = re.compile(
    r"\b(?:[Ii]['’]?m|[Ii] am|[Tt]his is|[Ii]t['’]s)\s+"
    r"(?!(?i:not|very|so|really|still|sorry|angry|upset|urgent|important|ridiculous|unacceptable|"
    r"outrageous|about|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b)"
    rf"(?P<name>{_WORD_OF_NAME}(?:\s+{_WORD_OF_NAME}){{0,3}})"
)
_NAME_ENDS = re.compile(r"\s+(?:and|but|from|with|here|speaking)\b.*$", re.I)
_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|because(?: of)?|due to|to discuss|"
    r"for (?=my\b|our\b|help with\b)|with (?=my\b|our\b))\s*(?P<reason>.+)$",
    re.I | re.S,
)
_POINTING = re.compile(
    r"^(?:this|that|it|something|sth|them|these|those)\b\W*(?:please\W*)?$", re.I
)
_ASKING = re.compile(
    r"\b(?:agents?|agnet|human|humans|persons?|people|representatives?|reps?|someone|somebody|"
    r"operators?|advis[eo]rs?|customer service|staff|employee|manager|supervisor|team|speak|talk|"
    r"chat|call me|contact me|transfer|connect|escalate|support|live|help me)\b",
    re.I,
)
_ABBREVIATION = re.compile(r"(?:^|\W)(?:\w|jr|sr|phd|md|esq)\.$", re.I)
_CLAUSE = re.compile(r"[.!?;,\n]+\s*(?:and\b|but\b)?\s*|^\s*(?:and|but)\b\s*", re.I)
# What leads to an address or a number, and says nothing without it.
_LABEL = re.compile(
    r"(?:\b(?:and|or|at)\b\s*)?"
    r"(?:(?:\b(?:my|the)\s+)?\b(?:e-?mail|mail|phone|telephone|tel|mobile|cell|number)"
    r"(?:\s+(?:address|number))?"
    r"|\b(?:reach|contact|call|text|phone|e-?mail|mail|write(?: to)?)\s+me"
    r"(?:\s+(?:at|on|by|via|under))?)?"
    r"(?:\s+is|\s*[:=-])?\s*$",
    re.I,
)
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]|\"\s*\"|“\s*”|(?<=\s)[)>\]]")
_POLITE_END = re.compile(r"[\s,]+(?:please|pls|plz|thanks|thank you)[.!]*$", re.I)
WORDS_OF_A_REASON = 3


def contacts(tidied: str, asked: str | None, region: str) -> tuple[dict[str, str], str]:
    """The address and the number in a text, and the text without them."""
    values = {}
    rest = tidied
    email = fields.find_email(rest)
    if email is not None:
        values["email"] = email.value
        rest = _without(rest, email)
    phone = fields.find_phone(rest, region, asked=asked == "phone")
    if phone is not None:
        values["phone"] = phone.value
        rest = _without(rest, phone)
    return values, rest


def _without(text: str, found: fields.Found) -> str:
    before = _LABEL.sub("", text[: found.start])
    return " ".join(_EMPTY_BRACKETS.sub("", f"{before} {text[found.end :]}").split())


def name_and_more(rest: str, known: Mapping[str, str]) -> dict[str, str]:
    """A name, and a reason behind it: 'Ann Lee, my order 4711 never came'."""
    explicit = introduction(rest)
    parts = [part.strip() for part in re.split(r"[,;]", rest) if part.strip(" .!-")]
    if not parts:
        return {}
    name = explicit or bare_name(parts[0])
    more = [
        part
        for part in parts[1:]
        if len(part.split()) >= WORDS_OF_A_REASON and not (explicit and explicit in part)
    ]
    if not explicit and len(parts) == 2 and not more:
        name = bare_name(f"{parts[0]}, {parts[1]}")
    if fields.name_problem(name):
        return {}
    values = {"name": name}
    if more and "reason" not in known:
        values["reason"] = ", ".join(more)[:REASON_LENGTH]
    return values


def bare_name(text: str) -> str:
    name = _GREETING.sub("", text)
    while (shorter := _LEAD_IN.sub("", name)) != name:
        name = shorter
    name = _POLITE_END.sub("", name).strip(' ,;:!"“”-')
    return name if _ABBREVIATION.search(name) else name.rstrip(".")


def introduction(rest: str) -> str | None:
    """The name in 'my name is Ann Lee' or 'I'm Ann', if the text introduces somebody."""
    match = _NAME_IS.search(rest)
    if match:
        name = match["name"] or match["labelled"]
    else:
        match = _INTRODUCED.search(rest)
        name = match["name"] if match else ""
    name = _NAME_ENDS.sub("", name).strip(" .")
    return name if name and not fields.name_problem(name) else None


def reason_of_asking(rest: str) -> str | None:
    """What an ask for a person is about, if the same message says so."""
    without_name = _INTRODUCED.sub("", _NAME_IS.sub("", rest))
    clauses = [clause.strip() for clause in _CLAUSE.split(without_name)]
    told = [
        clause
        for clause in clauses
        if len(clause.split()) >= WORDS_OF_A_REASON and not _ASKING.search(clause)
    ]
    if told:
        return ", ".join(told)[:REASON_LENGTH]
    match = _ABOUT.search(without_name)
    reason = match["reason"].strip(" .!?,") if match else ""
    return reason[:REASON_LENGTH] if reason and not _POINTING.match(reason) else None
