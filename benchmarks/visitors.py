"""Visitors who talk to a stack over REST, one after another or many at once, and are timed."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

SECONDS = 60
PLAIN = ("hello", "thank you", "what can you do?", "are you a robot?", "goodbye")
ASK = "I want to talk to a human agent"
FORM = ("Ann Lee", "{mail}", "+1 202 555 0123", "My order has not arrived yet")
SEND = "send"
# How domain.yml's words begin when a message could not be handled, stored, or was too fast.
SORRY = ("I'm sorry, something", "That was faster")
# A busy machine may need longer than the visitor waits to hear from the mail server.
SENT = "passed on to our team"
REFERENCE = re.compile(r"\bR-[A-Z0-9]{4,}")


def form_of(visitor: str) -> list[str]:
    """A visitor's answers to the form; each has a mailbox of their own, as requests are counted."""
    return [answer.format(mail=f"ann.{visitor[:12]}@example.org") for answer in FORM]


@dataclass
class Timings:
    """Milliseconds by kind of turn ('plain', 'ask', 'form', 'send').

    silent: turns without an answer. sorry: those whose answer is that something went wrong.
    """

    turns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    silent: int = 0
    sorry: int = 0
    stored: int = 0
    told_sent: int = 0

    def add(self, kind: str, milliseconds: float, answered: bool) -> None:
        """Count one turn."""
        self.turns[kind].append(milliseconds)
        self.silent += not answered


class Visitor:
    """One conversation."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timings: Timings) -> None:
        self._session, self._url, self._timings = session, url, timings
        self._sender = uuid.uuid4().hex

    async def say(self, kind: str, text: str) -> list[str]:
        """Say something; the texts that come back."""
        begun = time.perf_counter()
        message = {"sender": self._sender, "message": text}
        async with self._session.post(self._url, json=message) as response:
            answers = await response.json()
        milliseconds = 1000 * (time.perf_counter() - begun)
        texts = [answer.get("text", "") for answer in answers]
        self._timings.add(kind, milliseconds, bool(texts))
        self._timings.sorry += any(text.startswith(SORRY) for text in texts)
        return texts

    async def hand_over(self) -> None:
        """Ask for a person, answer the form, send."""
        await self.say("ask", ASK)
        for answer in form_of(self._sender):
            await self.say("form", answer)
        said = " ".join(await self.say("send", SEND))
        self._timings.stored += bool(REFERENCE.search(said))
        self._timings.told_sent += SENT in said

    async def chat(self, texts: Sequence[str] = PLAIN) -> None:
        """Say things that need no form."""
        for text in texts:
            await self.say("plain", text)


def talk(url: str, visitors: int, conversations: int) -> tuple[Timings, float]:
    """`visitors` at once, each having so many conversations; their timings, and seconds in all."""
    return asyncio.run(_talk(url, visitors, conversations))


def lengths(url: str, marks: Sequence[int], around: int = 10) -> dict[int, list[float]]:
    """One long conversation: milliseconds of the `around` turns before each length in `marks`."""
    return asyncio.run(_lengths(url, marks, around))


async def _talk(url: str, visitors: int, conversations: int) -> tuple[Timings, float]:
    timings = Timings()
    async with session(visitors) as connection:

        async def one() -> None:
            for _ in range(conversations):
                visitor = Visitor(connection, url, timings)
                await visitor.chat()
                await visitor.hand_over()

        begun = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(visitors)))
        return timings, time.perf_counter() - begun


async def _lengths(url: str, marks: Sequence[int], around: int) -> dict[int, list[float]]:
    timings = Timings()
    async with session(1) as connection:
        visitor = Visitor(connection, url, timings)
        for number in range(max(marks)):
            await visitor.say("plain", PLAIN[number % len(PLAIN)])
    turns = timings.turns["plain"]
    return {mark: turns[max(0, mark - around) : mark] for mark in marks}


def session(visitors: int) -> aiohttp.ClientSession:
    """Connections for so many visitors at once."""
    limit = aiohttp.TCPConnector(limit=visitors)
    return aiohttp.ClientSession(connector=limit, timeout=aiohttp.ClientTimeout(total=SECONDS))
