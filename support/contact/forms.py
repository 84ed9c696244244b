"""One contact form that was handed out: its signed id, and what it was filled in with."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from support.form_state import NAMES

NAME_SPACE = "contact-"
BYTES_OF_ID = 16
LASTS_SECONDS = 7 * 86_400
TEXT_LENGTH = 4_000


@dataclass(frozen=True)
class Form:
    """own_id: this form's. handoff_id: of the form that was begun in the chat, else own_id.

    conversation_id: the chat's, else own_id. age: since it was handed out.
    """

    own_id: str
    handoff_id: str
    conversation_id: str
    age: dt.timedelta = dt.timedelta()

    @property
    def from_chat(self) -> bool:
        """Whether it belongs to a chat."""
        return self.conversation_id != self.own_id


class Forms:
    """Hands out forms and takes them back; only what this deployment signed."""

    def __init__(self, secret_key: str) -> None:
        self._signer = URLSafeTimedSerializer(secret_key, salt="contact-form")

    def new(self, conversation_id: str | None, handoff_id: str | None) -> Form:
        """A form that nobody has sent."""
        own = NAME_SPACE + secrets.token_urlsafe(BYTES_OF_ID)
        return Form(own, handoff_id or own, conversation_id or own)

    def signed(self, form: Form) -> str:
        """The form_id that stands for it outside."""
        return str(self._signer.dumps([form.own_id, form.handoff_id, form.conversation_id]))

    def read(self, form_id: Any, now: dt.datetime) -> Form | None:
        """The form that a form_id stands for; None for one that is not ours, or too old."""
        if not isinstance(form_id, str):
            return None
        try:
            ids, at = self._signer.loads(form_id, max_age=LASTS_SECONDS, return_timestamp=True)
        except BadData:
            return None
        own_id, handoff_id, conversation_id = ids
        return Form(own_id, handoff_id, conversation_id, now - at)


def text_of(values: Any) -> dict[str, str]:
    """The fields' texts in what was sent, cut at a sane length; all else in it is passed over."""
    given = values if isinstance(values, dict) else {}
    texts = {name: given[name] for name in NAMES if isinstance(given.get(name), str)}
    return {name: text[:TEXT_LENGTH] for name, text in texts.items()}
