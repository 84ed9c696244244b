"""The contact form's two acts: handing a form out, and taking it back.

Both servers have a desk, so that either may be dead. What the visitor reads follows what is
recorded, and is worded in domain.yml.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from support import delivery, limits, outbox, remembered, settings, truth, words
from support.chat_records import NOTHING, ChatRecords, Record
from support.config import Config
from support.contact import checking, sending
from support.contact.exchange import Opened, Posted, Result
from support.contact.forms import Form, Forms
from support.contact.sending import Letter, Stored
from support.conversations import Tokens
from support.errors import LimitReached, RequestEnded, SupportDisabled
from support.flow.document import Changes
from support.limits import MessageLimits, Verdict
from support.settings import Settings

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Of its own, so that a database that hangs here holds up nothing else of the server.
THREADS = 4
AT_ONCE = 40
# How long a visitor waits for the mail server's yes, as in the chat.
PATIENCE_SECONDS = 4.0
LOOK_EVERY_SECONDS = 0.1


class Desk:
    """One server's. `database.connect` is called before it is used."""

    def __init__(self, config: Config) -> None:
        self._public_url = config.public_url
        self._tokens = Tokens(config.secret_key)
        self._forms = Forms(config.secret_key)
        self._records = ChatRecords(config.conversations_url)
        self._refused = checking.Refused()
        self._limits = MessageLimits()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="contact")
        self._busy = 0
        self._flow = Changes()

    async def wording(self) -> Callable[[str], str]:
        """Responses' texts by their names, for the settings as they are now."""
        current = await self._settings()
        return lambda response: self._say(response, current)

    async def open(self, token: Any = None) -> Opened:
        """Hand out a form, filled in with what the token's conversation has answered already."""
        current = await self._settings()
        conversation = self._tokens.conversation(token)
        record = NOTHING
        if conversation is not None and self._count(f"opened {conversation}", current):
            record = await self._record(conversation, current)
        form = self._forms.new(conversation, record.handoff_id)
        is_open = current is None or current.enabled
        data = "utter_contact_data_chat" if form.from_chat else "utter_contact_data"
        return Opened(
            open=is_open,
            form=form,
            form_id=self._forms.signed(form),
            texts=record.answers,
            message=self._say("utter_contact_intro" if is_open else "utter_contact_off", current),
            data=self._say(data, current) if is_open else "",
        )

    async def take(self, posted: Posted) -> Result:
        """Take a form that was filled in. Never says more than is recorded; never raises."""
        current = await self._settings()
        form = self._form(posted)
        if form is None:
            return self._expired(posted, current)
        verdict, first = self._limits.count(
            form.own_id, posted.client, (current or settings.DEFAULTS).messages_per_minute
        )
        if first:
            ids = (form.conversation_id, posted.client)
            await self._in_thread(limits.record, limits.MESSAGES, *ids, delivery.utc_now())
        if verdict is not Verdict.TAKE:
            return Result("too_fast", self._say("utter_slow_down", current))
        if not posted.trusted:
            return Result("once_more", self._say("utter_contact_once_more", current))
        if self._busy >= AT_ONCE:
            return Result("not_saved", self._say("utter_request_not_saved", current))
        self._busy += 1
        try:
            return await self._check(posted, form, current)
        finally:
            self._busy -= 1

    def is_older(self, form_id: Any, seconds: float) -> bool:
        """Whether a form was handed out longer ago than that; of a form that is none, yes."""
        form = self._forms.read(form_id, delivery.utc_now())
        return form is None or form.age.total_seconds() >= seconds

    def _form(self, posted: Posted) -> Form | None:
        """The form, in the conversation that goes with it now."""
        form = self._forms.read(posted.form_id, delivery.utc_now())
        conversation = self._tokens.conversation(posted.token)
        if form is None or form.from_chat or conversation is None:
            return form
        return replace(form, conversation_id=conversation)

    async def _check(self, posted: Posted, form: Form, current: Settings | None) -> Result:
        """Refuse what has to be looked at once more, and send the rest."""
        known = current or settings.DEFAULTS
        before = self._refused.before(form.own_id)
        checked = checking.check(posted.texts, known.phone_region, before)
        if checked.problems:
            self._refused.remember(form.own_id, checking.refused(posted.texts, checked))
            problems = {
                name: self._say(
                    "utter_contact_problem",
                    current,
                    handoff_problem=why,
                    email_suggestion=checked.suggestion or "",
                )
                for name, why in checked.problems.items()
            }
            message = self._say("utter_contact_not_sent", current)
            return Result("invalid", message, problems=problems)
        record = await self._record(form.conversation_id, current) if form.from_chat else NOTHING
        letter = Letter(
            form=form,
            values=checked.values,
            unverified=checked.unverified,
            page_url=posted.page_url,
            client=posted.client,
            transcript=record.transcript,
        )
        return await self._send(letter, posted, current)

    async def _send(self, letter: Letter, posted: Posted, current: Settings | None) -> Result:
        """Store it, and say what is recorded."""
        try:
            stored = await self._in_thread(sending.store, letter, delivery.utc_now())
        except SupportDisabled:
            return Result("off", self._say("utter_support_off", current))
        except RequestEnded:
            return self._expired(posted, current)
        except LimitReached as reached:
            changed = reached.kind == limits.CHANGES
            response = "utter_followup_limited" if changed else "utter_request_limited"
            return Result("limited", self._say(response, current))
        except Exception as error:
            # Whatever it is, the visitor keeps what was typed and does not believe it was sent.
            logger.error("A contact form could not be stored: %s", type(error).__name__)
            return Result("not_saved", self._say("utter_request_not_saved", current))
        outcome = truth.WORDS[await self._progress(stored)]
        await self._remember(stored, outcome)
        values = {"reference": stored.reference, "followup_told": outcome}
        said = ["utter_followup_added", "utter_followup_told"]
        if not stored.added:
            said = [f"utter_request_{outcome}"]
        message = " ".join(self._say(response, current, **values) for response in said)
        return Result(outcome, message, stored.reference)

    async def _remember(self, stored: Stored, outcome: str) -> None:
        """So that a chat of the same visitor hears the later truth."""
        try:
            await asyncio.to_thread(truth.tell, stored.event_id, outcome)
        except SQLAlchemyError as error:
            logger.error("What a visitor was told is not recorded: %s", type(error).__name__)

    async def _progress(self, stored: Stored) -> str:
        """How telling the team stands once that is known, or when the visitor's patience ends."""
        end = time.monotonic() + PATIENCE_SECONDS
        progress = "pending"
        while progress == "pending" and time.monotonic() < end:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                progress = await self._in_thread(
                    outbox.progress_of, stored.request_id, stored.event_id
                )
            except SQLAlchemyError as error:
                # It is stored by now, so failing to look must not fail.
                logger.error("Progress cannot be read: %s", type(error).__name__)
        return progress

    def _expired(self, posted: Posted, current: Settings | None) -> Result:
        """What was typed stays, in a form of its own."""
        another = self._forms.new(self._tokens.conversation(posted.token), None)
        message = self._say("utter_contact_expired", current)
        return Result("expired", message, form_id=self._forms.signed(another))

    def _count(self, what: str, current: Settings | None) -> bool:
        """Whether this has not happened too often in a minute."""
        per_minute = (current or settings.DEFAULTS).messages_per_minute
        return self._limits.count(what, None, per_minute)[0] is Verdict.TAKE

    async def _record(self, conversation: str, current: Settings | None) -> Record:
        """What the chat has; nothing while requests are not taken anyway."""
        if current is not None and not current.enabled:
            return NOTHING
        return await self._in_thread(self._records.read, conversation)

    async def _settings(self) -> Settings | None:
        self._flow = await self._in_thread(remembered.flow_now)
        return await self._in_thread(remembered.settings_now)

    def _say(self, response: str, current: Settings | None, **values: str) -> str:
        known = words.values(current, self._public_url)
        return words.of_flow(self._flow).say(response, {**known, **values})

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *arguments)
