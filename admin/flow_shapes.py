"""The flow, its versions and the work on it as plain values."""

from __future__ import annotations

import datetime as dt
from typing import Any

from support.flow import document, messages, template_environment, templates
from support.flow.document import Flow
from support.flow.field_checks import TYPES
from support.flow.project import Project
from support.flow.versions import Draft
from support.models import FlowJob, FlowVersion


def etag(draft: Draft) -> str:
    """A quoted tag that changes with the draft."""
    return f'"{draft.tag}"'


def draft(found: Draft) -> dict[str, Any]:
    """Who is working on what; number: the version that the draft would become."""
    return {
        "number": found.number,
        "tag": found.tag,
        "changed_by": found.changed_by,
        "changed_at": _iso(found.changed_at),
    }


def version(row: FlowVersion | None) -> dict[str, Any]:
    """One version; None: the files alone, version 0."""
    if row is None:
        return {
            "number": 0,
            "status": "archived",
            "published_at": None,
            "published_by": None,
            "changed_by": None,
            "summary": ["As the project's files have it"],
            "figures": None,
            "restores": None,
        }
    return {
        "number": row.number,
        "status": row.status.value,
        "published_at": _iso(row.published_at),
        "published_by": row.published_by,
        "changed_by": row.changed_by,
        "summary": list(row.summary),
        "figures": row.figures,
        "restores": row.restores,
    }


def versions(rows: list[FlowVersion]) -> list[dict[str, Any]]:
    """All versions, the files themselves as the last."""
    files = version(None)
    if not any(row.status.value == "published" for row in rows):
        files["status"] = "published"
    return [*map(version, rows), files]


def job(row: FlowJob) -> dict[str, Any]:
    """How far a piece of work is, and what came of it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "status": row.status.value,
        "step": row.step,
        "actor": row.actor,
        "created_at": _iso(row.created_at),
        "ended_at": _iso(row.ended_at),
        "result": row.result,
    }


def guide(project: Project, flow: Flow) -> dict[str, Any]:
    """What can be written where: types, variables, and each message as the files have it."""
    names = [field.name for field in flow.fields]
    files = document.default(project)
    added = {field.name: f"the answer to “{field.label}”" for field in flow.fields}
    return {
        "field_types": list(TYPES),
        "variables": {**added, **messages.VARIABLES},
        "field_variables": dict(messages.FIELD_VARIABLES),
        "template_variables": {**added, **templates.VARIABLES},
        "template_filters": list(template_environment.FILTERS),
        "messages": {
            key: {"default": text, "variables": sorted(messages.allowed(key, names))}
            for key, text in files.messages.items()
        },
    }


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
