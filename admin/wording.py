"""How stored values read on the pages: moments, settings, and where a delivery stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from admin import countries
from support.notifications.message import VISITOR_CHANNELS
from support.settings import BY_NAME

STATUSES = {
    "new": ("wait", "New"),
    "taken": ("wait", "Taken"),
    "answered": ("good", "Answered"),
    "closed": ("good", "Closed"),
    "cancelled": ("bad", "Cancelled"),
}
EVENTS = {
    "created": "Sent by the visitor",
    "addition": "Added by the visitor",
    "correction": "Corrected by the visitor",
    "cancelled": "Cancelled by the visitor",
    "taken": "Taken",
    "given_back": "Given back",
    "answered": "Answered",
    "closed": "Closed",
    "reopened": "Reopened",
    "note": "Note",
    "resent": "Sent again",
}
ANSWERS = {"name": "Name", "email": "E-mail", "phone": "Phone", "reason": "Reason"}
COUNTED = {
    "requests": ("request", "requests"),
    "request_events": ("entry in a history", "entries in histories"),
    "deliveries": ("message to the team", "messages to the team"),
    "attempts": ("try to send one", "tries to send them"),
    "conversation_events": ("entry in a conversation", "entries in conversations"),
    "handoffs": ("contact form", "contact forms"),
    "limit_hits": ("limit met", "limits met"),
    "failed_lookups": ("wrong try to look it up", "wrong tries to look one up"),
    "idempotency_keys": ("answer to a program", "answers to programs"),
    "audit_entries": ("entry of who did what", "entries of who did what"),
    "setting_changes": ("change of a setting", "changes of settings"),
    "alerts": ("alert", "alerts"),
    "erasures": ("receipt", "receipts"),
}
# What is stored of a visitor, and what for: on the page of privacy, and beside each on a request's.
PURPOSES = {
    "Name": "So that the team knows whom it answers.",
    "E-mail": "To answer. This or the phone number is enough; the visitor chooses.",
    "Phone": "To answer. This or the e-mail address is enough; the visitor chooses.",
    "Reason": "So that the right person of the team answers, prepared.",
    "Conversation": "So that the visitor need not tell everything again.",
    "Page": "The page of the website that the visitor was on, for the same reason.",
    "Network": "A hash of the network address, for the limits; the address is not kept.",
}
# The questions of the contact form, beside the answers.
QUESTIONS = {**ANSWERS, "handoff_confirmed": "Shall I send it?", "": "Before the first question"}
ACTIONS = {
    "take": "Take",
    "give-back": "Give back",
    "answer": "Answer",
    "close": "Close",
    "reopen": "Reopen",
}
DONE = {
    "take": "You have taken this request.",
    "give-back": "Anybody can take this request again.",
    "answer": "The request is marked as answered.",
    "close": "The request is closed.",
    "reopen": "The request is open again.",
    "note": "The note is saved.",
    "resend": "The message is on its way again.",
}
PARTS = {
    "sent": "Sent",
    "given_up": "Given up",
    "off": "Asked while switched off",
    "under_way": "Still in the form",
}
# What programs for mail take in a link at the least.
QUOTED_LENGTH = 600
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


def action(word: str) -> str:
    """What can be done with a request, on its button."""
    return ACTIONS.get(word, word)


def done(word: str | None) -> str | None:
    """What has just been done."""
    return DONE.get(word or "")


def part(word: str) -> str:
    """What came of an ask."""
    return PARTS.get(word, word)


def question(field: str) -> str:
    """A question of the contact form."""
    return QUESTIONS.get(field, field)


def came_by(channel: str) -> str:
    """The door that a visitor came in by."""
    words = VISITOR_CHANNELS.get(channel, channel)
    return words[:1].upper() + words[1:]


def duration(seconds: float | None) -> str:
    """A length of time, no finer than it helps."""
    if seconds is None:
        return "–"
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} hours" if hours < 48 else f"{round(seconds / 86_400)} days"


def day(of: dt.date) -> str:
    """A day."""
    return f"{of.day} {of:%b %Y}"


def short_day(of: dt.date) -> str:
    """A day, the year being clear."""
    return f"{of.day} {of:%b}"


def count(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def share(number: int, of: int) -> str:
    """A part in percent."""
    return f"{number / of:.0%}" if of else "–"


def reply_link(found: dict[str, Any]) -> str | None:
    """A link that opens the answer's mail; None when there is no address to write to."""
    if not found["email"] or "email" in found["unverified"]:
        return None
    quoted = "\n".join(f"> {line}" for line in found["reason"][:QUOTED_LENGTH].splitlines())
    body = f"Hello {found['name']},\n\n\n\n{quoted}\n"
    fields = {"subject": f"Re: Your request {found['reference']}", "body": body}
    written = "&".join(
        f"{name}={quote(text.encode('utf-8', 'replace'), safe='')}" for name, text in fields.items()
    )
    return f"mailto:{quote(found['email'].encode('utf-8', 'replace'), safe='@')}?{written}"


def known_by(found: Mapping[str, Any]) -> str:
    """What a visitor is looked up by: an address or a number that was checked, or the reference."""
    for field in ("email", "phone"):
        if found[field] and field not in found["unverified"]:
            return str(found[field])
    return str(found["reference"])


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


def kept_for(days: int) -> str:
    """How long something is kept, in words."""
    return "for ever" if days == 0 else "1 day" if days == 1 else f"{days} days"


def gone(counts: Mapping[str, int]) -> str:
    """What was, or would be, deleted, in words; the most telling first."""
    order = [*COUNTED, *sorted(set(counts) - set(COUNTED))]
    return (
        ", ".join(_counted(name, counts[name]) for name in order if counts.get(name)) or "nothing"
    )


def _counted(name: str, count: int) -> str:
    # A table that has no words yet is named as it is.
    one, many = COUNTED.get(name, (name.replace("_", " "),) * 2)
    return f"{count:,} {one if count == 1 else many}"


def capitalize_first(text: str) -> str:
    """The text with a capital at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:]


def access_of(person: Mapping[str, Any]) -> tuple[str, str]:
    """A tone and words for whether a person can sign in."""
    if person["disabled_at"]:
        return "bad", "Disabled"
    return ("good", "Can sign in") if person["has_password"] else ("wait", "Invited")


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
    "kept_for": kept_for,
    "gone": gone,
    "capitalize_first": capitalize_first,
    "access_of": access_of,
    "label": label,
    "shown": shown,
    "change_in_words": change_in_words,
    "stands": stands,
    "delivered": delivered,
    "status": status,
    "happened": happened,
    "answer_name": answer_name,
    "action": action,
    "done": done,
    "part": part,
    "question": question,
    "came_by": came_by,
    "duration": duration,
    "count": count,
    "day": day,
    "short_day": short_day,
    "share": share,
    "reply_link": reply_link,
    "known_by": known_by,
    "purpose": PURPOSES.__getitem__,
    "web_link": web_link,
}
