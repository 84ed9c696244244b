"""How fast the team's list of requests is with a million of them, and what storing one costs.

    python -m benchmarks.requests_list [--requests 1000000] [--database FILE] [--out FILE]

What is measured is what a page or an API call does but for HTTP and the record of who looked: the
query, and the rows as plain values. Milliseconds; `cpu` is this process's own time, which other
programs on the machine lengthen less.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from admin import listing
from benchmarks import made_up_requests as made_up
from support import database, figures, requests, settings
from support.figures import By
from support.inbox import Sort, Trouble, Wanted
from support.models import RequestStatus

MILLION = 1_000_000
PAGE = 50
TIMES = 60
WARM_UP = 3
DEEP = 0.9
NEW, TAKEN, CLOSED = RequestStatus.NEW, RequestStatus.TAKEN, RequestStatus.CLOSED
CANCELLED = RequestStatus.CANCELLED
AGENT = made_up.AGENTS[3]


def cases(count: int) -> dict[str, tuple[Wanted, int | None]]:
    """What is looked for, by name, with a cursor."""
    middle = made_up.LAST.replace(tzinfo=dt.timezone.utc) - dt.timedelta(days=500)
    week = Wanted(since=middle, until=middle + dt.timedelta(days=7))
    return {
        "list: first page": (Wanted(), None),
        "list: deep page": (Wanted(), int(count * (1 - DEEP))),
        "list: last page": (Wanted(), PAGE + 1),
        "list: oldest first": (Wanted(sort=Sort.OLDEST), None),
        "list: oldest first, last page": (Wanted(sort=Sort.OLDEST), count - PAGE),
        "list: longest waiting": (Wanted(sort=Sort.WAITING), None),
        "filter: new": (Wanted(statuses=(NEW,)), None),
        "filter: closed, deep page": (Wanted(statuses=(CLOSED,)), int(count * (1 - DEEP))),
        "filter: taken by one": (Wanted(taken_by=AGENT), None),
        "filter: taken by one, still open": (Wanted(taken_by=AGENT, statuses=(TAKEN,)), None),
        "filter: taken by one, oldest first": (Wanted(taken_by=AGENT, sort=Sort.OLDEST), None),
        "filter: cancelled, last page": (Wanted(statuses=(CANCELLED,)), PAGE * 20),
        "filter: a week": (week, None),
        "filter: a week, new (none)": (replace(week, statuses=(NEW,)), None),
        "filter: a week, taken by one, closed": (
            replace(week, taken_by=AGENT, statuses=(CLOSED,)),
            None,
        ),
        "filter: not delivered": (Wanted(delivery=Trouble.FAILED), None),
        "filter: not delivered, closed, last page": (
            Wanted(delivery=Trouble.FAILED, statuses=(CLOSED,)),
            count // 100,
        ),
        "filter: still waiting (none)": (Wanted(delivery=Trouble.WAITING), None),
        "search: common word": (Wanted(words="order"), None),
        "search: beginning of a common word": (Wanted(words="ref"), None),
        "search: two common words": (Wanted(words="refund account"), None),
        "search: common word, oldest first": (Wanted(words="order", sort=Sort.OLDEST), None),
        "search: common word, last page": (Wanted(words="order"), count // 1000),
        "search: rarest subject": (Wanted(words="recall"), None),
        "search: two rare words together (none)": (Wanted(words="recall chargeback"), None),
        "search: one letter": (Wanted(words="a"), None),
        "search: common word, cancelled, oldest first": (
            Wanted(words="order", statuses=(CANCELLED,), sort=Sort.OLDEST),
            None,
        ),
        "search: everything at once": (
            replace(week, words="order", statuses=(CLOSED,), taken_by=AGENT),
            None,
        ),
        "search: everything at once, not delivered": (
            replace(
                week,
                words="order",
                statuses=(CLOSED,),
                taken_by=AGENT,
                delivery=Trouble.FAILED,
            ),
            None,
        ),
        "search: common word, new": (Wanted(words="order", statuses=(NEW,)), None),
        "search: common word, a week": (replace(week, words="order"), None),
        "search: common word, not delivered": (
            Wanted(words="order", delivery=Trouble.FAILED),
            None,
        ),
        "search: domain of an address": (Wanted(words="gmail.com"), None),
        "search: rare name": (Wanted(words=made_up.RARE.lower()), None),
        "search: reference": (Wanted(words=made_up.reference(count // 2)), None),
        "search: phone number, none": (Wanted(words="+1 (202) 555-0199"), None),
        "search: nothing": (Wanted(words="qwertz"), None),
    }


def measure(count: int, file: Path) -> dict[str, Any]:
    """Make the database, unless the file is there, and measure."""
    began = time.perf_counter()
    exists = file.exists()
    configuration = made_up.configuration_for(file) if exists else made_up.fill(file, count)
    made_in = time.perf_counter() - began
    database.connect(configuration.database_url)
    try:
        found = {
            name: _timed(lambda: listing.page(wanted, PAGE, cursor))  # noqa: B023
            for name, (wanted, cursor) in cases(count).items()
        }
        others = {name: _timed(do, times) for name, (do, times) in around(count).items()}
        submit = _timed(_submit)
    finally:
        database.disconnect()
    return {
        "requests": count,
        "seconds_to_make": None if exists else round(made_in, 1),
        "megabytes": round(file.stat().st_size / 1e6),
        "milliseconds": {**found, **others, f"submit: with {count:,} stored": submit},
        "worst_p95": max(each["p95"] for each in found.values()),
    }


def around(count: int) -> dict[str, tuple[Callable[[], object], int]]:
    """What else the pages ask the database, with how often it is measured."""
    middle = made_up.reference(count // 2)
    return {
        "one request": (lambda: listing.find(middle), TIMES),
        "how many are new and taken": (listing.open_ones, TIMES),
        "figures: 30 days": (lambda: _figures(30), TIMES // 3),
        "figures: a year by week": (lambda: _figures(365), TIMES // 6),
    }


def _figures(days: int) -> figures.Figures:
    last = made_up.LAST.date()
    first = last - dt.timedelta(days=days - 1)
    with database.read_scope() as session:
        return figures.read(session, first, last, By.WEEK, _now())


def measure_empty() -> dict[str, float]:
    """What storing a request costs when there is none."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = made_up.fill(Path(folder) / "empty.db", 0)
        database.connect(configuration.database_url)
        try:
            return _timed(_submit)
        finally:
            database.disconnect()


