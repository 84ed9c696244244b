"""A web hook: the request as JSON, signed, for a CRM or a program of one's own.

docs/webhook.md describes body and headers for those who receive them. A change that a receiver
could stumble over is a new VERSION.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from support import outgoing
from support.guard import Guard
from support.notifications import words
from support.notifications.message import Message
from support.notifications.note import Note

VERSION = 1


class Webhook:
    """One address that takes JSON. address: url, and the signing_key that both sides know."""

    def __init__(self, address: Mapping[str, str], guard: Guard, team_url: str | None) -> None:
        self._url = address["url"]
        self._key = address["signing_key"]
        self._guard = guard
        self._team_url = team_url

    def send(self, message: Message) -> str:
        """Post it; return what the other side answered. Raises DeliveryError."""
        return self._post(self.render(message), [*self._secrets(), *message.given])

    def send_note(self, note: Note) -> str:
        """The same for a note to the owner."""
        content = {
            "version": VERSION,
            "id": note.id,
            "event": "alert",
            "at": _iso(dt.datetime.now(dt.timezone.utc)),
            "alert": {"subject": note.subject, "text": note.text, "url": note.link},
        }
        return self._post(content, self._secrets())

    def _post(self, content: Mapping[str, Any], hidden: list[str]) -> str:
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Handoff-Event": content["event"],
            "X-Handoff-Delivery": content["id"],
            "X-Handoff-Timestamp": timestamp,
            "X-Handoff-Signature": sign(self._key, timestamp, body),
        }
        answer = outgoing.post(self._url, body, headers, self._guard)
        host = str(outgoing.parse(self._url).host)
        if 200 <= answer.status < 300:
            return f"{host} answered {answer.status}"
        raise outgoing.refusal(host, answer, answer.excerpt(hidden))

    def render(self, message: Message) -> dict[str, Any]:
        """The body, as docs/webhook.md describes it."""
        news = message.news
        kind = "test" if message.test else f"request.{news.kind if news else 'created'}"
        return {
            "version": VERSION,
            "id": message.delivery_id,
            "event": kind,
            "at": _iso(news.at if news else message.created_at),
            "request": {
                "reference": message.reference,
                "created_at": _iso(message.created_at),
                "name": message.name,
                "email": message.email,
                "phone": message.phone,
                "reason": message.reason,
                "answers": [vars(answer) for answer in message.answers],
                "unverified": list(message.unverified),
                "channel": message.visitor_channel,
                "page_url": message.page_url,
                "url": words.link(message, self._team_url),
                "transcript": [
                    {"at": _iso(line.at), "who": line.who, "text": line.text}
                    for line in message.transcript
                ],
            },
            "news": news
            and {
                "text": news.text,
                "changes": [vars(change) for change in news.changes],
                "follows": news.follows,
            },
        }

    def _secrets(self) -> list[str]:
        """What an answer might repeat, and an error or a log must not."""
        parts = outgoing.parse(self._url)
        secrets = (self._key, self._url, parts.path, parts.query)
        return [text for text in secrets if text and len(text) > 1]


def sign(key: str, timestamp: str, body: bytes) -> str:
    """The signature's header: HMAC-SHA256 over timestamp, a dot, and the body."""
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def _iso(at: dt.datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
