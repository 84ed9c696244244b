"""The flow's picture: its five steps, what is live, what is draft, and what would change."""

from __future__ import annotations

import asyncio

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import flow_draft, flow_moments
from admin.access import person_of
from admin.context import render
from admin.flow_draft import Conflict, State
from support import settings
from support.flow import checking


async def page(
    request: Request, status: int = 200, conflict: Conflict | None = None, why: str | None = None
) -> HTTPResponse:
    """The picture, with what was refused. why: it, in words."""
    state = await asyncio.to_thread(flow_draft.read)
    return render(
        request,
        "flow.html",
        status=status,
        state=state,
        differs=_differs(state),
        example=_example(state),
        conflict=conflict,
        why=why,
        done=request.args.get("done"),
        settings=await asyncio.to_thread(settings.current),
        publishing=await asyncio.to_thread(flow_draft.publishing),
        told=await asyncio.to_thread(flow_draft.told),
        me=person_of(request).name,
    )


def _differs(state: State) -> dict[str, int]:
    """How much of each step is not live yet."""
    draft, live = state.flow, state.live
    messages = flow_moments.changed(live, draft, draft.messages)
    return {
        "phrases": len(set(draft.trigger_phrases) ^ set(live.trigger_phrases)),
        "fields": sum(change.startswith("Field") for change in state.changes),
        "told": sum(getattr(draft, each) != getattr(live, each) for each in checking.TEMPLATES),
        "messages": len(messages),
    }


def _example(state: State) -> str:
    """A phrase that shows what they are like: a sentence, where there is one."""
    phrases = state.flow.trigger_phrases
    return next((each for each in phrases if len(each.split()) > 3), phrases[0])