def _submit() -> None:
    with database.session_scope() as session:
        changes = {"enabled": True, "agent_emails": ["team@example.org"]}
        if not settings.read(session).enabled:
            settings.update(session, changes, actor="benchmark", now=_now())
    name = uuid.uuid4().hex
    requests.submit(
        requests.NewRequest(
            handoff_id=name,
            conversation_id=name,
            name="Ann Smith",
            email=f"{name}@example.org",
            phone="+1 202 555 0199",
            reason="my order never came and nobody answers",
            channel="rest",
            page_url=None,
            transcript=[requests.Line(0.0, "visitor", "I want an agent")],
        ),
        _now(),
    )


def _timed(do: Callable[[], object], times: int = TIMES) -> dict[str, float]:
    for _ in range(WARM_UP):
        do()
    took, worked = [], []
    for _ in range(times):
        began, began_work = time.perf_counter(), time.process_time()
        do()
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - began_work) * 1000)
    figures = {f"p{share}": round(_percentile(took, share), 2) for share in (50, 95, 99)}
    return {**figures, "cpu_p95": round(_percentile(worked, 95), 2)}


def _percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that this share of them, in percent, do not exceed."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--requests", type=int, default=MILLION)
    arguments.add_argument("--database", type=Path, help="keep it there, or use what is there")
    arguments.add_argument("--out", type=Path, help="write the figures there, as JSON")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.database or Path(folder) / "support.db"
        figures = measure(given.requests, file)
    figures["milliseconds"]["submit: with none stored"] = measure_empty()
    for name, each in figures["milliseconds"].items():
        print(f"{name:45} " + "  ".join(f"{share} {ms:8.2f}" for share, ms in each.items()))
    print(f"worst p95 of lists and searches: {figures['worst_p95']} ms")
    if given.out:
        given.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
