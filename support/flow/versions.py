"""The versions of the flow: a draft that is worked on, the one that visitors meet, and old ones.

Version 0 is the project's files as they are; it is always there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from support import audit, database
from support.errors import FlowChanged, FlowVersionMissing
from support.flow import document, words
from support.flow.document import Changes, Flow
from support.flow.project import Project
from support.models import FlowStatus, FlowVersion

# So many versions can be brought back without training.
KEPT_MODELS = 10


@dataclass(frozen=True)
class Draft:
    """The flow that is worked on. tag: changes when it does. number: None while nothing was saved.

    changed_by, changed_at: who saved it last; None while nothing was.
    """

    flow: Flow
    changes: Changes
    tag: str
    number: int | None = None
    revision: int = 0
    changed_by: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True)
class Publication:
    """What is to become the version that visitors meet.

    live: the version that it was compared with. restores: the version that it brings back.
    revision: of the draft that it is, None when it is none. despite: what an admin insisted on.
    """

    changes: Changes
    live: int
    actor: str
    summary: list[str]
    figures: Mapping[str, Any] | None
    restores: int | None = None
    revision: int | None = None
    despite: Sequence[str] = ()


def live(session: Session) -> FlowVersion | None:
    """The version that visitors meet, None for the files alone."""
    query = select(FlowVersion).where(FlowVersion.status == FlowStatus.PUBLISHED)
    found: FlowVersion | None = session.scalars(query).first()
    return found


def live_number(session: Session) -> int:
    """The number of the version that visitors meet."""
    query = select(FlowVersion.number).where(FlowVersion.status == FlowStatus.PUBLISHED)
    return session.scalars(query).first() or 0


def live_changes(session: Session) -> Changes:
    """What visitors meet, as changes in the files."""
    version = live(session)
    return Changes.from_json(version.changes) if version else Changes()


def find(session: Session, number: int) -> FlowVersion | None:
    """A version that was published. None for version 0. Raises FlowVersionMissing."""
    version: FlowVersion | None = session.get(FlowVersion, number) if 0 < number < 2**31 else None
    if version is None and number != 0:
        raise FlowVersionMissing(f"There is no version {number} of the flow.")
    if version is not None and version.status == FlowStatus.DRAFT:
        raise FlowVersionMissing(f"Version {number} is the draft; it has not been published.")
    return version


def changes_of(version: FlowVersion | None) -> Changes:
    """What the version changes in the files."""
    return Changes.from_json(version.changes) if version else Changes()


def published(session: Session, limit: int | None = None) -> list[FlowVersion]:
    """All that were ever published, newest first."""
    query = select(FlowVersion).where(FlowVersion.status != FlowStatus.DRAFT)
    return list(session.scalars(query.order_by(FlowVersion.number.desc()).limit(limit)))


def draft(session: Session, project: Project) -> Draft:
    """The flow that is worked on; the live one when nobody has begun."""
    row = _draft(session)
    if row is None:
        changes = live_changes(session)
        flow = document.laid_over(changes, project)
        return Draft(flow, changes, f"live-{live_number(session)}")
    changes = Changes.from_json(row.changes)
    flow = document.laid_over(changes, project)
    return Draft(
        flow, changes, _tag(row), row.number, row.revision, row.changed_by, row.changed_at
    )  # fmt: skip


def save_draft(
    session: Session,
    flow: Flow,
    project: Project,
    actor: str,
    now: dt.datetime,
    expected: str | None = None,
) -> Draft:
    """Keep a flow that has been checked as the draft.

    expected: the tag of the draft that it was made from; None: whatever is there is written over.
    Raises FlowChanged when somebody else has saved since; then nothing is stored.
    """
    row = _draft(session, lock=True)
    found = _tag(row) if row else f"live-{live_number(session)}"
    if expected not in (None, found):
        raise stale(draft(session, project))
    changes = document.changes_of(flow, project).to_json()
    if row is None:
        row = FlowVersion(number=_next(session), status=FlowStatus.DRAFT, revision=0)
        session.add(row)
    row.changes = changes
    row.revision += 1
    row.changed_at, row.changed_by, row.summary = now, actor, []
    try:
        session.flush()
    except IntegrityError:
        raise FlowChanged() from None
    return draft(session, project)


def stale(found: Draft) -> FlowChanged:
    """What to say to whoever worked on an earlier draft than this."""
    who = f" by {found.changed_by}" if found.changed_by else ""
    return FlowChanged(f"The flow has been changed{who} since you read it; read it again.")


def discard_draft(session: Session, expected: str | None, project: Project) -> None:
    """Begin again from the live version. Raises FlowChanged."""
    row = _draft(session, lock=True)
    if expected is not None and expected != draft(session, project).tag:
        raise FlowChanged()
    if row is not None:
        session.delete(row)
        session.flush()


def publish(publication: Publication, now: dt.datetime) -> int:
    """Let visitors meet it from now on; the version's number.

    Raises FlowChanged when another version went live since it was compared.
    """
    with database.session_scope() as session:
        # Not a lock on the live row: while the files are live, there is none.
        database.lock(session, FlowVersion.__tablename__)
        before = live(session)
        if (before.number if before else 0) != publication.live:
            raise FlowChanged("Another version has gone live meanwhile; review the draft again.")
        row = _draft(session, lock=True)
        if row is None or not _is_of(publication, row):
            row = _beside(session, row)
        row.status = FlowStatus.PUBLISHED
        row.changes = publication.changes.to_json()
        row.published_at, row.published_by = now, publication.actor
        row.changed_at, row.changed_by = row.changed_at or now, row.changed_by or publication.actor
        row.summary, row.restores = publication.summary, publication.restores
        row.figures = dict(publication.figures) if publication.figures else None
        if before:
            before.status = FlowStatus.ARCHIVED
        session.flush()
        _record(session, publication, row.number, now)
        return int(row.number)


def difference(session: Session, one: int, other: int, project: Project) -> list[str]:
    """What version `other` says and does differently from version `one`, in words."""
    first, second = (
        document.laid_over(changes_of(find(session, number)), project) for number in (one, other)
    )
    return words.differences(first, second)


def _record(session: Session, publication: Publication, number: int, now: dt.datetime) -> None:
    restored = publication.restores is not None
    detail: dict[str, Any] = {"changes": len(publication.summary)}
    if restored:
        detail["restores"] = publication.restores
    if publication.despite:
        detail["insisted_despite"] = list(publication.despite)
    action = "flow.restored" if restored else "flow.published"
    audit.record(session, publication.actor, action, f"version {number}", now, detail)


def _tag(row: FlowVersion) -> str:
    # Numbers come again after a draft is discarded, and then mean another one.
    fingerprint = Changes.from_json(row.changes).fingerprint
    return f"draft-{row.number}-{row.revision}-{fingerprint}"


def _draft(session: Session, *, lock: bool = False) -> FlowVersion | None:
    query = select(FlowVersion).where(FlowVersion.status == FlowStatus.DRAFT)
    found: FlowVersion | None = session.scalars(query.with_for_update() if lock else query).first()
    return found


def _is_of(publication: Publication, row: FlowVersion) -> bool:
    """Whether the draft is still the one that goes live; by its words too, as in its tag."""
    changes = Changes.from_json(row.changes)
    return row.revision == publication.revision and (
        changes.fingerprint == publication.changes.fingerprint
    )


def _beside(session: Session, open_draft: FlowVersion | None) -> FlowVersion:
    """A new version; a draft that is open goes on as the one after it."""
    number = open_draft.number if open_draft else _next(session)
    if open_draft:
        open_draft.number = number + 1
        session.flush()
    row = FlowVersion(number=number, revision=1)
    session.add(row)
    return row


def _next(session: Session) -> int:
    return (session.scalar(select(func.max(FlowVersion.number))) or 0) + 1
