"""The record of who did what: page, API, and export."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from admin import audit_words, reading, shapes
from admin.answering import answer
from admin.context import render
from admin.errors import Refused
from support import audit, database, exports
from support.audit import Wanted
from support.delivery import utc_now
from support.models import AuditEntry

Shown = dict[str, Any]
ENTRIES_A_PAGE = 50
EXPORTED_AT_ONCE = 1000
COLUMNS = ("id", "at", "actor", "action", "object", "detail")
LONGEST = 320
NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Filter:
    """What was asked for: as typed, and as the database is asked."""

    typed: dict[str, str]
    wanted: Wanted

    @property
    def query(self) -> str:
        """The same, for a link."""
        return urlencode({name: text for name, text in self.typed.items() if text})


def add_pages(pages: Blueprint) -> None:
    """The routes below /admin."""
    pages.add_route(show, "/audit", methods=["GET"], name="audit")
    pages.add_route(export, "/audit/export", methods=["GET"], name="audit_export")


def add_api(api: Blueprint) -> None:
    """The route below /admin/api."""
    api.add_route(list_entries, "/audit", methods=["GET"])


async def show(request: Request) -> HTTPResponse:
    """One page of entries, newest first, and a form to filter them."""
    try:
        asked, before = _filter(request), _before(request)
    except Refused as error:
        empty = Filter(_typed(request), Wanted())
        return _page(request, empty, [], None, error=error)
    rows, following = await asyncio.to_thread(_rows, asked.wanted, ENTRIES_A_PAGE, before)
    return _page(request, asked, rows, following)


async def list_entries(request: Request) -> HTTPResponse:
    """Entries, newest first; `next` is the cursor to go on with. Raises Refused: 422."""
    limit, asked, before = reading.limit(request), _filter(request), _before(request)
    rows, following = await asyncio.to_thread(_rows, asked.wanted, limit, before)
    return answer({"entries": rows, "next": following})


async def export(request: Request) -> HTTPResponse | None:
    """All entries that the filter lets through, as a file, piece by piece. Raises Refused: 422."""
    asked, form = _filter(request), request.args.get("format", "")
    if form not in ("csv", "json"):
        raise Refused(422, "invalid_value", "format must be csv or json.", "format")
    kind = {"csv": "text/csv; charset=utf-8", "json": "application/json"}[form]
    name = f"audit-{utc_now():%Y-%m-%d}.{form}"
    response = await request.respond(
        content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    write = _csv if form == "csv" else _json_lines
    before, first, more = None, True, True
    while more:
        rows, before = await asyncio.to_thread(_rows, asked.wanted, EXPORTED_AT_ONCE, before)
        more = before is not None
        await response.send("".join(write(rows, first, not more)))
        first = False
    await response.eof()
    return None


def _rows(wanted: Wanted, limit: int, before: int | None) -> tuple[list[Shown], int | None]:
    with database.read_scope() as session:
        # One more than shown tells whether there is another page.
        found = audit.find(session, wanted, limit + 1, before)
    shown = [_entry(row) for row in found[:limit]]
    return shown, shown[-1]["id"] if len(found) > limit else None


def _entry(row: AuditEntry) -> Shown:
    return {
        "id": row.id,
        "at": shapes.iso(row.at),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "detail": row.detail,
    }


def _typed(request: Request) -> dict[str, str]:
    names = ("person", "action", "object", "since", "until")
    return {name: request.args.get(name, "").strip() for name in names}


def _filter(request: Request) -> Filter:
    typed = _typed(request)
    for name, text in typed.items():
        if len(text) > LONGEST or not text.isprintable():
            raise Refused(422, "invalid_value", f"{name} cannot be that.", name)
    until = reading.day(typed["until"], "until")
    return Filter(
        typed,
        Wanted(
            actor=typed["person"] or None,
            actions=audit_words.expanded(typed["action"]),
            object=typed["object"] or None,
            since=reading.day(typed["since"], "since"),
            # The day that is named is still in it.
            until=until and until + dt.timedelta(days=1),
        ),
    )


def _before(request: Request) -> int | None:
    text = request.args.get("before")
    if text is None:
        return None
    if not NUMBER.fullmatch(text) or not int(text):
        raise Refused(422, "invalid_value", "before must be an entry's id.", "before")
    return int(text)


def _page(
    request: Request,
    asked: Filter,
    rows: list[Shown],
    following: int | None,
    error: Refused | None = None,
) -> HTTPResponse:
    return render(
        request,
        "audit.html",
        status=422 if error else 200,
        entries=rows,
        asked=asked,
        following=following,
        is_first="before" not in request.args,
        error=error,
        groups=audit_words.GROUPS,
        actions=audit_words.ACTIONS,
        done=audit_words.done,
        detail_in_words=audit_words.detail,
    )


def _csv(rows: list[Shown], first: bool, _last: bool) -> Iterator[str]:
    yield exports.csv_lines([COLUMNS] if first else [])
    yield exports.csv_lines([_cells(row) for row in rows])


def _cells(row: Shown) -> list[str]:
    detail = json.dumps(row["detail"]) if row["detail"] else ""
    return [str({**row, "detail": detail}[name] or "") for name in COLUMNS]


def _json_lines(rows: list[Shown], first: bool, last: bool) -> Iterator[str]:
    """One array, an entry a line."""
    yield "[\n" if first else ",\n" if rows else ""
    yield ",\n".join(json.dumps(row) for row in rows)
    yield "\n]\n" if last else ""
