"""The web chat's conversations: ids that only we can issue, and the token that proves one.

Whoever names an id in stock Rasa joins that conversation. Here the id that a browser holds is
signed, and both servers know the signature.
"""

from __future__ import annotations

import secrets
from typing import Any

from itsdangerous import BadSignature, Signer

NAME_SPACE = "web-"
BYTES_OF_ID = 16
TOKEN_LENGTH = 200


class Tokens:
    """Issues and checks the tokens of one deployment."""

    def __init__(self, secret_key: str) -> None:
        self._signer = Signer(secret_key, salt="conversation")

    def issue(self) -> tuple[str, str]:
        """A new conversation: its id, and the token for the one browser that may go on with it."""
        conversation = NAME_SPACE + secrets.token_urlsafe(BYTES_OF_ID)
        return conversation, self._signer.sign(conversation).decode()

    def conversation(self, token: Any) -> str | None:
        """The conversation that a token was issued for; None for anything else."""
        if not isinstance(token, str) or len(token) > TOKEN_LENGTH:
            return None
        try:
            return self._signer.unsign(token).decode()
        except BadSignature:
            return None
