"""Changing the draft: laid over what is there, checked, and kept if nobody was faster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from support import audit, database
from support.errors import FlowChanged
from support.flow import checking, project, versions
from support.flow.versions import Draft

TRIES = 3
Sections = Mapping[str, Any]


def save(
    edit: Callable[[Draft], Sections],
    actor: str,
    action: str,
    now: dt.datetime,
    expected: str | None = None,
    tries: int = TRIES,
) -> tuple[Draft, Draft]:
    """The draft before and after; the same when `edit` changes nothing.

    edit: makes sections of the document of the draft that is there; called again when somebody
    saves meanwhile, `tries` times at most. action: for the record. expected: the tag of the only
    draft that may be changed. Raises FlowError, FlowChanged, and what `edit` raises; then nothing
    is stored.
    """
    files = project.read()
    with database.read_scope() as session:
        before = versions.draft(session, files)
    if expected not in (None, before.tag):
        raise versions.stale(before)
    # A large flow takes seconds, in which visitors' requests have to be stored.
    flow = checking.checked(edit(before), before.flow, files)
    if flow == before.flow:
        return before, before
    try:
        with database.session_scope() as session:
            after = versions.save_draft(session, flow, files, actor, now, before.tag)
            audit.record(session, actor, action, f"version {after.number}", now)
            return before, after
    except FlowChanged:
        if expected is not None or tries == 1:
            raise
    return save(edit, actor, action, now, expected, tries - 1)
