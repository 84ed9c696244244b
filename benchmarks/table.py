"""A comparison's figures as a table that people read, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TARGETS = {
    "form_turn_p50": "at most 0.35",
    "throughput_8": "at least 3.5",
    "start": "at most 0.5",
    "training": "at most 0.5",
    "memory": "at most 1.0",
    "length_600_over_10": "at most 1.5",
    "million_requests_over_none": "at most 1.1",
}


def of(found: dict[str, Any]) -> str:
    """All of it."""
    ours, stock = found["ours"], found["stock"]
    lines = ["", *_grid(("", "this project", "stock Rasa", "ratio"), _rows(ours, stock))]
    named = ("ratio", "measured", "wanted")
    lines += ["", *_grid(named, [(n, _text(r), TARGETS[n]) for n, r in found["ratios"].items()])]
    parts = ours["form_turn_parts"]
    shares = [(n, _text(ms), f"{ms / sum(parts.values()):.0%}") for n, ms in parts.items()]
    lines += ["", *_grid(("a form turn, from inside", "ms", "share"), shares)]
    return "\n".join(lines)


def _rows(ours: dict[str, Any], stock: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield _row("start until it answers, s", ours["start_s"], stock["start_s"])
    yield _row("training, s", ours["training_s"], stock["training_s"])
    for name in ours["memory_mb"]:
        yield _row(f"memory of {name}, MB", ours["memory_mb"][name], stock["memory_mb"][name])
    for share, value in ours["understanding_ms"].items():
        if share != "count":
            other = stock["understanding_ms"][share]
            yield _row(f"understanding a message, {share}, ms", value, other)
    for visitors, load in ours["loads"].items():
        yield from _load_rows(visitors, load, stock["loads"][visitors])
    for length, value in ours["lengths_ms"].items():
        other = stock["lengths_ms"].get(length)
        yield _row(f"a message after {length} others, ms", value, other)
    for count, value in ours["stored_requests_ms"].items():
        yield _row(f"a handoff at {int(count):,} stored requests, ms", value, None)
    yield from _publishing_rows(ours["publishing"])


def _publishing_rows(figures: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for share in ("p50", "max"):
        yield _row(f"Save & Publish, {share}, s", figures["publish_seconds"][share], None)
    for when in ("idle", "publishing"):
        for share in ("p50", "p95", "max"):
            name = f"a message while {'nobody' if when == 'idle' else 'somebody'} publishes"
            yield _row(f"{name}, {share}, ms", figures[f"message_ms_{when}"][share], None)


def _load_rows(
    visitors: str, ours: dict[str, Any], stock: dict[str, Any]
) -> Iterator[tuple[str, ...]]:
    at = f"{visitors} at once: "
    for kind in ("plain", "form"):
        for share in ("p50", "p95", "p99"):
            key = f"{kind}_ms"
            yield _row(f"{at}{kind} turn, {share}, ms", ours[key][share], stock[key][share])
    for key, name in (
        ("turns_per_second", "turns a second"),
        ("handoffs_per_minute", "handoffs a minute"),
        ("processor_ms_per_turn", "processor time of both processes, ms a turn"),
    ):
        if ours.get(key) is not None:
            yield _row(at + name, ours[key], stock[key])


def _row(name: str, ours: float, stock: float | None) -> tuple[str, ...]:
    if stock is None:
        return name, _text(ours), "–", "–"
    return name, _text(ours), _text(stock), f"{ours / stock:.2f}"


def _text(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def _grid(head: tuple[str, ...], rows: Any) -> list[str]:
    rule = ("---", *("---:" for _ in head[1:]))
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
