"""Slack, and what understands the same: an incoming webhook that takes Block Kit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from support import outgoing
from support.errors import DeliveryError
from support.guard import Guard
from support.notifications import words
from support.notifications.message import Message
from support.notifications.note import Note
from support.notifications.own_words import own_words

# Slack's own limits: for one text, in characters, and for the fields of one block.
HEADER_LENGTH = 150
TEXT_LENGTH = 3000
FIELD_LENGTH = 2000
FIELDS_TOGETHER = 10
# The rest is on the request's page; a chat is no place for all of it.
CONVERSATION_LENGTH = 1500
# An answer in one of Slack's own words, such as channel_is_archived, is safe to repeat.
SLACKS_WORD = re.compile(r"[a-z_]{2,60}")


class Slack:
    """One incoming webhook. address: url. team_url: where request pages are, if anywhere."""

    def __init__(self, address: Mapping[str, str], guard: Guard, team_url: str | None) -> None:
        self._url = address["url"]
        self._guard = guard
        self._team_url = team_url

    def send(self, message: Message) -> str:
        """Post it; return what Slack answered. Raises DeliveryError."""
        return self._post(self.render(message))

    def send_note(self, note: Note) -> str:
        """The same for a note to the owner."""
        text = f"{note.subject}\n\n{note.text}\n\n{note.link}"
        blocks = [_section(text)]
        return self._post({"text": _escaped(note.subject, TEXT_LENGTH), "blocks": blocks})

    def _post(self, content: Mapping[str, Any]) -> str:
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = outgoing.post(self._url, body, headers, self._guard)
        word = answer.text.strip()
        if answer.status == 200 and word == "ok":
            return "Slack answered 200: ok"
        said = word if SLACKS_WORD.fullmatch(word) else ""
        if answer.status < 300:
            # A page that is not Slack's may answer anything with 200.
            raise DeliveryError(f"Slack answered {answer.status}, but not “ok”.")
        raise outgoing.refusal("Slack", answer, said)

    def render(self, message: Message) -> dict[str, Any]:
        """The message as Slack takes it. What visitors typed is plain text, never markup."""
        own = None if message.news else own_words(message.chat_message, message)
        headline = (own and own.title) or words.headline(message)
        blocks = [
            {"type": "header", "text": _plain(headline, HEADER_LENGTH)},
            *([_section(own.text)] if own else _usual(message)),
            {"type": "context", "elements": [_plain(words.mark(message), TEXT_LENGTH)]},
        ]
        link = words.link(message, self._team_url)
        if link:
            text = {"type": "mrkdwn", "text": f"<{link}|Open the request>"}
            blocks.append({"type": "section", "text": text})
        fallback = _escaped(headline, TEXT_LENGTH)
        return {"text": fallback, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _usual(message: Message) -> list[dict[str, Any]]:
    """What is said in the product's words."""
    blocks = [_section(words.TEST_NOTE)] if message.test else []
    whole = words.is_whole(message)
    if message.news and whole:
        blocks += [_section(f"{words.said(message)}\n\n{words.MISSED}"), _section(message.reason)]
    else:
        blocks.append(_section(words.said(message)))
    facts = [_plain(f"{label}\n{value}", FIELD_LENGTH) for label, value in words.facts(message)]
    for first in range(0, len(facts), FIELDS_TOGETHER):
        blocks.append({"type": "section", "fields": facts[first : first + FIELDS_TOGETHER]})
    if message.transcript and whole:
        blocks.append(_section(words.conversation(message, CONVERSATION_LENGTH)))
    return blocks


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(words.clean(text) or "–", TEXT_LENGTH)}


def _plain(text: str, length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _escaped(text, length), "emoji": False}


def _escaped(text: str, length: int) -> str:
    """Slack's three characters escaped, and no longer than `length` with that."""
    room = length - 1
    kept: list[str] = []
    for character in text:
        piece = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        room -= len(piece)
        if room < 0:
            return "".join(kept) + "…"
        kept.append(piece)
    return "".join(kept)
