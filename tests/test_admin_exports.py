"""Requests as files: whole, harmless in a spreadsheet, and recorded."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from support import database, exports, work
from support.models import AuditEntry
from support.requests import Line
from support.work import Action
from tests.admin_site import NOW, AdminSite, ask, deliver, running, switch_on


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AdminSite]:
    with running(tmp_path) as site:
        switch_on()
        yield site


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def export(site: AdminSite, **asked: Any) -> Any:
    return site.api("GET", "/requests/export", params=asked)


def test_holds_a_line_for_each_request(site: AdminSite) -> None:
    reference = ask(reason='my "refund",\nplease', email=None).reference
    deliver()
    work.do(reference, Action.TAKE, "carla", NOW)
    response = export(site)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="requests-20')
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    (row,) = rows(response.content)
    assert list(row) == list(exports.COLUMNS)
    assert (row["reference"], row["reason"]) == (reference, 'my "refund",\nplease')
    assert (row["status"], row["taken_by"], row["email"]) == ("taken", "carla", "")
    assert (row["received"], row["ended"]) == ("2026-03-01T12:00:00+00:00", "")
    assert (row["delivered_to"], row["not_delivered_to"]) == ("team@example.org", "")


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1 202 555 0199",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1",
        '=cmd|"/c"',
    ],
)
def test_starts_no_formula(site: AdminSite, typed: str) -> None:
    ask(name=typed, phone=typed, reason=typed)
    (row,) = rows(export(site).content)
    assert [row[name] for name in ("name", "phone", "reason")] == [f"'{typed}"] * 3


def test_marks_the_file_for_excel_only(site: AdminSite) -> None:
    ask(name="Zoë")
    assert export(site, format="excel").content.startswith(b"\xef\xbb\xbfreference,")
    assert export(site, format="csv").content.startswith(b"reference,")
    assert rows(export(site, format="excel").content)[0]["name"] == "Zoë"


def test_holds_everything_in_json(site: AdminSite) -> None:
    references = [ask(number).reference for number in range(3)]
    found = json.loads(export(site, format="json").content)["requests"]
    assert [row["reference"] for row in found] == references[::-1]
    assert found[0] == site.api("GET", f"/requests/{references[-1]}").json()
    assert json.loads(export(site, format="json", q="zzz").content) == {"requests": []}


def test_keeps_to_the_filters_or_to_the_chosen_ones(site: AdminSite) -> None:
    made = [ask(number, reason=f"order {number}").reference for number in range(4)]
    work.do(made[2], Action.CLOSE, "carla", NOW)

    def exported(**asked: Any) -> list[str]:
        return [row["reference"] for row in rows(export(site, **asked).content)]

    assert exported() == made[::-1]
    assert exported(status="new", sort="oldest") == [made[0], made[1], made[3]]
    assert exported(q="order 3") == [made[3]]
    assert exported(reference=[made[0], made[2]]) == [made[2], made[0]]
    assert exported(reference=[made[0][2:].lower(), "R-AAAAA"]) == [made[0]]
    assert exported(q="zzz") == []


def test_goes_on_through_all_pieces(site: AdminSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "A_PIECE", 3)
    made = [ask(number).reference for number in range(7)]
    for form in ("csv", "json"):
        content = export(site, format=form, sort="oldest").content
        found = rows(content) if form == "csv" else json.loads(content)["requests"]
        assert [row["reference"] for row in found] == made


def test_survives_half_a_character(site: AdminSite) -> None:
    ask(transcript=[Line(0.0, "visitor", "half \ud83d")])
    (found,) = json.loads(export(site, format="json").content)["requests"]
    assert found["transcript"][0]["text"] == "half \ud83d"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"status": "lost"}, "status"),
        ({"reference": ["R-AAAAA"] * 51}, "reference"),
    ],
)
def test_refuses_before_anything_is_sent(
    site: AdminSite, asked: dict[str, Any], field: str
) -> None:
    response = export(site, **asked)
    assert (response.status_code, response.json()["error"]["field"]) == (422, field)


def test_is_recorded_without_what_was_looked_for(site: AdminSite) -> None:
    reference = ask().reference
    export(site, q="Ann Smith", status="new")
    site.admin().get(f"/admin/requests/export?format=json&reference={reference}")
    with database.read_scope() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "request.exported")
            .order_by(AuditEntry.id)
        ).all()
    assert [entry.detail for entry in entries] == [
        {"format": "csv", "chosen": 0, "by": ["statuses", "words"]},
        {"format": "json", "chosen": 1, "by": []},
    ]
    assert "Ann" not in str([vars(entry) for entry in entries])
