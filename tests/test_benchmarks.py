"""The benchmark's arithmetic and its table."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from benchmarks import comparison, soak, table
from benchmarks.figures import percentile, ratio, summary
from benchmarks.soak import Slice
from benchmarks.visitors import form_of

with warnings.catch_warnings():
    # Rasa's own imports warn; warnings of ours still fail a test.
    warnings.simplefilter("ignore")
    from benchmarks.inside import Clock


@pytest.mark.parametrize("share, value", [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_names_the_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_sums_up_a_single_value() -> None:
    assert summary([7.0]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0, "count": 1}


def test_divides_ours_by_theirs() -> None:
    assert ratio(1, 4) == 0.25


def figures(factor: float) -> dict[str, Any]:
    """Made-up ones of a stack that takes `factor` times as long."""
    turn = {"p50": 10 * factor, "p95": 20 * factor, "p99": 30 * factor, "count": 4}
    load = {"plain_ms": turn, "form_ms": turn, "handoffs_per_minute": 60 / factor}
    return {
        "start_s": 4 * factor,
        "training_s": 16 * factor,
        "memory_mb": {"rasa": 700, "actions": 100},
        "understanding_ms": turn,
        "loads": {count: {**load, "turns_per_second": 100 / factor} for count in ("1", "8")},
        "lengths_ms": {"10": 5.0 * factor, "100": 6.0 * factor, "600": 7.0 * factor},
        "stored_requests_ms": {"0": 100.0, "1000000": 105.0},
        "form_turn_parts": {"understanding": 2.0, "all else": 6.0},
        "publishing": {
            "publish_seconds": {"p50": 6.0, "max": 7.5},
            "message_ms_idle": turn | {"max": 40},
            "message_ms_publishing": turn | {"max": 90},
        },
    }


def test_compares_with_stock_and_with_itself() -> None:
    found = comparison.ratios(figures(1), figures(4))
    assert found == {
        "form_turn_p50": 0.25,
        "throughput_8": 4.0,
        "start": 0.25,
        "training": 0.25,
        "memory": 1.0,
        "length_600_over_10": 1.4,
        "million_requests_over_none": 1.05,
    }
    assert set(found) == set(table.TARGETS)


def test_prints_every_figure() -> None:
    ours, stock = figures(1), figures(4)
    del stock["lengths_ms"]["600"], stock["stored_requests_ms"], stock["publishing"]
    ratios = comparison.ratios(ours, stock)
    printed = table.of({"ours": ours, "stock": stock, "ratios": ratios})
    assert "| 8 at once: form turn, p95, ms | 20.00 | 80.00 | 0.25 |" in printed
    assert "| a message after 600 others, ms | 7.00 | – | – |" in printed
    assert "| a handoff at 1,000,000 stored requests, ms | 105 | – | – |" in printed
    assert "| Save & Publish, max, s | 7.50 | – | – |" in printed
    assert "| a message while somebody publishes, max, ms | 90" in printed
    assert "| throughput_8 | 4.00 | at least 3.5 |" in printed
    assert "| understanding | 2.00 | 25% |" in printed


def test_gives_each_visitor_a_mailbox_of_their_own() -> None:
    assert form_of("a" * 32) != form_of("b" * 32)


def test_counts_a_part_without_the_parts_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("benchmarks.inside.time.perf_counter", lambda: now[0])
    clock = Clock()
    clock.restart()
    for enter, seconds in (("acting", 1), ("the action server", 2), (None, 4), (None, 8)):
        if enter:
            clock.enter(enter)
        else:
            clock.leave()
        now[0] += seconds
    clock.enter("end")
    assert clock.seconds == {"acting": 5, "the action server": 2, "all else": 8}


def minute(ms: float = 10.0, memory: float = 700.0, errors: int = 0) -> Slice:
    """What a soak came to in one minute."""
    return Slice([ms] * 5, 1, errors, {"rasa": memory, "actions": 90.0})


@pytest.mark.parametrize(
    "later, said",
    [
        ([minute()] * 6, ""),
        ([minute(memory=730)] * 6, ""),
        ([minute(memory=770)] * 6, "The memory of rasa grew by the factor 1.10."),
        ([minute(ms=14)] * 6, "A turn took longer by the factor 1.40."),
        ([*[minute()] * 5, minute(errors=2)], "2 messages were not answered well"),
    ],
)
def test_finds_a_soak_that_does_not_stay_flat(later: list[Slice], said: str) -> None:
    found = soak.problems([minute(ms=90, memory=500), *[minute()] * 3, *later])
    assert len(found) == bool(said)
    assert "".join(found).startswith(said)
