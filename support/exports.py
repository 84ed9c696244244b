"""Requests on their way out: in pieces, so that a million need no more memory than a hundred."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer

from support import database, inbox, requests
from support.inbox import Wanted
from support.models import Delivery, DeliveryStatus, Request

A_PIECE = 200
# As many as a page shows.
MOST_CHOSEN = 50
COLUMNS = (
    "reference", "received", "status", "taken_by", "taken", "ended", "name", "email", "phone",
    "reason", "answers", "not_verified", "channel", "page", "delivered_to", "not_delivered_to",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula, full-width ones included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# By this Excel knows that a file is UTF-8.
BOM = "\ufeff"


def pieces(wanted: Wanted, chosen: Sequence[str] = ()) -> Iterator[list[Request]]:
    """All that is wanted, or the requests with these references, with all that belongs to them.

    Each piece is read in a transaction of its own: writers do not wait, and what changes meanwhile
    is as it is when its piece is read.
    """
    cursor: int | None = None
    while True:
        with database.read_scope() as session:
            if chosen:
                written = [requests.written(reference) for reference in chosen]
                query = select(Request.id).where(Request.reference.in_(written))
                ids = list(session.scalars(query.order_by(Request.id.desc())))
            else:
                ids = inbox.find_ids(session, wanted, A_PIECE, cursor)
            query = select(Request).where(Request.id.in_(ids)).options(*_everything())
            found = {row.id: row for row in session.scalars(query)}
        piece = [found[number] for number in ids if number in found]
        if piece:
            yield piece
        if chosen or len(ids) < A_PIECE:
            return
        cursor = ids[-1]


def csv_head() -> str:
    """The line with the columns' names."""
    return csv_lines([COLUMNS])


def csv_of(piece: Iterable[Request]) -> str:
    """A line for each request."""
    return csv_lines(_cells(row) for row in piece)


def csv_lines(lines: Iterable[Sequence[str | None]]) -> str:
    """Lines that a spreadsheet shows as text, whatever is in them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [_harmless(cell or "") for cell in line] for line in lines
    )
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _cells(row: Request) -> tuple[str | None, ...]:
    told = {d.label or d.target for d in row.deliveries if d.status == DeliveryStatus.SENT}
    failed = {d.label or d.target for d in row.deliveries if d.status == DeliveryStatus.FAILED}
    return (
        row.reference,
        row.created_at.isoformat(timespec="seconds"),
        row.status.value,
        row.taken_by,
        row.taken_at and row.taken_at.isoformat(timespec="seconds"),
        row.ended_at and row.ended_at.isoformat(timespec="seconds"),
        row.name,
        row.email,
        row.phone,
        row.reason,
        "; ".join(f"{each['label']}: {each['value']}" for each in row.answers),
        ", ".join(row.unverified),
        row.channel,
        row.page_url,
        ", ".join(sorted(told)),
        ", ".join(sorted(failed - told)),
    )


def _everything() -> tuple[object, ...]:
    deliveries = selectinload(Request.deliveries)
    return (
        undefer(Request.transcript),
        selectinload(Request.events),
        deliveries.selectinload(Delivery.attempts),
        deliveries.selectinload(Delivery.event),
    )
