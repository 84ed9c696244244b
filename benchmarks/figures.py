"""Percentiles and ratios."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed, by the nearest rank."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def summary(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, and how many values they are from."""
    return {
        **{f"p{p}": round(percentile(values, p / 100), 2) for p in (50, 95, 99)},
        "count": len(values),
    }


def ratio(ours: float, theirs: float) -> float:
    """Ours over theirs."""
    return round(ours / theirs, 3)


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)
