"""Exporting requests: one, some that were chosen, or all that the filters let through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence

from sanic.request import Request
from sanic.response import HTTPResponse

from admin import shapes
from admin.access import person_of
from admin.errors import Refused
from admin.wanted import narrowing, wanted
from support import audit, database, exports
from support.delivery import utc_now
from support.inbox import Wanted
from support.people import Person

CSV, EXCEL, JSON = FORMATS = ("csv", "excel", "json")


async def export(request: Request) -> HTTPResponse:
    """Stream a file. `format`: csv, excel (the same, so that Excel reads it right) or json.

    Raises Refused before anything is sent.
    """
    form = request.args.get("format", CSV)
    if form not in FORMATS:
        known = ", ".join(FORMATS)
        raise Refused(422, "invalid_value", f"format must be one of: {known}.", "format")
    chosen = request.args.getlist("reference", [])
    if len(chosen) > exports.MOST_CHOSEN:
        most = f"At most {exports.MOST_CHOSEN} requests can be chosen."
        raise Refused(422, "invalid_value", most, "reference")
    asked = Wanted() if chosen else wanted(request)
    await asyncio.to_thread(_record, person_of(request), form, chosen, asked)
    pieces = _json(asked, chosen) if form == JSON else _csv(asked, chosen, excel=form == EXCEL)
    response = await request.respond(
        content_type="application/json" if form == JSON else "text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_file_name(form)}"'},
    )
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await response.send(piece.encode("utf-8", "replace"))
    await response.eof()
    # All is sent by now, and Sanic wants nothing more.
    return None  # type: ignore[return-value]


def _csv(asked: Wanted, chosen: Sequence[str], *, excel: bool) -> Iterator[str]:
    yield (exports.BOM if excel else "") + exports.csv_head()
    for piece in exports.pieces(asked, chosen):
        yield exports.csv_of(piece)


def _json(asked: Wanted, chosen: Sequence[str]) -> Iterator[str]:
    yield '{"requests": ['
    comma = ""
    for piece in exports.pieces(asked, chosen):
        yield comma + ",\n".join(json.dumps(shapes.request_detail(row)) for row in piece)
        comma = ",\n"
    yield "]}\n"


def _record(person: Person, form: str, chosen: Sequence[str], asked: Wanted) -> None:
    now = utc_now()
    detail = {"format": form, "chosen": len(chosen), "by": narrowing(asked)}
    with database.session_scope() as session:
        audit.record(session, person.name, "request.exported", None, now, detail)


def _file_name(form: str) -> str:
    today = utc_now().date()
    return f"requests-{today}.{'json' if form == JSON else 'csv'}"
