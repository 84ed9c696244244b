"""What can stand in the record, in words. Every action that is recorded anywhere has a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTIONS: Mapping[str, str] = {
    "request.listed": "Looked at the list of requests",
    "request.viewed": "Opened a request",
    "request.exported": "Exported requests",
    "request.taken": "Took a request",
    "request.given_back": "Gave a request back",
    "request.answered": "Marked a request as answered",
    "request.closed": "Closed a request",
    "request.reopened": "Reopened a request",
    "request.noted": "Wrote a note",
    "request.resent": "Had a message sent again",
    "flow.saved": "Changed the draft of the handoff flow",
    "flow.imported": "Imported a file as the draft of the handoff flow",
    "flow.discarded": "Discarded the draft of the handoff flow",
    "flow.reviewed": "Had the draft of the handoff flow measured",
    "flow.published": "Published the handoff flow",
    "flow.restored": "Brought back a version of the handoff flow",
    "flow.refused": "Tried to publish the handoff flow, in vain",
    "channel.created": "Added a channel",
    "channel.changed": "Changed a channel",
    "channel.deleted": "Deleted a channel",
    "channel.tested": "Sent a test message",
    "visitor.looked_up": "Looked up what is stored of a visitor",
    "visitor.erased": "Erased a visitor",
    "settings.changed": "Changed a setting",
    "person.added": "Added a person",
    "person.invited": "Made an invitation",
    "person.password_chosen": "Chose a password by an invitation",
    "person.password_changed": "Changed the own password",
    "person.role_changed": "Changed a role",
    "person.disabled": "Disabled a person",
    "person.enabled": "Enabled a person again",
    "token.made": "Made an API token",
    "token.revoked": "Revoked an API token",
    "sign_in.begun": "Signed in",
    "sign_in.failed": "Tried to sign in, in vain",
    "sign_in.ended": "Signed out",
    "audit.exported": "Exported the audit log",
}
GROUPS: Mapping[str, str] = {
    "request": "Requests",
    "flow": "Handoff flow",
    "visitor": "Privacy",
    "settings": "Settings",
    "channel": "Channels",
    "person": "People",
    "token": "API tokens",
    "sign_in": "Signing in",
    "audit": "Audit log",
}


def done(action: str) -> str:
    """An action in words."""
    return ACTIONS.get(action, action)


def expanded(action: str) -> tuple[str, ...]:
    """The actions meant: a whole group ('request'), or the one with this name."""
    group = tuple(name for name in ACTIONS if name.startswith(f"{action}."))
    return group or ((action,) if action else ())


def detail(values: Mapping[str, Any]) -> str:
    """An entry's details on one line."""
    if set(values) == {"old", "new"}:
        return f"{_value(values['old'])} → {_value(values['new'])}"
    return ", ".join(f"{name}: {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value not in ("", None) else "empty"
