"""How stored values read on the pages: moments, settings, and where a delivery stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from admin import countries
from support.settings import BY_NAME

STATUSES = {
    "new": ("wait", "New"),
    "taken": ("wait", "Taken"),
    "answered": ("good", "Answered"),
    "closed": ("good", "Closed"),
    "cancelled": ("bad", "Cancelled by the visitor"),
}
EVENTS = {
    "created": "Sent by the visitor",
    "addition": "Added by the visitor",
    "correction": "Corrected by the visitor",
    "cancelled": "Cancelled by the visitor",
    "taken": "Taken",
    "answered": "Answered",
    "closed": "Closed",
    "reopened": "Reopened",
    "note": "Note",
    "resent": "Sent again",
}
ANSWERS = {"name": "Name", "email": "E-mail", "phone": "Phone", "reason": "Reason"}
STANDS = {
    "queued": ("wait", "waiting to be sent"),
    "sending": ("wait", "being sent now"),
    "sent": ("good", "accepted"),
    "failed": ("bad", "not delivered, given up"),
}


def moment(iso: str) -> str:
    """A time as people write it; always UTC, because the page cannot know the reader's zone."""
    at = dt.datetime.fromisoformat(iso.replace("Z", "+00:00"))
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def label(name: str) -> str:
    """A setting's label; its bare name when this release knows it no more."""
    return BY_NAME[name].label if name in BY_NAME else name


def shown(value: Any, name: str) -> str:
    """A setting's value in words."""
    kind = BY_NAME[name].type if name in BY_NAME else ""
    if kind == "switch":
        return "on" if value else "off"
    if kind == "number":
        return f"{value} {BY_NAME[name].unit}"
    if kind == "country":
        return f"{countries.names().get(value, value)} ({value})"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "none"
    return f"“{value}”" if value else "empty"


def change_in_words(change: dict[str, Any]) -> str:
    """What was changed, from what to what."""
    name = change["name"]
    return f"{label(name)} {shown(change['old'], name)} → {shown(change['new'], name)}"


def stands(delivery: dict[str, Any]) -> tuple[str, str]:
    """A tone for the eye and words for where one delivery stands."""
    tone, words = STANDS.get(delivery["status"], ("wait", delivery["status"]))
    if delivery["status"] == "queued" and delivery.get("attempts"):
        return "bad", "not accepted yet, will be tried again"
    return tone, words


def status(word: str) -> tuple[str, str]:
    """A tone and words for a request's status."""
    return STATUSES.get(word, ("wait", word))


def happened(kind: str) -> str:
    """What happened to a request, in words."""
    return EVENTS.get(kind, kind)


def answer_name(field: str) -> str:
    """An answer's label."""
    return ANSWERS.get(field, field)


def delivered(deliveries: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """A tone and words for a request's deliveries taken together."""
    sent = sum(delivery["status"] == "sent" for delivery in deliveries)
    failed = sum(delivery["status"] == "failed" for delivery in deliveries)
    total = len(deliveries)
    if not total:
        return "bad", "Nobody to send to"
    if sent == total:
        return "good", "Sent"
    if failed == total:
        return "bad", "Not delivered"
    tone = "bad" if failed else "wait"
    return (tone, f"Sent to {sent} of {total}") if sent else (tone, "Waiting")


def groups(fields: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """The form's fields under their headings, in the table's order."""
    return [(name, list(those)) for name, those in groupby(fields, lambda f: f.setting.group)]


def web_link(url: str | None) -> str | None:
    """The URL when it is one to follow; a visitor's page may claim any scheme."""
    try:
        scheme = urlsplit(url or "").scheme
    except ValueError:
        return None
    return url if scheme in ("http", "https") else None


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "groups": groups,
    "label": label,
    "shown": shown,
    "change_in_words": change_in_words,
    "stands": stands,
    "delivered": delivered,
    "status": status,
    "happened": happened,
    "answer_name": answer_name,
    "web_link": web_link,
}
