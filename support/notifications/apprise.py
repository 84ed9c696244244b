"""Everything else: Teams, Discord, Telegram, SMS and the rest, each an Apprise URL.

Apprise makes its calls itself, so it runs in a process of its own (`apprise_child.py`), which can
be ended when it takes too long, lets no connection past the guard, and knows none of our secrets.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from support.config import PROJECT
from support.errors import DeliveryError
from support.guard import Guard
from support.notifications import words
from support.notifications.message import Message
from support.notifications.note import Note
from support.notifications.own_words import own_words
from support.outgoing import Answer, refusal

# Two of these go by until Apprise is loaded.
TOTAL_SECONDS = 14.0
CONVERSATION_LENGTH = 1500
# Of a designer's own text; Discord, which allows least but for SMS, takes 2,000 in all.
TEXT_LENGTH = 1500


class Apprise:
    """One Apprise URL. address: url. team_url: where request pages are, if anywhere."""

    def __init__(self, address: Mapping[str, str], guard: Guard, team_url: str | None) -> None:
        self._url = address["url"]
        self._guard = guard
        self._team_url = team_url

    def send(self, message: Message) -> str:
        """Let Apprise send it; return which service accepted. Raises DeliveryError."""
        return self._tell(*self.render(message))

    def send_note(self, note: Note) -> str:
        """The same for a note to the owner."""
        return self._tell(note.subject, f"{note.text}\n\n{note.link}")

    def _tell(self, title: str, body: str) -> str:
        asked = {"url": self._url, "title": title, "body": body, "allow": self._guard.allow}
        said = _child(asked)
        service = said["service"] or "Apprise"
        if said["refused"]:
            raise DeliveryError(
                f"{service}: the address leads to {said['refused']}, which is not on the public "
                "internet. If that is right, let OUTGOING_ALLOW on the server name it.",
                permanent=True,
            )
        if not said["service"]:
            raise DeliveryError(
                "The Apprise URL cannot be read any more; enter it anew.", permanent=True
            )
        if said["accepted"]:
            return f"{service} accepted it" + (f" ({said['status']})" if said["status"] else "")
        if said["status"] and said["status"] >= 300:
            raise refusal(service, Answer(said["status"], "", said["retry_after"]), "")
        raise DeliveryError(f"{service} could not be reached, or did not accept the message.")

    def render(self, message: Message) -> tuple[str, str]:
        """Title and text. What is most needed comes first: some services cut."""
        own = None if message.news else own_words(message.chat_message, message)
        if own:
            ends = [words.link(message, self._team_url) or "", words.mark(message)]
            title = own.title or words.headline(message)
            # What is cut by a service is cut at the end, and there is the way to all of it.
            text = words.shortened(words.clean(own.text), TEXT_LENGTH)
            return title, _paragraphs([text, *ends])
        parts = [words.TEST_NOTE if message.test else "", words.said(message)]
        whole = words.is_whole(message)
        if message.news and whole:
            parts += [words.MISSED, words.clean(message.reason)]
        parts.append("\n".join(f"{label}: {value}" for label, value in words.facts(message)))
        parts.append(words.link(message, self._team_url) or "")
        parts.append(words.mark(message))
        if whole:
            parts.append(words.conversation(message, CONVERSATION_LENGTH))
        return words.headline(message), _paragraphs(parts)


def _paragraphs(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def service_of(url: str) -> str | None:
    """The service that an Apprise URL leads to; None when it cannot be read or is not supported.

    Raises DeliveryError when that cannot be found out.
    """
    service: str | None = _child({"url": url})["service"]
    return service


def _child(asked: Mapping[str, Any]) -> dict[str, Any]:
    command: Sequence[str] = (sys.executable, "-B", "-m", "support.notifications.apprise_child")
    try:
        ended = subprocess.run(  # noqa: S603 - our own program; what is asked goes in by its input
            command,
            input=json.dumps(asked),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=PROJECT,
            env={},
            timeout=TOTAL_SECONDS,
            check=True,
        )
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer
    except subprocess.TimeoutExpired:
        raise DeliveryError(
            f"Nothing was accepted through Apprise within {TOTAL_SECONDS:g} seconds."
        ) from None
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        # Not what it wrote: that may hold the URL.
        raise DeliveryError(f"Apprise broke with {type(error).__name__}.") from None
