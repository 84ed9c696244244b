"""The draft as the pages read it and change it: one change at a time, on top of what is there.

Two designers may work at once. A change is laid over what the other has saved meanwhile; only when
both changed the same thing is the second one asked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sanic.request import Request

from admin import access, flow_shapes, flow_work
from admin.errors import Refused
from support import audit, channels, database, settings
from support.errors import FlowChanged, FlowVersionMissing
from support.flow import document, drafting, project, versions, words
from support.flow.document import Changes, Flow
from support.flow.drafting import Sections
from support.flow.versions import Draft
from support.models import FlowJob, JobStatus

AT_WORK = (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True)
class State:
    """What there is. draft: worked on; live: what visitors meet; files: the project's own.

    version: the live one as `flow_shapes.version` has it. changes: from live to draft, in words.
    """

    draft: Draft
    live: Flow
    files: Flow
    version: dict[str, Any]
    changes: list[str]

    @property
    def flow(self) -> Flow:
        """The draft's flow."""
        return self.draft.flow


@dataclass(frozen=True)
class Saved:
    """What came of a change. changed: whether there was any. by_others: somebody else has changed
    the draft as well since the page was opened; both changes are in it."""

    changed: bool
    by_others: bool

    def query(self, done: str) -> str:
        """For the page that the browser is sent on to."""
        return f"?done={done if self.changed else 'nothing'}{'&also=1' if self.by_others else ''}"


class Conflict(Exception):
    """Somebody else has changed the same thing meanwhile. who: None when that is not known."""

    def __init__(self, who: str | None) -> None:
        super().__init__(who or "")
        self.who = who


def read() -> State:
    """The draft beside what is live."""
    files = project.read()
    with database.read_scope() as session:
        draft = versions.draft(session, files)
        live = document.laid_over(versions.live_changes(session), files)
        shown = flow_shapes.version(versions.live(session))
    changes = words.differences(live, draft.flow)
    return State(draft, live, document.default(files), shown, changes)


def change(
    request: Request,
    edit: Callable[[Draft], Sections],
    action: str = "flow.saved",
    seen: str | None = None,
) -> Saved:
    """Save what `edit` makes of the draft. seen: the draft's tag when the page was opened.

    Raises FlowError when that cannot be, Refused (409), and what `edit` raises; then nothing is
    stored.
    """
    actor, now = access.person_of(request).name, dt.datetime.now(dt.timezone.utc)
    try:
        before, after = drafting.save(edit, actor, action, now)
    except FlowChanged:
        why = "Others are saving at this moment; nothing was saved. Try again."
        raise Refused(409, "busy", why) from None
    by_others = seen not in (None, before.tag) and before.changed_by not in (None, actor)
    return Saved(after is not before, by_others)


def discard(request: Request, tag: str) -> None:
    """Begin again from what is live. Raises Conflict."""
    actor, now = access.person_of(request).name, dt.datetime.now(dt.timezone.utc)
    files = project.read()
    with database.session_scope() as session:
        before = versions.draft(session, files)
        try:
            versions.discard_draft(session, tag, files)
        except FlowChanged:
            raise Conflict(before.changed_by) from None
        if before.number is not None:
            audit.record(session, actor, "flow.discarded", None, now)


def version_of(value: Any) -> str:
    """A mark that changes with a part of the flow, for a form to say what it was filled in from."""
    plain = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def publishing() -> FlowJob | None:
    """The publishing that is under way, if any."""
    job = flow_work.newest()
    return job if job is not None and job.status in AT_WORK else None


def told() -> bool:
    """Whether anybody would be told of a request: an address or a channel is entered."""
    with database.read_scope() as session:
        return bool(settings.read(session).agent_emails) or any(
            each.enabled and each.for_requests for each in channels.every(session)
        )


def changes_of(number: int) -> Changes | None:
    """What a version changes in the files; None: there is no such version."""
    try:
        with database.read_scope() as session:
            return versions.changes_of(versions.find(session, number))
    except FlowVersionMissing:
        return None


def laid_over(number: int) -> Flow | None:
    """The flow of a version; None: there is no such version."""
    changes = changes_of(number)
    return None if changes is None else document.laid_over(changes, project.read())
