"""A request as the mail's templates see it."""

from __future__ import annotations

from typing import Any

from support.flow.template_environment import NOT_GIVEN
from support.notifications.message import Message

LABELS = {"name": "Name", "email": "E-mail", "phone": "Phone"}


def values_of(message: Message) -> dict[str, Any]:
    """Everything that `templates.VARIABLES` lists, and the answers to added fields by name."""
    added = {answer.name: answer.value for answer in message.answers}
    standard = {name: getattr(message, name) or NOT_GIVEN for name in LABELS}
    labelled = [
        *((name, LABELS[name], value) for name, value in standard.items()),
        *((answer.name, answer.label, answer.value) for answer in message.answers),
    ]
    return {
        **added,
        **standard,
        "reference": message.reference,
        "reason": message.reason or NOT_GIVEN,
        "answers": [
            {
                "name": name,
                "label": label,
                "value": value,
                "verified": name not in message.unverified,
            }
            for name, label, value in labelled
        ],
        "unverified": list(message.unverified),
        "asked_at": f"{message.created_at:%Y-%m-%d %H:%M} UTC",
        "asked_from": message.asked_from,
        "can_reply": bool(message.reply_to),
        "conversation": [
            {
                "time": f"{line.at:%H:%M:%S}",
                "who": "Visitor" if line.who == "visitor" else "Assistant",
                "text": line.text,
            }
            for line in message.transcript
        ],
    }
