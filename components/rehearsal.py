"""Talking to a model that is not live: the same actions and words, and nobody is told.

The action server knows such a conversation by its id, which no visitor can have, stores nothing,
and hands back what it would have stored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from components.live_responses import LiveResponses
from support.flow import rehearsed, samples, templates
from support.flow.document import ChatMessage, Flow, Mail
from support.reading import CONFIRMATION

CHANNEL = "rehearsal"
REQUESTED = "requested_slot"


@dataclass
class Talk:
    """A rehearsed conversation. told: what the team would get, None while nothing was sent.

    asked: the field that is open, None when the form is.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    told: tuple[Mail, ChatMessage] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    asked: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For people."""
        mail, chat_message = self.told or (None, None)
        return {
            "conversation": self.lines,
            "mail": asdict(mail) if mail else None,
            "chat_message": asdict(chat_message) if chat_message else None,
        }


class Rehearsal:
    """One loaded model with a flow, to talk to again and again."""

    def __init__(self, model: Path, flow: Flow) -> None:
        """Load the model (about half a second). Raises what Rasa does when it cannot."""
        self.flow = flow
        domain = Domain.empty()
        # The agent wraps it into one that has no way to forget.
        self._conversations = InMemoryTrackerStore(domain)
        self.agent = Agent(
            generator=_Words(None, domain),
            tracker_store=self._conversations,
            lock_store=InMemoryLockStore(),
            # Where it is called is decided by components.action_server.
            action_endpoint=EndpointConfig(url="http://127.0.0.1:9/webhook"),
        )
        self.agent.load_model(model)

    async def talk(self, texts: Sequence[str]) -> Talk:
        """What comes of these messages, from the first on."""
        sender, talk = rehearsed.PREFIX + uuid.uuid4().hex, Talk()
        try:
            for text in texts:
                await self._say(talk, sender, text)
        finally:
            self._forget(sender)
        return talk

    async def walk(self, opening: str) -> tuple[Talk, str | None]:
        """A whole conversation from `opening` to the mail, and why it failed (None: it did not)."""
        sender, talk = rehearsed.PREFIX + uuid.uuid4().hex, Talk()
        fields = self.flow.asked()
        today = dt.datetime.now(dt.timezone.utc).date()
        text = opening
        try:
            for _ in range(3 * len(fields.names) + 4):
                await self._say(talk, sender, text)
                if talk.told is not None or talk.asked is None:
                    break
                text = "Send"
                if talk.asked != CONFIRMATION:
                    text = samples.answer(fields.by_name[talk.asked], today) or "skip"
        finally:
            self._forget(sender)
        return talk, self._problem(talk)

    def _problem(self, talk: Talk) -> str | None:
        if any(not line["text"].strip() for line in talk.lines if line["who"] == "assistant"):
            return "The assistant says nothing at one point."
        if talk.told is None:
            end = talk.lines[-1]["text"] if talk.lines else ""
            said = f"The last that was said: “{end}”" if end else "Nothing was said."
            return f"The conversation does not get to the mail. {said}"
        today = dt.datetime.now(dt.timezone.utc).date()
        given = [each for each in self.flow.asked() if samples.answer(each, today)]
        lost = [each.label or each.name for each in given if each.name not in talk.answers]
        return f"There is no answer to {', '.join(lost)} in the end." if lost else None

    async def _say(self, talk: Talk, sender: str, text: str) -> None:
        output = CollectingOutputChannel()
        message = UserMessage(text, output, sender, input_channel=CHANNEL)
        talk.lines.append({"who": "visitor", "text": text})
        before = len(talk.lines)
        await self.agent.handle_message(message)
        for said in output.messages:
            request = (said.get("custom") or {}).get(rehearsed.KEY)
            if request:
                talk.told, talk.answers = self._told(request), rehearsed.answers(request)
            else:
                buttons = [button["title"] for button in said.get("buttons") or ()]
                line = {"who": "assistant", "text": said.get("text", ""), "buttons": buttons}
                talk.lines.append(line)
        if len(talk.lines) == before:
            talk.lines.append({"who": "assistant", "text": "", "buttons": []})
        tracker = await self.agent.tracker_store.retrieve(sender)
        active = tracker is not None and tracker.active_loop is not None
        talk.asked = tracker.get_slot(REQUESTED) if active else None

    def _told(self, request: dict[str, Any]) -> tuple[Mail, ChatMessage]:
        values = rehearsed.template_values(request)
        mail = templates.rendered(self.flow.notification, values)
        return mail, templates.rendered(self.flow.chat_message, values)

    def _forget(self, sender: str) -> None:
        self._conversations.store.pop(sender, None)


class _Words(LiveResponses):
    """As visitors would read them if Support Operations were on, which it need not be yet."""

    async def _live_values(self) -> dict[str, str]:
        return {**await super()._live_values(), "support": "on"}
