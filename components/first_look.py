"""What a turn finds in our database: looked up once, when it begins.

Each look costs a thread, which many visitors' turns wait for; the settings are needed for the
limits and for every sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from support import delivery, remembered
from support.remembered import Look
from support.settings import Settings

_found: ContextVar[Look | None] = ContextVar("what this turn found", default=None)


@asynccontextmanager
async def during(conversation: str) -> AsyncIterator[Look]:
    """Look, and let `settings_now` give what was found until this ends."""
    found = await asyncio.to_thread(remembered.look, conversation, delivery.utc_now())
    before = _found.set(found)
    try:
        yield found
    finally:
        _found.reset(before)


async def settings_now() -> Settings | None:
    """As this turn found them; outside of a turn, as they are. See support/remembered.py."""
    found = _found.get()
    return found.settings if found else await asyncio.to_thread(remembered.settings_now)
